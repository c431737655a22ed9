"""Holds (C.12): what a person's hold stops and what not, who may lift which, and when it is no longer theirs alone."""

from __future__ import annotations

import pytest
from milepost.contracts.controls import HoldPlaced
from milepost.contracts.events import Event
from milepost.tests.scenarios.story import clock, decision, ledger, opened, published, then, told, under, view
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import NORTH, SOUTH, at

RELEASE = s.released("O-1", 0, s.line("A", "ITEM-2", 10), s.line("B", "ITEM-1", 10, node=SOUTH))
WORK = (
    RELEASE, s.picked("O-1", 10, "A", 10), s.picked("O-1", 10, "B", 10, node=SOUTH),
    s.departed("O-1", 50, "S-N"), s.departed("O-1", 55, "S-S", node=SOUTH),
)  # fmt: skip
NORTHERN, SOUTHERN = 10 * 999, 10 * 8


def hold(scope: str, minutes: int = 5, escalates: int | None = None) -> Event:
    body = HoldPlaced(actor="ada", reason="damaged pallet", scope=scope,
                      escalates_at=None if escalates is None else at(escalates))  # fmt: skip
    return s.say("O-1", "hold/1", minutes, body)


@pytest.mark.parametrize(
    ("scope", "issued", "billed"),
    [
        ("", 0, 0),
        (f"node/{NORTH}", SOUTHERN, 170),
        ("shipment/S-N", SOUTHERN, 170),
        ("posting/customer_invoice", NORTHERN + SOUTHERN, 0),
        ("posting/goods_issue", 0, 0),
        ("node/DC-NOWHERE", NORTHERN + SOUTHERN, 19990 + 170),
        ("fridge/7", 0, 0),
        ("posting/cheque", 0, 0),
    ],
)
def test_a_hold_stops_its_scope_and_nothing_else(scope: str, issued: int, billed: int) -> None:
    """A person's hold stops all postings, or those of a node, a shipment, a kind of document; one whose scope cannot be
    read stops everything and says so. Released by name, all is posted."""
    for world in told(hold(scope), tellings=4):
        found = ledger(then(world, *WORK))
        assert (found.get("cost_of_goods_sold", 0), found.get("receivable", 0)) == (issued, billed)
        one = published(world, "MANUAL")
        assert (one.queue, one.opened_at, one.until) == ("ada", at(5), "control.release names hold/1")
        assert "damaged pallet" in one.text
        assert ("not known" in one.text) == (scope in ("fridge/7", "posting/cheque"))
        then(world, s.let_go("O-1", 70, "hold/1"))
        assert ledger(world)["cost_of_goods_sold"] == NORTHERN + SOUTHERN
        assert ledger(world)["receivable"] == 19990 + 170
        assert published(world, "MANUAL").resolution == "released"


def test_a_hold_of_a_node_stops_reversals_there_too() -> None:
    """A departure taken back while its node is held: nothing is reversed before the hold is lifted."""
    for world in told(*WORK, tellings=4):
        then(world, hold(f"node/{NORTH}", 80))
        then(world, s.undone(WORK[3], 90))
        assert ledger(world)["cost_of_goods_sold"] == NORTHERN + SOUTHERN
        then(world, s.let_go("O-1", 95, "hold/1"))
        assert ledger(world)["cost_of_goods_sold"] == SOUTHERN


def test_only_a_person_lifts_a_persons_hold() -> None:
    """Whatever else happens, delivery included, a person's hold stands until a release names it."""
    for world in told(hold(""), tellings=4):
        then(world, *WORK, s.delivered("O-1", 90, "S-N"), s.delivered("O-1", 91, "S-S"))
        assert ledger(world) == {}
        assert opened(world, "O-1") == {"MANUAL"}
        then(world, s.let_go("O-1", 95, "hold/2"))
        assert ledger(world) == {}


def test_a_system_hold_clears_itself_when_its_cause_goes() -> None:
    """A contested pick holds everything; the resolution alone ends it, and a release naming it does not."""
    other = s.picked("O-1", 10, "A", 4)
    for world in told(WORK[1], other, tellings=4):
        then(world, *WORK, s.let_go("O-1", 60, other.business_key))
        assert ledger(world) == {}
        then(world, s.resolved("O-1", 70, WORK[1]))
        assert ledger(world)["cost_of_goods_sold"] == NORTHERN + SOUTHERN
        assert opened(world, "O-1") == set()


def test_a_hold_left_too_long_goes_up() -> None:
    """Past its escalation the hold is the desk's, or whose the policy names; it still holds."""
    for knobs, queue in (({}, "order-desk"), ({"escalates_to": {"ada": "head-of-orders"}}, "head-of-orders")):
        for world in told(hold("", escalates=120), rules=under(**knobs), tellings=3):
            then(world, *WORK)
            clock(world, 119)
            assert published(world, "MANUAL").queue == "ada"
            clock(world, 121)
            assert published(world, "MANUAL").queue == queue
            assert ledger(world) == {}


def test_a_hold_names_its_reason_and_evidence() -> None:
    """S79: a hold is an object: who, why, since when, on what evidence, what releases it."""
    for world in told(RELEASE, hold(""), tellings=2):
        (one,) = decision(world, "O-1").holds
        assert (one.owner, one.placed_at, one.evidence) == ("ada", at(5), ("hold/1",))
        assert "damaged pallet" in one.reason
        assert view(world, "O-1").held
