"""A milestone whose native id nobody knows is raised after its time, told when the link comes, never lost silently."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.agents.referring_clock import LETTERED_S, ORPHANS_KEPT_S
from milepost.codecs.dialects.ids import event_id
from milepost.contracts.references import Pointed
from milepost.metrics.references_waiting import ReferencesCounted
from milepost.metrics.registry import Registry
from milepost.tables import references as rows
from milepost.tests.intake.referred import ORPHAN_AFTER_S, T0, Pool, link, pointed, reference

AFTER = timedelta(seconds=ORPHAN_AFTER_S)


def waiting(pool: Pool, at: datetime = T0) -> Pool:
    """A milestone that came when the clock read ``at``."""
    pool.tick(at)
    pool.run()
    pool.say(pointed(reference()))
    return pool.run()


def ticked(pool: Pool, at: datetime, crashes: float = 0.0) -> Pool:
    pool.tick(at)
    return pool.run(crashes)


def test_raised_after_its_time_and_closed_by_the_link() -> None:
    """Nothing is raised before the deadline; after it one exception, once; the link tells what waited and closes it."""
    pool = waiting(Pool())
    assert ticked(pool, T0 + AFTER - timedelta(seconds=1)).exceptions() == []
    ticked(pool, T0 + AFTER)
    (raised,) = ticked(pool, T0 + 2 * AFTER).exceptions()
    assert (raised.type, raised.owner, raised.open, raised.severity) == (
        "ORPHAN_EVENT", reference().key, True, "error")  # fmt: skip
    assert raised.opened_at == T0
    pool.say(link(reference(), "O-1", "S-1"))
    _, closed = pool.run().exceptions()
    assert (closed.id, closed.open, closed.resolution) == (raised.id, False, "cleared")
    assert [one.owner for one in pool.told] == ["O-1"]


def test_one_that_came_before_any_tick_has_its_whole_time() -> None:
    """What came while no clock was heard waits from the first tick on, also when that is after a restart."""
    for restarts in (False, True):
        pool = Pool()
        pool.say(pointed(reference()))
        pool.run()
        if restarts:
            pool.restart()
        late = T0 + timedelta(days=50)
        ticked(pool, late)
        assert ticked(pool, late + AFTER / 2).exceptions() == []
        assert len(ticked(pool, late + AFTER).exceptions()) == 1


@pytest.mark.parametrize("years", [-5, 5])
def test_a_clock_that_is_off_moves_no_deadline(years: int) -> None:
    """What a milestone says of its own time means nothing for how long it waits: that is counted from when it came."""
    pool = Pool()
    pool.tick(T0)
    pool.run()
    late = pointed(reference())
    event = msgspec.structs.replace(late.event, occurred_at=T0.replace(year=T0.year + years))
    pool.say(msgspec.structs.replace(late, event=event))
    pool.run()
    assert ticked(pool, T0 + AFTER - timedelta(seconds=1)).exceptions() == []
    ticked(pool, T0 + AFTER)
    (raised,) = ticked(pool, T0 + 2 * AFTER).exceptions()
    assert raised.opened_at == T0


def test_deadlines_survive_a_restart() -> None:
    """A new process finds the deadlines in the table; what was raised before is not raised again."""
    pool = waiting(Pool())
    pool.restart()
    ticked(pool, T0 + AFTER)
    pool.restart()
    assert len(ticked(pool, T0 + 3 * AFTER).exceptions()) == 1


@given(st.integers(0, 200))
def test_a_crash_at_a_tick_raises_it_all_the_same(seed: int) -> None:
    """Whatever dies with a process, the exception is raised, closed and told: under one id, as often as needed."""
    pool = waiting(Pool(seed))
    ticked(pool, T0 + AFTER, 0.3)
    pool.say(link(reference(), "O-1", "S-1"))
    pool.run(0.3)
    assert {(one.type, one.open) for one in pool.exceptions()} == {("ORPHAN_EVENT", True), ("ORPHAN_EVENT", False)}
    assert len({one.id for one in pool.exceptions()}) == 1
    assert {one.owner for one in pool.told} == {"O-1"}


@given(st.integers(0, 200))
def test_an_orphan_ends_as_a_dead_letter(seed: int) -> None:
    """Of a milestone that nobody claims within its limit a dead letter is made whose bytes can be sent again; the
    exception closes, and the row may go."""
    pool = waiting(Pool(seed))
    ticked(pool, T0 + AFTER, 0.2)
    ticked(pool, T0 + timedelta(seconds=ORPHANS_KEPT_S), 0.2)
    letters = {msgspec.json.encode(one) for one in pool.letters()}
    assert len(letters) == 1
    (letter,) = pool.letters()[:1]
    assert (letter.reason, letter.topic, letter.source) == ("unknown_reference", "partner.references", "carrier")
    assert msgspec.json.decode(letter.value(), type=Pointed) == pointed(reference())
    assert {one.resolution for one in pool.exceptions() if not one.open} == {"expired"}
    ticked(pool, T0 + timedelta(seconds=ORPHANS_KEPT_S + LETTERED_S))
    (value,) = [value for store in pool.stores for _, value in store.items(rows.TABLE)]
    assert rows.decode(value).kept == []
    assert rows.head(value).due_ms == 0
    pool.append("partner.references", reference().key.encode(), letter.value())
    pool.say(link(reference(), "O-1", "S-1"))
    assert {one.owner for one in pool.run().told} == {"O-1"}


def test_what_comes_behind_a_dead_letter_waits_its_own_time() -> None:
    """A milestone that comes in the day in which the dead letters of others still lie in the row is not lost with
    them: it waits as long as any, and is told with the link."""
    pool = waiting(Pool())
    ticked(pool, T0 + AFTER)
    late = T0 + timedelta(seconds=ORPHANS_KEPT_S)
    ticked(pool, late)
    pool.say(pointed(reference(), message="M-2"))
    pool.run()
    ticked(pool, late + timedelta(seconds=LETTERED_S))
    ticked(pool, late + timedelta(seconds=LETTERED_S) + AFTER)
    opened = [one.id for one in pool.exceptions() if one.open]
    assert (len(pool.letters()), len(opened), len(set(opened))) == (1, 2, 2)
    pool.say(link(reference(), "O-1", "S-1"))
    assert [one.event_id for one in pool.run().told] == [told_of("M-2")]


def told_of(message: str) -> str:
    """The id of what O-1 is told of a message."""
    return event_id(message, "O-1/S-1", 0)


def test_a_later_wait_is_another_exception() -> None:
    """A reference whose meaning was taken back raises a new exception, with another id, for what comes then."""
    pool = waiting(Pool())
    ticked(pool, T0 + AFTER)
    pool.say(link(reference(), "O-1", "S-1"), link(reference(), "O-1", "S-1", version=1, stands=False))
    pool.run()
    pool.say(pointed(reference(), message="M-2"))
    pool.run()
    ticked(pool, T0 + 3 * AFTER)
    opened = [one.id for one in pool.exceptions() if one.open]
    assert len(opened) == len(set(opened)) == 2


def test_numbers_of_what_waits() -> None:
    """Milestones that wait, the age of the oldest by the ticks, and orphaned ids are counted, and no more when told."""
    counted = ReferencesCounted(Registry("intake"))
    counted.ticked(0, 10_000)
    counted.waits(0, "a", 3, 4_000, False)
    counted.waits(0, "b", 1, 7_000, True)
    assert (counted.numbers(), counted.oldest_s()) == ((4, 1), 6.0)
    counted.waits(0, "a", 0, 0, False)
    counted.revoked(1)
    assert (counted.numbers(), counted.oldest_s()) == ((1, 1), 3.0)
    counted.revoked(0)
    assert (counted.numbers(), counted.oldest_s()) == ((0, 0), 0.0)
