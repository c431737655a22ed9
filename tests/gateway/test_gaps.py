"""Laws of the watch over gaps and silence, on virtual time."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts.reports import ExceptionRaised
from milepost.gateway.counting import GRACE_S
from milepost.gateway.gaps import QUEUE, SEVERITY, TYPE, Gaps
from milepost.gateway.holes import Holes
from milepost.gateway.kept import Kept, kept_of
from milepost.gateway.partners import Partner, Poll
from milepost.gateway.watching import Heard
from milepost.runtime.topic_table import ORDERS_EXCEPTIONS, PARTNER_DOCUMENTS
from milepost.tests.gateway.support import Broker, Clock, logged, partner, place
from milepost.workflow.exception_types import TABLE


class Watch:
    def __init__(self, broker: Broker | None = None, **changes: Any) -> None:
        self.clock, self.broker = Clock(0), broker or Broker()
        self.polls = list[float]()
        self.poll_works = True
        self.offset = 0
        one = partner(**{"sequence": place(path="$.n"), "silence_s": 3600.0, **changes})
        self.gaps = Gaps({"acme": one}, self.broker, poll=self._poll, now=self.clock)

    async def _poll(self, partner: Partner) -> bool:
        self.polls.append(self.clock.now_s)
        if self.poll_works:
            self.learn(transport="poll", asked_s=self.clock.now_s)
        return self.poll_works

    def learn(self, number: int | None = None, transport: str = "webhook", **more: Any) -> None:
        """The topic has this, since now."""
        self.offset += 1
        at_s = more.pop("at_s", self.clock.now_s)
        self.gaps.learn(Kept("acme", transport, at_s, (0, self.offset), number=number, **more))

    def at(self, now_s: float, *numbers: int | None) -> list[tuple[str, str]]:
        """Hear these numbers at that time and look; (cause, status) of what was told."""
        self.clock.now_s = now_s
        for number in numbers:
            self.learn(number)
        return self.look()

    def look(self) -> list[tuple[str, str]]:
        before = len(self.broker.records)
        asyncio.run(self.gaps.look())
        told = [r.value for r in self.broker.records[before:] if r.topic == ORDERS_EXCEPTIONS]
        return [(one.cause, one.status) for one in (msgspec.json.decode(v, type=ExceptionRaised) for v in told)]


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
    """A partner that was never heard is silent when the process is as old as was agreed."""
    watch = Watch()
    assert watch.at(3600) == []
    assert watch.at(3601) == [("silence", "open")]


def test_silence_goes_on_over_a_restart() -> None:
    """A process that read the topic back says when its partner was heard last, or since when at least it was not."""
    for learnt, since_s in ((5000.0, 1000.0), (None, 5000.0)):
        watch = Watch()
        watch.clock.now_s = 8000
        watch.gaps = Gaps({"acme": partner(silence_s=3600.0)}, watch.broker, poll=watch._poll, now=watch.clock)
        watch.gaps.begun(since_s)
        if learnt is not None:
            watch.learn(at_s=learnt)
        assert watch.gaps.silences() == {"acme": 3000.0}
        watch.look()
        assert watch.at(8600) == []
        assert watch.at(8601) == [("silence", "open")]
        opened = msgspec.json.decode(watch.broker.records[-1].value, type=ExceptionRaised).opened_at
        assert opened is not None
        assert opened.timestamp() == 8600


def test_an_exception_of_an_earlier_process_is_closed() -> None:
    """What an earlier process opened is closed once by the next, when the topic shows why: it came, or it was polled
    for; and not where the topic does not go back so far."""
    watch = Watch(silence_s=None)
    watch.learn(1, at_s=0)
    watch.learn(3, at_s=10)
    watch.learn(2, at_s=10 + GRACE_S)
    assert watch.at(500) == [("sequence", "resolved")]
    assert watch.at(600) == []
    in_time = Watch(silence_s=None)
    in_time.learn(1, at_s=0)
    in_time.learn(3, at_s=10)
    in_time.learn(2, at_s=9 + GRACE_S)
    assert in_time.at(500) == []
    still = Watch(silence_s=None)
    still.gaps.begun(100)
    still.learn(7, at_s=110)
    assert still.at(500) == []
    still.learn(transport="sign", asked_s=500.0)
    assert still.at(505) == [("sequence", "resolved")]


def test_what_is_not_known_is_no_gap() -> None:
    """Numbers that came out of order where the topic begins to be known are not missed; those that skip later are."""
    watch = Watch(silence_s=None)
    watch.gaps.begun(100)
    watch.learn(4, at_s=101)
    watch.learn(7, at_s=102)
    assert watch.at(1000, 8, 10) == []
    assert watch.at(1000 + GRACE_S) == [("sequence", "open")]
    assert watch.gaps.missing() == {"acme": 1.0}


def test_a_sign_of_life_reaches_other_gateways() -> None:
    """What is heard without a record is told to the others, not oftener than matters, and ends their silence."""
    watch, other = Watch(), Watch()
    for now_s in range(0, 7200, 10):
        watch.clock.now_s = now_s
        watch.gaps.alive("acme", kept=False)
        watch.look()
    signs = [record for record in watch.broker.records if record.topic == PARTNER_DOCUMENTS]
    assert len(signs) == 7200 / 40
    other.clock.now_s = 7200
    for number, sign in enumerate(signs):
        said = kept_of(logged(sign, int(dict(sign.headers)["received-ms"]) / 1000, 0, number))
        assert said is not None
        assert not said.key
        other.gaps.learn(said)
    assert other.gaps.silences() == {"acme": 40.0}
    watch.at(7200, None)
    watch.gaps.alive("acme", kept=True)
    watch.look()
    assert len([record for record in watch.broker.records if record.topic == PARTNER_DOCUMENTS]) == len(signs)


def test_one_gateway_asks_for_all() -> None:
    """While another gateway has asked within the time that was agreed, this one does not."""
    poll = Poll(url="https://api.example.com/events", every_s=900)
    watch = Watch(silence_s=None, poll=poll)
    watch.poll_works = False
    watch.at(0, 1, 3)
    watch.learn(transport="poll", asked_s=GRACE_S - 70)
    assert watch.at(GRACE_S) == [("sequence", "open")]
    assert watch.polls == []
    watch.at(GRACE_S + 829)
    assert watch.polls == []
    watch.at(GRACE_S + 830)
    assert watch.polls == [GRACE_S + 830]


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
    assert watch.at(1860) == []
    assert watch.at(1865) == [("sequence", "resolved")]
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
    watch = Watch(poll=Poll(url="https://api.example.com/events", every_s=900), sequence=place())
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
