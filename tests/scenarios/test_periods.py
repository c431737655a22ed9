"""Closed periods: what happened in a closed month is booked in the first open one, and nothing booked is touched.

An order of 10 units (cost 9.99, price 19.99) leaves on 30 January and is billed as it leaves.
"""

from __future__ import annotations

from milepost.tests.scenarios.story import ledger, opened, then, told
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.naive_erp import booking_date
from milepost.tests.workflow.shell import TOPICS
from milepost.tests.workflow.world import World

COST, PRICE = 999, 1999
DEPARTURE = s.departed("O-1", 20, "S-1")
RELEASED = (s.released("O-1", 0, s.line("A", "ITEM-2", 10)), s.picked("O-1", 10, "A", 10))
AGAIN = s.departed("O-1", 25, "S-1", n=2, lines={"A": 6})  # it left on the same day, with six


def of(units: int) -> dict[str, int]:
    return {"cost_of_goods_sold": units * COST, "inventory": -units * COST, "receivable": units * PRICE,
            "revenue": -units * PRICE}  # fmt: skip


def month(world: World, name: str) -> dict[str, int]:
    """Return the net by account of what is booked in a month."""
    return {account: amount for (account, of_month), amount in world.erp.booked_net().items() if of_month == name}


def lose(world: World) -> None:
    """Lose the order's record and every receipt: what was booked is learned back from the posting lane's answers."""
    world.shell.logs[TOPICS.index("receipts")], world.shell.chunk_max = [], 10_000
    world.shell.lose()
    world.erp.strict = False
    world.drain()


def asked(world: World) -> set[str]:
    """Return the exceptions by which a person was ever asked about a posting."""
    types = {r.type for r in world.record("O-1").raised.values()}
    return types & {"POSTING_REJECTED", "COMPENSATION_FAILED"}


def test_a_correction_after_the_close_goes_into_the_open_month() -> None:
    """Given that January is closed and then the departure turns out to have been of six: January stays as it was, and
    February has the difference; the documents all bear their own day, and no person is asked."""
    for world in told(*RELEASED, DEPARTURE):
        before = list(world.erp.booked)
        world.erp.close_through("2026-01")
        then(world, s.undone(DEPARTURE, 100), AGAIN)
        assert ledger(world, "O-1") == of(6)
        assert month(world, "2026-01") == of(10)
        assert month(world, "2026-02") == of(-4)
        assert world.erp.booked[: len(before)] == before
        assert {b.command.document.date for b in world.erp.booked if b.command.journal} == {"2026-01-30"}
        assert not asked(world)
        assert not opened(world, "O-1")


def test_what_is_reported_after_the_close_is_booked_on_the_first_open_day() -> None:
    """Given that January was closed before the departure was reported: goods issue and invoice say 30 January and are
    booked on 1 February."""
    for world in told(*RELEASED):
        world.erp.close_through("2026-01")
        then(world, DEPARTURE)
        assert ledger(world, "O-1") == of(10)
        posted = [b.command for b in world.erp.booked if b.command.journal]
        assert {(c.document.date, booking_date(c)) for c in posted} == {("2026-01-30", "2026-02-01")}
        assert not asked(world)


def test_what_was_booked_later_is_undone_there() -> None:
    """Given that it was booked in February because January was closed, and is undone while February is open: it is
    undone in February, which nets to nothing."""
    for world in told(*RELEASED):
        world.erp.close_through("2026-01")
        then(world, DEPARTURE)
        then(world, s.undone(DEPARTURE, 100))
        assert ledger(world, "O-1") == {}
        assert world.erp.booked_net() == {}


def test_the_next_month_closes_too() -> None:
    """Given that February is closed as well before the correction: the correction stands in March, January and
    February stay as they were."""
    for world in told(*RELEASED, tellings=6):
        world.erp.close_through("2026-01")
        then(world, DEPARTURE)
        world.erp.close_through("2026-02")
        then(world, s.undone(DEPARTURE, 100), AGAIN)
        assert (month(world, "2026-01"), month(world, "2026-02")) == ({}, of(10))
        assert month(world, "2026-03") == of(-4)
        assert not asked(world)


def test_a_held_posting_meets_the_close_only_when_it_is_released() -> None:
    """Given a person's hold while January closes: nothing is sent, nobody is asked about a rejection; released, it is
    booked on the first open day."""
    for world in told(*RELEASED, s.held("O-1", 5), tellings=6):
        then(world, DEPARTURE)
        world.erp.close_through("2026-01")
        assert ledger(world, "O-1") == {}
        then(world, s.let_go("O-1", 200, "hold/O-1/1"))
        assert month(world, "2026-02") == of(10)
        assert not asked(world)


def test_the_freight_of_a_closed_month() -> None:
    """Given a tender accepted in January and told after its close: the accrual says January and stands in February."""
    for world in told(s.planned("L-1", 1, 1, ("O-1", "S-1")), s.offered("L-1", 2, 1, 52_000, 40), tellings=6):
        world.erp.close_through("2026-01")
        then(world, s.answered("L-1", 3, 1, "accepted"))
        assert month(world, "2026-02") == {"freight_expense": 52_000, "accrued_freight": -52_000}


def test_a_lost_record_finds_the_booking_again() -> None:
    """Given that it was booked on the first open day and the record was lost since: it comes back as it was booked,
    nothing is posted a second time, and its reversal goes where it stands."""
    for world in told(*RELEASED, tellings=6):
        world.erp.close_through("2026-01")
        then(world, DEPARTURE)
        dates = {e.id: e.posting_date for e in world.record("O-1").outbox.values()}
        booked = len(world.erp.booked)
        lose(world)
        assert {e.id: e.posting_date for e in world.record("O-1").outbox.values()} == dates
        assert len(world.erp.booked) == booked
        then(world, s.undone(DEPARTURE, 100))
        assert world.erp.booked_net() == {}
