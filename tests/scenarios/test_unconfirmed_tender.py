"""May the warehouse ship while the carrier's confirmation is outstanding? Twelve rows, five seasons, any order."""

from __future__ import annotations

import pytest
from milepost.contracts.documents import FreightAccrual
from milepost.contracts.instructions import LoadingReleased, TenderCancelled, TenderRequested
from milepost.tests.scenarios.story import decision, ledger, opened, then, told, under
from milepost.tests.scenarios.unconfirmed_tender_story import SEASONS, Season, in_disorder, in_time
from milepost.tests.scenarios.unconfirmed_tender_table import TABLE, Row
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.saying import let_go
from milepost.tests.workflow.world import World

TELLINGS = 20  # of each row in each season, and one more in the order of time: 12 × 5 × 21 = 1,260

rows = pytest.mark.parametrize("row", TABLE, ids=lambda r: f"{r.answer}-{r.practice}")
seasons = pytest.mark.parametrize("season", SEASONS, ids=lambda s: s.name.replace(" ", "_"))


def _stands(world: World, row: Row, leaves: bool) -> None:
    """Check the ledger to the cent, what the warehouse is told in the end, the customer's carrier, the exceptions."""
    net = ledger(world)
    cost, sales, freight = row.cost_of_goods_sold, row.receivable, row.freight_expense
    assert (net.get("cost_of_goods_sold", 0), net.get("inventory", 0)) == (cost, -cost)
    assert (net.get("receivable", 0), net.get("revenue", 0)) == (sales, -sales)
    assert (net.get("freight_expense", 0), net.get("accrued_freight", 0)) == (freight, -freight)
    last = [t for t in world.record("load/L-1").told.values() if t.chain == "wms/load"][-1:]
    assert (bool(last) and not last[0].withdraws) == row.told_to_load
    assert {n.carrier for n in decision(world, "O-1").notices} == ({row.customer_told} - {""})
    assert opened(world, "load/L-1") | opened(world, "O-1") == row.exceptions
    assert ("CARRIER_UNCONFIRMED" in opened(world, "O-1")) == (leaves and not row.told_to_load)


@seasons
@rows
def test_the_ledger_is_the_table_s_in_any_order(row: Row, season: Season) -> None:
    """Given the row's facts in any order, duplicated, over crashes, the clock heard any time: the table's ledger."""
    for world in in_disorder(row, season, row.told_to_load, TELLINGS):
        _stands(world, row, row.told_to_load)


@seasons
@rows
def test_heard_in_time_the_world_is_told_no_more_than_that(row: Row, season: Season) -> None:
    """Given everything heard as it happens: the table's ledger; nobody is told to load who ought not, and the customer
    hears of one carrier at most."""
    world = in_time(row, season, row.told_to_load)
    _stands(world, row, row.told_to_load)
    sent = [i.body for i in world.instructions.values()]
    assert any(isinstance(body, LoadingReleased) for body in sent) == row.told_to_load
    assert {n.carrier for n in world.notices.values()} == ({row.customer_told} - {""})
    asked = [(b.attempt, b.carrier) for b in sent if isinstance(b, TenderRequested)]
    expected = [] if row.practice == "hold" else [(1, "CARRIER-A"), (2, "CARRIER-B")]
    assert asked == expected or (row.practice == "provisional" and asked == expected[:1])
    if row.practice == "retender":
        assert "CARRIER-A" in {b.carrier for b in sent if isinstance(b, TenderCancelled)}


@pytest.mark.parametrize("row", [r for r in TABLE if not r.told_to_load], ids=lambda r: f"{r.answer}-{r.practice}")
def test_a_truck_that_leaves_untold_is_not_posted_before_a_person_looked(row: Row) -> None:
    """Given that it leaves although nobody told it to, goods and sales wait; a person's release lets them go, and the
    freight stays unaccrued."""
    world = in_time(row, SEASONS[0], True)
    _stands(world, row, True)
    (hold,) = decision(world, "O-1").holds
    then(world, let_go("O-1", 90_000, hold.cause))
    posted = {"cost_of_goods_sold": 400_00, "inventory": -400_00, "receivable": 600_00, "revenue": -600_00}
    assert ledger(world) == posted
    assert "CARRIER_UNCONFIRMED" not in opened(world, "O-1")


def test_another_exception_s_release_lets_no_unconfirmed_goods_go() -> None:
    """Given a departure that a person has seen to be incomplete, and a carrier that takes its word back after it: that
    nobody carries the goods is a thing of its own, and they are held."""
    rules = under(load_and_depart="hold")
    lines = s.line("A", "ITEM-1", 5), s.line("B", "ITEM-1", 5)
    release = s.released("O-1", 0, *lines, mode="parcel", partial="ship_when_all_ready")
    gone = s.departed("O-1", 60, "S-1", lines={"A": 5})
    facts = (release, s.picked("O-1", 10, "A", 5), s.planned("L-1", 20, 1, ("O-1", "S-1")), gone,
             s.offered("L-1", 30, 1, 100, 500), s.answered("L-1", 40, 1, "accepted"))  # fmt: skip
    for world in told(*facts, tellings=4, rules=rules):
        assert opened(world, "O-1") == {"SHIPPED_INCOMPLETE"}
        then(world, let_go("O-1", 70, gone.business_key), s.answered("L-1", 80, 1, "rejected"))
        assert opened(world, "O-1") == {"CARRIER_UNCONFIRMED"}
        (hold,) = decision(world, "O-1").holds
        then(world, let_go("O-1", 90, hold.cause))
        assert opened(world, "O-1") == set()


@seasons
def test_deadlines_are_counted_over_opening_hours(season: Season) -> None:
    """The tender's due time and the confirm deadline are those worked out by hand; a provisional accrual bears the day
    of the deadline, however late the clock was heard."""
    row = next(r for r in TABLE if (r.answer, r.practice) == ("no_answer", "provisional"))
    for world in in_disorder(row, season, True, 2):
        fired = {key for key in world.record("load/L-1").facts if key.startswith("deadline/")}
        assert f"deadline/tender/T-1/{season.due:%Y-%m-%dT%H:%M:%S}" in fired
        assert f"deadline/confirm/L-1/{season.confirm_by:%Y-%m-%dT%H:%M:%S}" in fired
        document = decision(world, "load/L-1").ought["freight_accrual/L-1"].document
        assert isinstance(document, FreightAccrual)
        assert (document.basis, document.carrier) == ("provisional", "CARRIER-D")
        assert document.date == season.confirm_by.date().isoformat()
