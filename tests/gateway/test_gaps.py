"""Laws of the watch over gaps and silence, on virtual time."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts.reports import ExceptionRaised
from milepost.gateway.gaps import QUEUE, SEVERITY, TYPE, Gaps
from milepost.gateway.holes import Holes
from milepost.gateway.partners import Partner, Poll
from milepost.gateway.watching import GRACE_S, Heard
from milepost.runtime.topic_table import ORDERS_EXCEPTIONS
from milepost.tests.gateway.support import Broker, Clock, partner, place
from milepost.workflow.exception_types import TABLE


class Watch:
    def __init__(self, broker: Broker | None = None, **changes: Any) -> None:
        self.clock, self.broker = Clock(0), broker or Broker()
        self.polls = list[float]()
        self.poll_works = True
        one = partner(**{"sequence": place(path="$.n"), "silence_s": 3600.0, **changes})
        self.gaps = Gaps({"acme": one}, self.broker, poll=self._poll, clock=self.clock, now=self.clock)

    async def _poll(self, partner: Partner) -> bool:
        self.polls.append(self.clock.now_s)
        return self.poll_works

    def at(self, now_s: float, *numbers: int | None) -> list[tuple[str, str]]:
        """Hear these numbers at that time and look; (cause, status) of what was told."""
        self.clock.now_s = now_s
        for number in numbers:
            self.gaps.heard("acme", number)
        before = len(self.broker.records)
        asyncio.run(self.gaps.look())
        told = [msgspec.json.decode(r.value, type=ExceptionRaised) for r in self.broker.records[before:]]
        return [(one.cause, one.status) for one in told]


def test_silence_is_told_once_and_healed_once() -> None:
    """Longer silent than agreed opens one exception, the next message closes the same one; time alone closes none."""
    watch = Watch()
    assert watch.at(10, None) == [("silence", "resolved")]  # what an earlier process may have opened
    assert watch.at(3610) == []
    assert watch.at(3611) == [("silence", "open")]
    assert watch.at(9999) == []
    assert watch.at(10_000, None) == [("silence", "resolved")]
    assert watch.at(13_600) == []
    assert len({msgspec.json.decode(r.value)["id"] for r in watch.broker.records}) == 1


def test_silence_counts_from_the_start() -> None:
    """A partner that has sent nothing to this process is silent when the process is as old as was agreed."""
    watch = Watch()
    assert watch.at(3600) == []
    assert watch.at(3601) == [("silence", "open")]


def test_an_exception_says_whose_it_is() -> None:
    """An open gap is the integration queue's, of owner partner/NAME, by the row of the table of types."""
    watch = Watch()
    watch.at(4000)
    (record,) = watch.broker.records
    raised = msgspec.json.decode(record.value, type=ExceptionRaised)
    assert (record.topic, record.key) == (ORDERS_EXCEPTIONS, b"partner/acme")
    assert (raised.owner, raised.type, raised.open, raised.queue) == ("partner/acme", TYPE, True, "integration")
    row = TABLE[TYPE]
    assert (row.severity, row.queue, row.system) == (SEVERITY, QUEUE, raised.system)
    assert raised.text == "nothing by HTTP for 4000 s; at most 3600 s were agreed"


def test_a_gap_is_told_when_what_is_late_does_not_come() -> None:
    """A number that is skipped is missed after the grace, and closed when it comes; out of order is no gap."""
    watch = Watch(silence_s=None)
    assert watch.at(0, 1, 2, 5, 4, 3) == []
    assert watch.at(10, 7) == []
    assert watch.at(10 + GRACE_S - 1) == []
    assert watch.at(10 + GRACE_S) == [("sequence", "open")]
    assert watch.gaps.missing() == {"acme": 1.0}
    assert watch.at(200, 8, 9) == []
    assert watch.at(201, 6) == [("sequence", "resolved")]
    assert watch.gaps.missing() == {"acme": 0.0}


