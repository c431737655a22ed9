"""What the books make of a short pick, by what was agreed with the customer and by what a person says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.simulators.books_orders import OrderBooks, order_books
from milepost.simulators.ledger import Row
from milepost.simulators.plan import Allocation, Cancel, CreditWord, OrderPlan, Short, Snapshot, Verdict
from milepost.tests.simulators.truths import COST, HOUR, NORTH, PRICE, SOUTH, T0, order, pick, shipped, short

BACK_ORDERS, CANCELS, REALLOCATES, SUBSTITUTES, SHIPS_SHORT, ASKS = "C001", "C006", "C011", "C015", "C019", "C030"


def _amount(books: OrderBooks, kind: str, account: str) -> int:
    return sum(a for row, a in books.rows.items() if row.chain.startswith(kind) and row.account == account)


def _issued(plan: OrderPlan) -> int:
    """Units at cost in the goods issues."""
    return _amount(order_books(plan, {}), "goods_issue", "cost_of_goods_sold") // COST


def _told(plan: OrderPlan) -> set[str]:
    return {row.chain for row in order_books(plan, {}).counted}


def _six_of_ten(customer: str, missed: Short) -> OrderPlan:
    return order(customer, picks=(pick(6),), shorts=(missed,))


@pytest.mark.parametrize(
    ("customer", "issued", "told", "held"),
    [
        (BACK_ORDERS, 6, True, False),
        (CANCELS, 6, True, False),
        (SHIPS_SHORT, 6, False, False),
        (REALLOCATES, 0, False, True),
        (SUBSTITUTES, 0, False, True),
        (ASKS, 0, False, True),
    ],
)
def test_what_was_agreed(customer: str, issued: int, told: bool, held: bool) -> None:
    """Each practice: what is issued of a line of ten with four short, whether the ERP hears of it, whether it waits."""
    plan = _six_of_ten(customer, short(4))
    assert _issued(plan) == issued
    assert _told(plan) == ({"order_change/short/DC-NORTH"} if told else set())
    assert bool(order_books(plan, {}).held) == held


def test_goods_that_turned_up_are_no_shortage() -> None:
    """A short pick taken back by the site holds nothing and is told to nobody."""
    plan = _six_of_ten(ASKS, replace(short(4), found_at=T0 + 3 * HOUR))
    assert _issued(plan) == 6
    assert not _told(plan)


def test_the_other_site_helps_out() -> None:
    """Reallocated units leave the other site; until it has set them aside, only the short site's goods wait."""
    helped = order(REALLOCATES, picks=(pick(6), pick(4, node=SOUTH)), shorts=(short(4),))
    assert _issued(helped) == 10
    pending = replace(helped, picks=helped.picks[:1], moved=(), shipments=helped.shipments[:1])
    assert _issued(pending) == 0
    aside = Allocation("alloc/1", "10", SOUTH, 4, T0 + 3 * HOUR)
    assert _issued(replace(pending, moved=(aside,))) == 6


def test_a_site_short_of_the_line_itself_is_not_asked() -> None:
    """Where the other site cannot pick the line either, the goods of both wait for a person."""
    plan = order(REALLOCATES, picks=(pick(6), pick(2, node=SOUTH)), shorts=(short(4), short(2, SOUTH)))
    assert _issued(plan) == 0


def test_a_substitute_goes_as_a_line_of_its_own() -> None:
    """Approved, the other item is issued and billed at the line's own cost and price, and the ERP hears of it."""
    plan = order(SUBSTITUTES, picks=(pick(6), pick(4, line="10~ITEM-101")), shorts=(short(4),))
    approved = replace(plan, shorts=(replace(short(4), approved_at=T0 + 3 * HOUR),))
    books = order_books(approved, {})
    assert _amount(books, "goods_issue", "inventory") == -10 * COST
    assert _amount(books, "customer_invoice", "revenue") == -10 * PRICE
    assert _told(approved) == {"order_change/short/DC-NORTH"}
    named = Verdict("v", T0 + 3 * HOUR, "substitute", item="ITEM-150")
    other = replace(plan, picks=(pick(6), pick(4, line="10~ITEM-150")), shorts=(replace(short(4), verdicts=(named,)),))
    assert _issued(other) == 10
    assert _issued(replace(other, shorts=approved.shorts)) == 6, "an item nobody approved is no part of the order"


