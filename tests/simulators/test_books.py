"""Laws of the independent books: they balance, follow each fact by its amount, and show every difference."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.contracts.documents import CustomerInvoice, DocumentLine, FreightAccrual
from milepost.simulators.books import Books, books_of, books_of_plans
from milepost.simulators.books_loads import current_tender
from milepost.simulators.books_orders import Issue, issued, items_of
from milepost.simulators.ledger import DOCUMENT, Row, booked, compare, ledger_rows, trial_balance
from milepost.simulators.life import Lives, lives
from milepost.simulators.plan import OrderPlan, Pick, Shipment
from milepost.simulators.plan_returns import ReturnCase

SEED = 9


WORLD = lives(SEED, 600)
BOOKS = books_of(WORLD)
HELD = {(held.owner, held.chain) for held in BOOKS.held}


@pytest.fixture
def world() -> Lives:
    return WORLD


@pytest.fixture
def books() -> Books:
    return BOOKS


def test_balanced(books: Books) -> None:
    """Debits equal credits in every period and currency, and in every chain."""
    totals: defaultdict[tuple[str, ...], int] = defaultdict(int)
    for row, amount in books.rows.items():
        totals[row.period, row.currency] += amount
        totals[row.owner, row.chain] += amount
    assert books.rows
    assert not any(totals.values())
    nets: defaultdict[tuple[str, str], int] = defaultdict(int)
    for (period, _, currency), amount in trial_balance(books.rows).items():
        nets[period, currency] += amount
    assert not any(nets.values())


def _quiet_door(shipment: Shipment, returns: tuple[ReturnCase, ...]) -> bool:
    return not shipment.notes and shipment.signed is None and not any(c.shipment == shipment.shipment for c in returns)


def _countable(world: Lives) -> list[tuple[OrderPlan, Pick]]:
    """Picks whose quantity alone decides what their shipment carries."""
    found = []
    for one in world.orders:
        plan = one.plan
        short = {one.line for one in plan.shorts}
        ordered = {line.line: line.quantity for line in plan.standing.lines if line.line not in short}
        for pick in plan.picks:
            total = sum(p.quantity for p in plan.picks if p.line == pick.line and p.reversed_at is None)
            mine = [s for s in plan.shipments if s.node == pick.node]
            carried = (
                len(mine) == 1 and mine[0].left_at and mine[0].contents is None and _quiet_door(mine[0], plan.returns)
            )
            held = plan.cancelled or any((plan.order_id, f"goods_issue/{s.shipment}") in HELD for s in mine)
            if (
                carried
                and not held
                and not pick.reversed_at
                and pick.quantity > 1
                and total <= ordered.get(pick.line, 0)
            ):
                found.append((plan, pick))
    return found


COUNTABLE = _countable(WORLD)
ROWS = sorted(BOOKS.rows)


@settings(deadline=None)
@given(at=st.integers(0, len(COUNTABLE) - 1), share=st.integers(min_value=0, max_value=99))
def test_one_pick_moves_one_line(at: int, share: int) -> None:
    """Picking fewer units of a line changes that shipment's documents alone, by those units' cost and price."""
    world, books = WORLD, BOOKS
    plan, pick = COUNTABLE[at]
    fewer = 1 + share * (pick.quantity - 1) // 100
    changed = replace(
        plan, picks=tuple(replace(p, quantity=p.quantity - fewer) if p is pick else p for p in plan.picks)
    )
    orders = [changed if one.plan is plan else one.plan for one in world.orders]
    loads, inbound = [load.plan for load in world.loads], [coming.plan for coming in world.inbound]
    found = compare(books.rows, books_of_plans(orders, loads, inbound).rows)
    shipment = next(s.shipment for s in plan.shipments if s.node == pick.node)
    line = next(one for one in plan.standing.lines if one.line == pick.line)
    unit = {
        (f"goods_issue/{shipment}", "cost_of_goods_sold"): line.unit_cost_minor,
        (f"goods_issue/{shipment}", "inventory"): -line.unit_cost_minor,
        (f"customer_invoice/{shipment}", "receivable"): line.unit_price_minor,
        (f"customer_invoice/{shipment}", "revenue"): -line.unit_price_minor,
    }
    assert {difference.owner for difference in found} == {plan.order_id}
    moved = {(d.chain, d.account): d.left - d.right for d in found}
    expected = {key: fewer * value for key, value in unit.items()}
    invoiced = any(row.chain == f"customer_invoice/{shipment}" for row in books.rows)
    assert moved == {key: value for key, value in expected.items() if invoiced or key[0].startswith("goods")}


def test_units_follow_cost(world: Lives, books: Books) -> None:
    """The units issued, at cost, are the goods issues' amounts."""
    assert sum(books.units.values()) > 0
    cost = sum(
        a for row, a in books.rows.items() if row.account == "cost_of_goods_sold" and "goods_issue/" in row.chain
    )
    by_line = 0
    for one in world.orders:
        unit = {line.line: line.unit_cost_minor for line in one.plan.standing.lines}
        unit |= {line: unit[line.partition("~")[0]] for line in items_of(one.plan)}
        for issue in _issues(one.plan, world):
            if (one.plan.order_id, f"goods_issue/{issue.shipment.shipment}") not in HELD:
                by_line += sum(unit[line] * quantity for line, quantity in issue.quantities.items())
    assert cost == by_line