@given(st.permutations(range(1, 10)), st.sets(st.integers(2, 8)))
def test_exactly_what_did_not_come_is_missing(order: list[int], lost: set[int]) -> None:
    """In whatever order numbers come, after the grace exactly those are missing that came never."""
    heard = Heard(0, silence_s=None)
    heard.heard(0, 0)
    for number in order:
        if number not in lost:
            heard.heard(0, number)
    top = max({*order} - lost)
    assert heard.missing(GRACE_S) == len({one for one in lost if one < top})


def test_a_partner_that_counts_anew_is_no_gap() -> None:
    """Numbers that begin at 0 or 1 again start another count; a duplicate changes nothing."""
    watch = Watch(silence_s=None)
    watch.at(0, 998, 999, 999, 1, 2)
    assert watch.at(GRACE_S + 1, 3) == []


def test_a_hole_of_any_size_is_bounded() -> None:
    """A number far ahead costs no memory, and all that lies between is counted as missing."""
    heard = Heard(0, silence_s=None)
    heard.heard(0, 1)
    heard.heard(0, 2**53 - 1)
    assert heard.missing(GRACE_S) == 2**53 - 3
    heard.heard(0, 2**52)
    assert heard.missing(GRACE_S) == 2**53 - 4
    heard.polled(1)
    assert heard.missing(GRACE_S) == 0


def test_more_holes_than_are_kept_are_still_counted() -> None:
    """Past the bound the lowest holes are counted and forgotten: memory stays, and nothing that is missing is lost."""
    holes = Holes(most=3)
    for start in range(0, 100, 2):
        holes.open(start, start + 1, 5.0)
    assert (holes.missing(5.0), holes.missing(4.9), holes.first()) == (50, 47, 94)
    holes.open(200, 210, 6.0)
    holes.fill(205)
    assert (holes.missing(6.0), len(holes._starts)) == (59, 3)


def test_a_partner_is_polled_while_something_is_missing() -> None:
    """Polled when a gap opens and every so often while it lasts, never without one; a poll heals what was missing."""
    poll = Poll(url="https://api.example.com/events", every_s=900)
    watch = Watch(silence_s=None, poll=poll)
    watch.poll_works = False
    watch.at(0, 1, 3)
    assert watch.polls == []
    for now_s in (60, 500, 960, 1000):
        watch.at(now_s)
    assert watch.polls == [60, 960]
    watch.poll_works = True
    assert watch.at(1860) == [("sequence", "resolved")]
    assert watch.at(9000) == []
    assert watch.polls == [60, 960, 1860]


def test_a_poll_heals_what_was_missing_when_it_was_asked() -> None:
    """A number that was skipped while the poll was under way is not in its answer: it is still missing."""
    heard = Heard(0, silence_s=None)
    heard.heard(0, 1)
    heard.heard(0, 3)
    heard.heard(12, 5)
    heard.polled(10)
    assert heard.missing(12 + GRACE_S) == 1
    assert heard.first_missing() == 4


def test_a_poll_ends_no_silence() -> None:
    """That its list answers is not the partner's webhook speaking: silence stays open, and is polled again."""
    watch = Watch(poll=Poll(url="https://api.example.com/events", every_s=900))
    assert watch.at(3601) == [("silence", "open")]
    assert watch.at(4501) == []
    assert watch.polls == [3601, 4501]
    assert watch.at(4600, None) == [("silence", "resolved")]


@pytest.mark.parametrize("numbers", [(1, 3), ()])
def test_what_could_not_be_told_is_told_later(numbers: tuple[int, ...]) -> None:
    """While the broker is away nothing counts as told: the exception is opened when it is back, once."""
    watch = Watch()
    watch.broker.is_away = True
    watch.at(0, *numbers)
    assert watch.at(4000) == []
    watch.broker.is_away = False
    assert ("silence", "open") in watch.at(4005)
    assert watch.at(4010) == []


def test_who_is_not_watched_is_never_missed() -> None:
    """Without an agreed silence and without numbers nothing is ever told."""
    watch = Watch(silence_s=None, sequence=place())
    assert watch.at(0, None) == []
    assert watch.at(1e9) == []
    assert (watch.gaps.silences(), watch.gaps.missing()) == ({}, {})
