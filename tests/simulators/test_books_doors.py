"""Laws of the books of doors and returns, on truths written by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.contracts.tms import DeliveryCode
from milepost.contracts.wms import Disposition
from milepost.simulators.books_orders import OrderBooks, order_books
from milepost.simulators.plan import DoorNote, OrderPlan
from milepost.simulators.plan_loads import LoadPlan
from milepost.simulators.plan_returns import Inspection, Request, ReturnCase
from milepost.tests.simulators import truths
from milepost.tests.simulators.truths import COST, HOUR, NORTH, PRICE, T0

SHIPMENT = "SH-DC-NORTH"
CREDITS, REPLACES, APPROVES = "C050", "C030", "C040"
CODES: tuple[DeliveryCode, ...] = ("refused", "short", "damaged", "lost", "wrong_product")
DELIVERED = T0 + 60 * HOUR


def delivered(
    *notes: DoorNote,
    customer: str = CREDITS,
    terms: str = "on_goods_issue",
    signed: int | None = None,
    returns: tuple[ReturnCase, ...] = (),
) -> OrderPlan:
    """Return an order of ten units that left and arrived."""
    plan = truths.order(customer, picks=(truths.pick(10),))
    states = None if signed is None else (("10", signed),)
    shipment = replace(plan.shipments[0], delivered_at=DELIVERED, notes=notes, signed=states)
    return replace(plan, terms=terms, shipments=(shipment,), returns=returns)


def note(code: DeliveryCode, quantity: int, n: int = 1) -> DoorNote:
    return DoorNote(f"dexc/{n}", code, "10", quantity, DELIVERED + n * HOUR)


def case(
    quantity: int, *, n: int = 1, asked: bool = False, made: Disposition = "restock", accepted: bool = False
) -> ReturnCase:
    """Return goods that came back n days after the delivery."""
    at = DELIVERED + 24 * n * HOUR
    one = Inspection(f"inspected/{n}", quantity, made, at, accepted_at=at if accepted else None)
    requests = (Request(f"rma/{n}", quantity, at - HOUR),) if asked else ()
    return ReturnCase(f"RMA-{n}", SHIPMENT, NORTH, "10", at, (one,), requests)


def net(books: OrderBooks, account: str, chain: str = "") -> int:
    return sum(a for row, a in books.rows.items() if row.account == account and row.chain.startswith(chain))


def books_of(plan: OrderPlan, load: LoadPlan | None = None) -> OrderBooks:
    return order_books(plan, {load.story.load: load} if load else {})


@pytest.mark.parametrize("terms", ["on_goods_issue", "on_delivery"])
@pytest.mark.parametrize("code", CODES)
def test_owed_is_what_stays_with_the_customer(code: DeliveryCode, terms: str) -> None:
    """Under either terms the customer owes ten units less those that did not come, or came damaged."""
    books = books_of(delivered(note(code, 3), terms=terms))
    assert net(books, "receivable") == 7 * PRICE
    assert net(books, "carrier_claims") == 0  # it travelled on no load


def test_damaged_units_stay_billed_where_they_are_replaced() -> None:
    """A customer who gets others for damaged units owes them all."""
    assert net(books_of(delivered(note("damaged", 3), customer=REPLACES)), "receivable") == 10 * PRICE


def test_too_many_count_for_nothing() -> None:
    """An exception beyond what the ones before it left does not count, and what comes after it may."""
    books = books_of(delivered(note("refused", 8), note("lost", 3, 2), note("short", 2, 3)))
    assert net(books, "receivable") == 0
    assert {row.chain for row in books.rows if "credit" in row.chain} == {
        "customer_credit/dexc/1",
        "customer_credit/dexc/3",
    }


def test_a_proof_that_leaves_units_out() -> None:
    """Units that a proof leaves out are not billed; damaged ones are taken for these before any is credited."""
    books = books_of(delivered(note("damaged", 4), terms="on_delivery", signed=7))
    assert net(books, "receivable", "customer_invoice") == 7 * PRICE
    assert net(books, "receivable", "customer_credit") == -1 * PRICE


@pytest.mark.parametrize(
    ("made", "account"),
    [
        ("restock", "inventory"),
        ("scrap", "scrapped_goods"),
        ("repair", "inventory_in_repair"),
        ("vendor", "vendor_returns"),
    ],
)
def test_what_came_back_leaves_cost_of_goods_sold(made: Disposition, account: str) -> None:
    """Returned goods are credited at price, and go at cost where the inspection sends them."""
    books = books_of(delivered(returns=(case(4, made=made),)))
    assert net(books, account, "stock_return") == 4 * COST
    assert net(books, "cost_of_goods_sold") == 6 * COST
    assert net(books, "receivable") == 6 * PRICE


def test_refused_goods_are_credited_once() -> None:
    """Refused goods that come back are stock again without a second credit; what is beyond them is credited."""
    books = books_of(delivered(note("refused", 3), returns=(case(5),)))
    assert net(books, "receivable") == 5 * PRICE
    assert net(books, "inventory", "stock_return") == 5 * COST


def test_no_more_comes_back_than_left() -> None:
    """An inspection beyond what can come back does not count; with a person's word as much of it as can."""
    assert net(books_of(delivered(returns=(case(11),))), "receivable") == 10 * PRICE
    assert net(books_of(delivered(returns=(case(11, accepted=True),))), "receivable") == 0


def test_an_unapproved_credit_waits_alone() -> None:
    """Where a person approves returns, the credit of a requested one waits, its stock does not; unrequested ones go."""
    held = books_of(delivered(customer=APPROVES, returns=(case(4, asked=True),)))
    assert [one.chain for one in held.held] == ["customer_credit/inspected/1"]
    assert net(held, "inventory", "stock_return") == 4 * COST
    assert not books_of(delivered(customer=APPROVES, returns=(case(4),))).held


NOTES = st.lists(st.tuples(st.sampled_from(CODES), st.integers(1, 12)), max_size=4)
BACK = st.lists(st.tuples(st.integers(1, 12), st.booleans()), max_size=4)


@settings(deadline=None)
@given(notes=NOTES, back=BACK, terms=st.sampled_from(["on_goods_issue", "on_delivery"]), signed=st.integers(0, 10))
def test_never_more_than_there_was(
    notes: list[tuple[DeliveryCode, int]], back: list[tuple[int, bool]], terms: str, signed: int
) -> None:
    """No life credits more than was invoiced, nor takes back more than was issued."""
    told = tuple(note(code, quantity, n) for n, (code, quantity) in enumerate(notes, 1))
    cases = tuple(case(quantity, n=n, accepted=taken) for n, (quantity, taken) in enumerate(back, 1))
    books = books_of(delivered(*told, terms=terms, signed=signed or None, returns=cases))
    assert 0 <= net(books, "receivable") <= 10 * PRICE
    assert 0 <= net(books, "cost_of_goods_sold") <= 10 * COST
