"""Lane fulfilment with closed orders: they shrink by the clock, open again for news, and are forgotten in the end."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs import canonical
from milepost.contracts.controls import Reprocessed
from milepost.contracts.reports import ExceptionRaised
from milepost.runtime.durable.interface import Output
from milepost.runtime.partitioner import partition_of
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import (
    DEAD_LETTERS,
    ORDERS_EXCEPTIONS,
    ORDERS_JOURNAL,
    ORDERS_REOPENED,
    ORDERS_REOPENINGS,
    WMS_MILESTONES,
)
from milepost.tables import records
from milepost.tables.times import Days, Times
from milepost.tests.fulfilment.closed_lane import DAY, KEPT, REMEMBERED, START, ClosedLane
from milepost.tests.workflow import saying as s
from milepost.workflow.record import decode
from milepost.workflow.reopening import answer, decode_asked, decode_entry, encode_reopening
from milepost.workflow.stub import decode_stub, is_stub, placeless

ORDER = "O-1"
LIFE = [s.released(ORDER, 0, s.line("A", "ITEM-1", 5)), s.picked(ORDER, 20, "A", 5), s.departed(ORDER, 30, "S1"),
        s.delivered(ORDER, 90, "S1")]  # fmt: skip
LATE = s.undone(LIFE[2], 100)  # the departure did not take place: invoice and goods issue are taken back


def shrunk() -> ClosedLane:
    """Return a lane whose one order has come to its end and shrunk."""
    lane = ClosedLane()
    lane.hear(*LIFE)
    lane.tick(START + KEPT - DAY)
    assert not is_stub(lane.rest(ORDER) or b"")
    lane.tick(START + KEPT + DAY)
    assert is_stub(lane.rest(ORDER) or b"")
    return lane


def never_shrunk() -> ClosedLane:
    lane = ClosedLane(shrinking=False)
    lane.hear(*LIFE)
    return lane


def spoken(outputs: Sequence[Output]) -> list[tuple[str, bytes | None]]:
    """What the world hears of it: all but the lane's talk with the reopener. The epoch of a write is no news."""
    return [(o.topic, o.value) for o in outputs if o.topic not in (ORDERS_REOPENINGS, ORDERS_JOURNAL)]


def test_duplicates_say_nothing_to_a_closed_order() -> None:
    """All that a closed order ever heard, heard again at new places, is answered by silence, and it stays a stub."""
    lane = shrunk()
    before = lane.rest(ORDER)
    assert lane.hear(*LIFE, *LIFE) == []
    assert lane.rest(ORDER) == before


def test_news_is_answered_as_if_the_order_had_never_shrunk() -> None:
    """A late fact ends in the same outputs and the same record as at an order that stayed whole."""
    whole, lane = never_shrunk(), shrunk()
    said = lane.hear(LATE)
    assert [o.topic for o in said] == [ORDERS_REOPENINGS]
    assert spoken(lane.reopen()) == spoken(whole.hear(LATE))
    assert lane.requests == []
    mine, theirs = (decode(one.rest(ORDER) or b"") for one in (lane, whole))
    assert len(mine.outbox) == 4
    assert placeless(mine) == placeless(theirs)


def test_news_that_waits_survives_a_crash() -> None:
    """Whether the request, the answer or its outputs were lost, the order opens once and says what it has to say."""
    whole, lane = never_shrunk(), shrunk()
    lane.hear(LATE)
    lane.requests.clear()  # the process died before the request was published
    lane.restart()
    lane.reopen(lost=True)  # the order is open, and died again before it had spoken
    lane.restart()
    (asked,) = lane.requests
    place = lane.offsets[ORDERS_REOPENED, partition_of(ORDER.encode(), PARTITIONS)] - 1
    told = encode_reopening(answer(ORDER, map(decode_entry, lane.journal[ORDER.encode()]), decode_asked(asked).version))
    said = lane.read(ORDERS_REOPENED, ORDER, told, again=place)
    first = whole.read(WMS_MILESTONES, ORDER, canonical.encode(LATE))
    assert spoken(said) == spoken(first)
    for one in (lane, whole):
        for topic, event in one.answers_to(first):
            one.hear(event, topic=topic)
    mine, theirs = (decode(one.rest(ORDER) or b"") for one in (lane, whole))
    theirs.epoch = mine.epoch
    assert placeless(mine) == placeless(theirs)
    before = lane.rest(ORDER)
    assert lane.read(ORDERS_REOPENED, ORDER, told) == []
    assert lane.rest(ORDER) == before