def _issues(plan: OrderPlan, world: Lives) -> tuple[Issue, ...]:
    return issued(plan, {load.plan.story.load: load.plan for load in world.loads})


def test_rejected_and_cancelled_post_nothing(books: Books) -> None:
    """An order that was rejected or cancelled has no amounts, and there are such orders."""
    stopped = {order_id for order_id, status in books.statuses.items() if status in ("rejected", "cancelled")}
    assert stopped
    assert not stopped & {row.owner for row in books.rows}


def test_held_chains_are_listed_not_booked(books: Books) -> None:
    """A chain that waits for a person for ever is listed with its cause and has no amounts."""
    assert books.held
    assert not {(held.owner, held.chain) for held in books.held} & {(row.owner, row.chain) for row in books.rows}
    assert {held.owner for held in books.held} <= books.held_orders


def test_tenders_bind_in_any_order(world: Lives) -> None:
    """Which tender binds does not depend on the order in which tenders are looked at."""
    for load in world.loads:
        tenders, lane = load.plan.tenders, load.plan.story.lane
        assert current_tender(tenders, lane) == current_tender(tuple(reversed(tenders)), lane)


AMOUNTS = st.integers(min_value=0, max_value=10**9)
MONTHS = st.integers(min_value=1, max_value=12)


@settings(deadline=None)
@given(amount=AMOUNTS, month=MONTHS)
def test_document_and_reversal_net_to_nothing(amount: int, month: int) -> None:
    """A document and its reversal leave no row."""
    accrual = FreightAccrual(
        date=f"2026-{month:02d}-03", load="L", carrier="C", tender="T", currency="EUR", amount_minor=amount
    )
    pair = [booked("load/L", "freight_accrual/L", accrual), booked("load/L", "freight_accrual/L", accrual, True)]
    assert ledger_rows(pair) == {}


@settings(deadline=None)
@given(amounts=st.lists(st.integers(min_value=1, max_value=10**6), min_size=1, max_size=5))
def test_fold_adds_lines(amounts: list[int]) -> None:
    """An invoice's rows are the sum of its lines, once each side."""
    lines = tuple(
        DocumentLine(line=str(n), item="I", quantity=1, amount_minor=amount) for n, amount in enumerate(amounts)
    )
    invoice = CustomerInvoice(date="2026-03-31", shipment="S", customer="C", currency="EUR", lines=lines)
    rows = ledger_rows([booked("O", "customer_invoice/S", invoice)])
    assert rows == {
        Row("O", "customer_invoice/S", "receivable", "EUR", "2026-03"): sum(amounts),
        Row("O", "customer_invoice/S", "revenue", "EUR", "2026-03"): -sum(amounts),
    }


@settings(deadline=None)
@given(row=st.sampled_from(ROWS), by=st.integers(min_value=1, max_value=10**6))
def test_compare_finds_a_cent(row: Row, by: int) -> None:
    """Equal books have no difference; one changed amount is one difference that names its row."""
    books = BOOKS
    assert compare(books.rows, dict(books.rows)) == []
    other = books.rows | {row: books.rows[row] + by}
    (difference,) = compare(books.rows, other)
    assert difference[:5] == row
    assert difference.right - difference.left == by


def test_some_documents_carry_no_amounts(books: Books) -> None:
    """Confirmations and order changes are counted, one per chain, and decided for all but the orders held for ever."""
    assert {row.chain.partition("/")[0] for row in books.counted} == {"shipment_confirmation", "order_change"}
    assert {row.account for row in books.counted} == {DOCUMENT}
    assert set(books.counted.values()) == {1}
    assert not {row.chain for row in books.counted} & books.undecided
