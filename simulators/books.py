"""The independent books: what ought to be at the ERP by the physical truth of the lives and the rules of the domain.

They know neither messages nor the workflow, so an error of either shows as a difference of the two sets of books.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from milepost.simulators.books_dates import month_at
from milepost.simulators.books_inbound import inbound_rows
from milepost.simulators.books_loads import current_tender, freight
from milepost.simulators.books_orders import Held, OrderBooks, items_of, lasting_cause, order_books, stopped
from milepost.simulators.books_stock import inbound_stock, order_stock
from milepost.simulators.ledger import DOCUMENT, Row, Rows
from milepost.simulators.life import Lives
from milepost.simulators.plan import OrderPlan
from milepost.simulators.plan_inbound import InboundPlan
from milepost.simulators.plan_loads import LoadPlan
from milepost.simulators.stock_ledger import StockRows


@dataclass(frozen=True, slots=True)
class Books:
    """``rows``: the ERP's net when all is quiet. ``held``: chains that ought to be there and wait for a person.

    ``counted``: documents without amounts that ought to be live, one each: shipment confirmations and order changes.
    ``undecided``: those of orders with a lasting hold, which may have gone out before it. ``statuses`` per order id,
    and ``held_orders``.
    ``units`` issued per (node, item) by the rows; ``units_held`` those that left unposted. ``stock``: what ought to be
    in the ERP's inventory ledger.
    """

    rows: Rows
    held: tuple[Held, ...]
    counted: Rows
    undecided: frozenset[str]
    statuses: dict[str, str]
    held_orders: frozenset[str]
    units: dict[tuple[str, str], int]
    units_held: dict[tuple[str, str], int]
    stock: StockRows


def books_of(lives: Lives) -> Books:
    """Return the books of a world."""
    orders, loads = [life.plan for life in lives.orders], [life.plan for life in lives.loads]
    return books_of_plans(orders, loads, [life.plan for life in lives.inbound])


def books_of_plans(
    orders: Iterable[OrderPlan], loads: Iterable[LoadPlan], inbound: Iterable[InboundPlan] = ()
) -> Books:
    """Return the books of the given truth."""
    plans = {plan.order_id: plan for plan in orders}
    load_plans = {plan.story.load: plan for plan in loads}
    per_order = {order_id: order_books(plan, load_plans) for order_id, plan in plans.items()}
    rows: Rows = {}
    counted, undecided = _confirmed(load_plans, plans)
    for one in per_order.values():
        rows |= one.rows
        counted |= one.counted
        undecided |= one.undecided
    for load in load_plans.values():
        rows |= freight(load)
    stock: StockRows = {}
    for order_id, one in per_order.items():
        stock |= order_stock(plans[order_id], one)
    for coming in inbound:
        rows |= inbound_rows(coming)
        stock |= inbound_stock(coming)
    units, units_held = _units(plans, per_order)
    return Books(
        rows={row: amount for row, amount in rows.items() if amount},
        held=tuple(held for one in per_order.values() for held in one.held),
        counted=counted,
        undecided=frozenset(undecided),
        statuses={order_id: one.status for order_id, one in per_order.items()},
        held_orders=frozenset(o for o, plan in plans.items() if _stays_held(plan) or per_order[o].held),
        units=units,
        units_held=units_held,
        stock=stock,
    )


def _stays_held(plan: OrderPlan) -> bool:
    stays = plan.credit_block is not None or any(lasting_cause(plan, node) for node in plan.working_nodes)
    return plan.goes_to_work and stays


def _confirmed(loads: dict[str, LoadPlan], plans: dict[str, OrderPlan]) -> tuple[Rows, set[str]]:
    rows: Rows = {}
    undecided: set[str] = set()
    for load_id, load in loads.items():
        # A hold stops what takes a document back, too: what went out before it may stand for ever.
        undecided |= {
            _confirmation(load_id, shipment) for order_id, shipment in load.members if stopped(plans[order_id])
        }
        tender = current_tender(load.tenders, load.story.lane)
        if tender is None or tender.accepted_at is None:
            continue
        for order_id, shipment in load.carried:
            chain, plan = _confirmation(load_id, shipment), plans[order_id]
            if not stopped(plan) and not plan.cancelled:
                rows[Row(order_id, chain, DOCUMENT, "", month_at(tender.accepted_at, load.story.node))] = 1
    return rows, undecided


def _confirmation(load: str, shipment: str) -> str:
    return f"shipment_confirmation/{load}/{shipment}"


Units = dict[tuple[str, str], int]


def _units(plans: dict[str, OrderPlan], per_order: dict[str, OrderBooks]) -> tuple[Units, Units]:
    posted: Units = {}
    kept_back: Units = {}
    for order_id, one in per_order.items():
        items = items_of(plans[order_id])
        for issue in one.issues:
            node, name = issue.shipment.node, issue.shipment.shipment
            units = kept_back if name in one.blocked else posted
            for line, quantity in issue.quantities.items():
                units[node, items[line]] = units.get((node, items[line]), 0) + quantity
    return posted, kept_back