def test_an_order_whose_journal_is_gone_waits_for_a_person() -> None:
    """Without its facts a closed order is not decided on: an exception names it, the news is kept, and with the
    journal back a person's reprocess opens it, takes the news in and closes the exception."""
    lane = shrunk()
    lane.hear(LATE)
    (shown,) = [msgspec.json.decode(o.value or b"", type=ExceptionRaised) for o in lane.reopen(journal=False)]
    assert (shown.type, shown.owner, shown.open) == ("ORDER_NOT_REOPENED", ORDER, True)
    kept = decode_stub(lane.rest(ORDER) or b"")
    assert [e.business_key for e in kept.waiting] == [LATE.business_key]
    lane.tick(START + KEPT + REMEMBERED + 90 * DAY)
    assert lane.rest(ORDER) is not None
    lane.hear(s.word(ORDER, 200, Reprocessed(actor="ada", reason="journal restored")))
    said = lane.reopen()
    closed = [msgspec.json.decode(o.value or b"", type=ExceptionRaised) for o in said if o.topic == ORDERS_EXCEPTIONS]
    assert (shown.id, False) in {(one.id, one.open) for one in closed}
    assert LATE.business_key in decode(lane.rest(ORDER) or b"").facts


def test_a_stub_is_forgotten_after_the_horizon_and_not_before() -> None:
    """A stub stays for the horizon after it shrank, by the clock; then a tombstone takes its place."""
    lane = shrunk()
    lane.tick(START + KEPT + REMEMBERED - DAY)
    assert lane.rest(ORDER) is not None
    lane.tick(START + KEPT + REMEMBERED + 3 * DAY)
    assert lane.rest(ORDER) is None


def test_nothing_shrinks_before_its_offsets_are_committed() -> None:
    """While what an order read may be read again, it stays whole: a stub could not say again what was lost."""
    lane = ClosedLane()
    lane.hear(*LIFE)
    partition = partition_of(ORDER.encode(), PARTITIONS)
    lane.committed[WMS_MILESTONES, partition] -= 1
    lane.tick(START + KEPT + DAY)
    assert not is_stub(lane.rest(ORDER) or b"")
    lane.committed[WMS_MILESTONES, partition] += 1
    lane.tick(START + KEPT + 10 * DAY)
    assert is_stub(lane.rest(ORDER) or b"")


def test_ticks_read_again_do_the_same() -> None:
    """After a crash before its commit, a tick that made orders shrink finds them shrunk, and says nothing new."""
    lane = shrunk()
    before, said = lane.rest(ORDER), len(lane.said)
    lane.restart()
    lane.tick(START + KEPT + DAY)
    assert lane.rest(ORDER) == before
    assert len(lane.said) == said


def test_what_waits_at_a_stub_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of news at a closed order becomes dead letters at its limit; what waited before still waits."""
    lane = shrunk()
    lane.hear(LATE)
    kept = lane.rest(ORDER)
    monkeypatch.setattr(records, "HARD_LIMIT_BYTES", len(kept or b"") + 10)
    said = lane.hear(s.departed(ORDER, 95, "S9", n=9))
    assert [o.topic for o in said] == [DEAD_LETTERS, ORDERS_EXCEPTIONS]
    assert lane.rest(ORDER) == kept


@pytest.mark.parametrize("value", [b"{", b'{"owner":"O-1","version":1,"facts":"AAAA"}'])
def test_an_answer_that_cannot_be_read_is_a_dead_letter(value: bytes) -> None:
    """Bytes that are no facts open nothing: they become a dead letter, and the order stays as it is."""
    lane = shrunk()
    lane.hear(LATE)
    before = lane.rest(ORDER)
    assert [o.topic for o in lane.read(ORDERS_REOPENED, ORDER, value)] == [DEAD_LETTERS]
    assert lane.rest(ORDER) == before


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 20), st.booleans()), max_size=60))
def test_what_is_due_is_found_in_time(moves: list[tuple[str, int, bool]]) -> None:
    """After any setting and clearing, exactly those owners are due whose last moment has come, by their keys."""
    times, plain = Times(), {}
    for owner, at_s, clear in moves:
        if clear:
            times.clear(owner)
            plain.pop(owner, None)
        else:
            times.set(owner, at_s)
            plain[owner] = at_s
        for now_s in (0, 5, 20):
            assert times.due(now_s) == sorted(o for o, due_s in plain.items() if due_s <= now_s)
    assert set(times.taken(10, 100)) == {o for o, due_s in plain.items() if due_s <= 10}
    assert times.due(10) == []


def test_days_are_taken_whole_and_in_part() -> None:
    """Owners of whole days before the moment are found, at most so many at once, each once."""
    days = Days()
    for n in range(10):
        days.add(f"O-{n}", n * 43_200)
    assert days.taken(86_399, 9) == []
    first = days.taken(3 * 86_400, 4)
    assert sorted(first + days.taken(3 * 86_400, 4)) == [f"O-{n}" for n in range(6)]
