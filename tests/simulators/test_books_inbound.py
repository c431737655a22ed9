"""What the books make of goods that come in."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from milepost.simulators.books_inbound import inbound_rows, received
from milepost.simulators.plan_inbound import InboundPlan
from milepost.tests.simulators.truths import COST, HOUR, NORTH, SOUTH, T0, inbound


def _units(plan: InboundPlan) -> list[int]:
    return [amount // COST for row, amount in inbound_rows(plan).items() if row.account == "inventory"]


@given(st.lists(st.integers(min_value=1, max_value=60), max_size=5))
def test_a_line_that_would_exceed_does_not_count_at_all(quantities: list[int]) -> None:
    """Receipts count in their order, each whole or not at all, and never more than was ordered."""
    plan = inbound(SOUTH, *((("10", quantity),) for quantity in quantities))
    room, expected = 100, []
    for quantity in quantities:
        if quantity <= room:
            room -= quantity
            expected.append(quantity)
    assert _units(plan) == expected


def test_a_site_takes_in_a_little_more() -> None:
    """The northern site takes five in a hundred more than ordered, the southern none."""
    assert _units(inbound(NORTH, (("10", 105),))) == [105]
    assert _units(inbound(NORTH, (("10", 106),))) == []
    assert _units(inbound(SOUTH, (("10", 101),))) == []
    assert _units(inbound(NORTH, (("10", 20),), ordered=19)) == [], "rounded down"


def test_a_person_takes_the_excess() -> None:
    """An excess that a person accepts counts whole."""
    plan = inbound(SOUTH, (("10", 90),), (("10", 30),))
    accepted = replace(plan.receipts[1], accepted_at=T0 + 60 * HOUR)
    assert _units(replace(plan, receipts=(plan.receipts[0], accepted))) == [90, 30]


def test_what_nobody_ordered_does_not_count() -> None:
    """A line the order does not have is left out, and the rest of the receipt counts."""
    assert _units(inbound(SOUTH, (("10", 5), ("99", 3)))) == [5]
    assert _units(inbound(SOUTH, (("99", 3),))) == []


def test_a_receipt_taken_back_makes_room() -> None:
    """A reversed receipt does not count, and what came after it does."""
    plan = inbound(SOUTH, (("10", 80),), (("10", 70),))
    undone = replace(plan.receipts[0], reversed_at=T0 + 30 * HOUR)
    assert _units(replace(plan, receipts=(undone, plan.receipts[1]))) == [70]


def test_cancelling_changes_nothing_and_a_transfer_comes_from_transit() -> None:
    """What was received was received; a transfer's goods come from transit, a purchase's are owed for."""
    plan = inbound(SOUTH, (("10", 5),))
    assert inbound_rows(replace(plan, cancelled_at=T0 + HOUR)) == inbound_rows(plan)
    assert {row.account for row in inbound_rows(plan)} == {"inventory", "goods_received_not_invoiced"}
    assert {row.account for row in inbound_rows(replace(plan, kind="transfer"))} == {"inventory", "goods_in_transit"}
    assert received(plan)[0][0].receipt == "RC-1"
    assert inbound_rows(replace(plan, invalid=("unknown_supplier",))) == {}