@given(st.permutations(["reallocate", "back_order", "cancel_remainder", "substitute", "ship_short"]))
def test_the_last_word_counts(outcomes: list[str]) -> None:
    """Of several decisions on one short pick the latest counts, in whatever order they are written down."""
    words = tuple(Verdict(f"v{n}", T0 + n * HOUR, outcome) for n, outcome in enumerate(outcomes))  # type: ignore[arg-type]
    plans = [_six_of_ten(ASKS, replace(short(4), verdicts=v)) for v in (words, words[::-1], words[-1:])]
    assert order_books(plans[0], {}) == order_books(plans[1], {})
    assert order_books(plans[0], {}).rows == order_books(plans[2], {}).rows


def test_a_release_lets_go_what_there_is() -> None:
    """A person's release of a short pick means that it ships short, whatever was agreed; a decision goes before it."""
    released = replace(short(4), released_at=T0 + 5 * HOUR)
    for customer in (BACK_ORDERS, CANCELS, REALLOCATES, SUBSTITUTES, ASKS):
        assert _issued(_six_of_ten(customer, released)) == 6
        assert not _told(_six_of_ten(customer, released))
    decided = replace(released, verdicts=(Verdict("v", T0 + 4 * HOUR, "back_order"),))
    assert _told(_six_of_ten(ASKS, decided))


def test_a_cancelled_remainder_never_ships() -> None:
    """Of a line with a cancelled remainder no more is issued, even when the goods are found; of a back order it is."""
    found = (pick(6), replace(pick(4), key="pick/late"))
    assert _issued(order(CANCELS, picks=found, shorts=(short(4),))) == 6
    assert _issued(order(BACK_ORDERS, picks=found, shorts=(short(4),))) == 10


@given(st.integers(min_value=1, max_value=9))
def test_a_line_lowered_below_its_shortage(amended: int) -> None:
    """A cancelled remainder takes at most what an amendment has left of the line."""
    plan = _six_of_ten(CANCELS, short(4))
    lower = Snapshot(2, T0 + HOUR, (replace(plan.standing.lines[0], quantity=amended),))
    assert _issued(replace(plan, snapshots=(*plan.snapshots, lower))) == max(0, min(6, amended - 4))


@given(st.integers(min_value=1, max_value=400), st.integers(min_value=0, max_value=100))
def test_over_delivery(ordered: int, more: int) -> None:
    """What the customer takes beyond the order is issued, rounded down, and nothing beyond that."""
    assert _issued(order("C020", ordered=ordered, picks=(pick(ordered + more),))) == min(
        ordered + more, ordered * 110 // 100
    )
    assert _issued(order("C021", ordered=ordered, picks=(pick(ordered + more),))) == ordered


def test_earlier_departures_are_served_first() -> None:
    """A line lowered while it was picked is issued with the shipments that left first, to its new quantity."""
    plan = order(ASKS, ordered=7, picks=(pick(10),))
    first = shipped("SH-1", NORTH, T0 + 20 * HOUR, line_10=5)
    second = shipped("SH-2", NORTH, T0 + 21 * HOUR)
    rows = order_books(replace(plan, shipments=(second, first)), {}).rows
    assert rows[Row("SO-1", "goods_issue/SH-1", "cost_of_goods_sold", "EUR", "2026-03")] == 5 * COST
    assert rows[Row("SO-1", "goods_issue/SH-2", "cost_of_goods_sold", "EUR", "2026-03")] == 2 * COST


def test_credit_stops_the_invoice_alone() -> None:
    """While credit is blocked goods are issued and not billed; a later clearing bills them."""
    blocked = CreditWord("credit/1", T0 + HOUR, blocked=True)
    plan = replace(order(ASKS, picks=(pick(10),)), credit=(blocked,))
    books = order_books(plan, {})
    assert {held.chain for held in books.held} == {"customer_invoice/SH-DC-NORTH"}
    assert _issued(plan) == 10
    cleared = replace(plan, credit=(CreditWord("credit/2", T0 + 9 * HOUR, blocked=False), blocked))
    assert _amount(order_books(cleared, {}), "customer_invoice", "revenue") == -10 * PRICE


def test_another_currency_takes_with_it_what_follows() -> None:
    """A release in another currency changes nothing, nor does an amendment above it."""
    plan = order(ASKS, picks=(pick(10),))
    dearer = replace(plan.standing.lines[0], unit_cost_minor=COST + 50)
    stray, later = Snapshot(2, T0 + HOUR, (dearer,)), Snapshot(3, T0 + 2 * HOUR, (dearer,))
    changed = replace(plan, snapshots=(*plan.snapshots, later))
    assert order_books(replace(changed, in_other_currency=(stray,)), {}) == order_books(plan, {})
    assert order_books(changed, {}) != order_books(plan, {})


def test_cancelled_owes_nothing_unless_goods_left() -> None:
    """A cancelled order has no documents, order changes neither; a cancellation that is void changes nothing."""
    plan = _six_of_ten(CANCELS, short(4))
    asked = Cancel("cancel/1", T0 + 4 * HOUR, by_person=False, early=False, void=False)
    stopped = order_books(replace(plan, cancel=asked, shipments=()), {})
    assert not stopped.rows
    assert not stopped.counted
    for refused in (False, True):
        in_vain = replace(plan, cancel=replace(asked, void=True, refused=refused))
        assert order_books(in_vain, {}).rows == order_books(plan, {}).rows
        assert order_books(in_vain, {}).counted == order_books(plan, {}).counted


@given(st.integers(min_value=1, max_value=9), st.integers(min_value=1, max_value=9))
def test_what_says_nothing_took_what_was_picked_before(early: int, late: int) -> None:
    """Of two departures that state nothing the first carries what was picked until it left, the second all the rest,
    what was reported to be picked after it too."""
    picks = (pick(early), *(replace(pick(late), key=f"pick/{n}", at=T0 + n * HOUR) for n in (20, 22, 40)))
    plan = order(ASKS, ordered=100, picks=picks)
    left = shipped("SH-1", NORTH, T0 + 21 * HOUR), shipped("SH-2", NORTH, T0 + 23 * HOUR)
    rows = order_books(replace(plan, shipments=left), {}).rows
    issued = [rows[Row("SO-1", f"goods_issue/SH-{n}", "cost_of_goods_sold", "EUR", "2026-03")] for n in (1, 2)]
    assert issued == [(early + late) * COST, 2 * late * COST]


@pytest.mark.parametrize("customer", [ASKS, SUBSTITUTES])
@pytest.mark.parametrize("found", [3, 4])
def test_what_is_picked_after_all_waits_for_nobody(customer: str, found: int) -> None:
    """An undecided shortage whose units are picked there after all holds nothing; one unit less, and the goods wait; so
    they do where a person has sent the units elsewhere and that site says nothing."""
    plan = order(customer, picks=(pick(6), replace(pick(found), key="pick/late")), shorts=(short(4),))
    assert _issued(plan) == (10 if found == 4 else 0)
    assert not _told(plan)
    elsewhere = Verdict("v", T0 + 3 * HOUR, "reallocate", node=SOUTH)
    assert _issued(replace(plan, shorts=(replace(short(4), verdicts=(elsewhere,)),))) == 0
