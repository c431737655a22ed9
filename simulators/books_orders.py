"""What an order's shipments ought to have booked: goods issues and invoices, and which of them a hold keeps back.

Part of the independent books: written from the domain's rules and the physical truth, without the workflow's code.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from milepost.contracts.identifiers import load_key
from milepost.simulators.books_dates import day_at
from milepost.simulators.books_doors import Paper, door_of, door_papers
from milepost.simulators.books_loads import waits_for_carrier
from milepost.simulators.books_returns import return_papers
from milepost.simulators.books_shortages import changes_ever, changes_told, stays_open, substituted, taken_off
from milepost.simulators.ledger import PERIOD_CHARS, Row, Rows, add
from milepost.simulators.plan import OrderPlan, Shipment
from milepost.simulators.plan_loads import LoadPlan
from milepost.simulators.practices import over_delivery_percent


class Issue(NamedTuple):
    """A shipment that left: what of each line it carried (at most what is ordered), and on which date."""

    shipment: Shipment
    date: str
    quantities: dict[str, int]


class Held(NamedTuple):
    """A chain that ought to be posted and is not, because nobody lifts the hold of ``cause``."""

    owner: str
    chain: str
    cause: str


class OrderBooks(NamedTuple):
    """``counted``: documents without amounts; ``undecided``: chains that may have gone out before a lasting hold;
    ``posted``: the documents with amounts that nothing keeps back."""

    rows: Rows
    counted: Rows
    undecided: frozenset[str]
    held: tuple[Held, ...]
    status: str
    issues: tuple[Issue, ...]
    blocked: frozenset[str]  # shipments that left and are not posted
    posted: tuple[Paper, ...]


def order_books(plan: OrderPlan, loads: Mapping[str, LoadPlan]) -> OrderBooks:
    """Return what ought to be at the ERP for one order when everything is quiet. ``loads`` by load id."""
    issues = issued(plan, loads)
    rows, held, blocked, posted = Rows(), [], set(), []
    for issue in issues:
        cause = lasting_cause(plan, issue.shipment.node) or _no_carrier(plan, issue.shipment, loads)
        for paper in _due(plan, issue, loads):
            stop = cause or _unpaid(plan, paper.chain) or paper.cause
            if stop:
                held.append(Held(plan.order_id, paper.chain, stop))
            else:
                posted.append(paper)
                for row, amount in _entry(plan, paper).items():
                    add(rows, row, amount)
        if cause:
            blocked.add(issue.shipment.shipment)
    told = {} if plan.invalid or plan.cancelled else changes_told(plan)
    undecided = changes_ever(plan) if stopped(plan) else frozenset()
    counted = {row: count for row, count in told.items() if row.chain not in undecided}
    return OrderBooks(
        rows, counted, undecided, tuple(held), status_of(plan, issues), issues, frozenset(blocked), tuple(posted)
    )


def issued(plan: OrderPlan, loads: Mapping[str, LoadPlan]) -> tuple[Issue, ...]:
    """Return the goods issues that ought to exist: one per shipment that left with anything."""
    if plan.invalid or plan.cancelled:
        return ()
    left = [(at, s) for s in plan.shipments if (at := departed_at(plan, s, loads)) is not None]
    left.sort(key=lambda pair: pair[0])
    open_ordered = _most(plan)
    last_of = {shipment.node: shipment.shipment for _, shipment in left}
    gone: dict[tuple[str, str], int] = {}
    issues = []
    for at, shipment in left:
        quantities = {}
        fetched = _picked(plan, None if last_of[shipment.node] == shipment.shipment else at)
        for line, aboard in _aboard(shipment, fetched, gone).items():
            quantities[line] = min(aboard, open_ordered.get(line, 0))
            open_ordered[line] = open_ordered.get(line, 0) - quantities[line]
        quantities = {line: quantity for line, quantity in quantities.items() if quantity > 0}
        if quantities:
            issues.append(Issue(shipment, day_at(at, shipment.node), quantities))
    return tuple(issues)


def _most(plan: OrderPlan) -> dict[str, int]:
    """Return how much of each line may leave in all, with what the customer takes beyond the order."""
    off = taken_off(plan)
    ordered = {line.line: max(0, line.quantity - off.get(line.line, 0)) for line in plan.standing.lines}
    ordered |= {line: shortage.quantity for line, shortage in substituted(plan).items()}
    percent = 100 + over_delivery_percent(plan.customer, plan.released_at)
    return {line: quantity * percent // 100 for line, quantity in ordered.items()}


def items_of(plan: OrderPlan) -> dict[str, str]:
    """Return the item of each line, of those that substitutions added too."""
    ordered = {line.line: line.item for line in plan.standing.lines}
    return ordered | {line: shortage.item for line, shortage in substituted(plan).items()}


def departed_at(plan: OrderPlan, shipment: Shipment, loads: Mapping[str, LoadPlan]) -> datetime | None:
    """Return when the shipment left by the site's clock, else by the carrier's pick-up; None if it did not."""
    standing = [d for d in shipment.departures if d.reversed_at is None]
    if standing:
        return plan.reported(shipment.node, min(d.at for d in standing))
    load = loads.get(shipment.load) if shipment.load else None
    if load is None or (plan.order_id, shipment.shipment) not in load.carried:
        return None
    return load.story.picked_up_at


def _picked(plan: OrderPlan, by: datetime | None) -> dict[tuple[str, str], int]:
    """Return what was picked, by node and line; with ``by`` only what was until then, as the sites report it."""
    picked: dict[tuple[str, str], int] = {}
    for pick in plan.picks:
        if pick.reversed_at is None and (by is None or plan.reported(pick.node, pick.at) <= by):
            key = (pick.node, pick.line)
            picked[key] = picked.get(key, 0) + pick.quantity
    return picked


def _aboard(shipment: Shipment, picked: dict[tuple[str, str], int], gone: dict[tuple[str, str], int]) -> dict[str, int]:
    """Return what a shipment carries: what it states, else what was picked and is not ``gone`` yet; then it is."""
    reported = bool(shipment.departures) and shipment.contents is not None
    if reported and shipment.contents is not None:
        aboard = dict(shipment.contents)
    else:
        mine = {line: quantity for (node, line), quantity in picked.items() if node == shipment.node}
        aboard = {line: max(0, quantity - gone.get((shipment.node, line), 0)) for line, quantity in mine.items()}
    for line, quantity in aboard.items():
        gone[shipment.node, line] = gone.get((shipment.node, line), 0) + quantity
    return aboard


def _due(plan: OrderPlan, issue: Issue, loads: Mapping[str, LoadPlan]) -> list[Paper]:
    """Return a goods issue and what follows from it: the invoice, and what came of it at the door and later."""
    shipment, shipped = issue.shipment, issue.quantities
    cogs = ("cost_of_goods_sold", "inventory")
    due = [Paper(f"goods_issue/{shipment.shipment}", issue.date, shipped, False, cogs)]
    door, invoiced_on = door_of(plan, shipment, shipped), _invoiced_on(plan, issue)
    if invoiced_on and any(door.billed.values()):
        chain = f"customer_invoice/{shipment.shipment}"
        due.append(Paper(chain, invoiced_on, door.billed, True, ("receivable", "revenue")))
    due += door_papers(plan, shipment, door, bool(invoiced_on), _on_load(plan, shipment, loads))
    return due + return_papers(plan, shipment, shipped, door, bool(invoiced_on))


def _no_carrier(plan: OrderPlan, shipment: Shipment, loads: Mapping[str, LoadPlan]) -> str | None:
    """Return the load that the shipment left on although no carrier had confirmed, where that holds it back."""
    if shipment.load is None or not _on_load(plan, shipment, loads):
        return None
    return load_key(shipment.load) if waits_for_carrier(loads[shipment.load]) else None


def _on_load(plan: OrderPlan, shipment: Shipment, loads: Mapping[str, LoadPlan]) -> bool:
    load = loads.get(shipment.load) if shipment.load else None
    return load is not None and (plan.order_id, shipment.shipment) in load.carried


def _units(plan: OrderPlan) -> tuple[dict[str, int], dict[str, int]]:
    """Return cost and price of a unit by line; a substitute goes at those of the line it stands for."""
    cost = {line.line: line.unit_cost_minor for line in plan.standing.lines}
    price = {line.line: line.unit_price_minor for line in plan.standing.lines}
    for line, shortage in substituted(plan).items():
        cost[line], price[line] = cost[shortage.short.line], price[shortage.short.line]
    return cost, price


def _invoiced_on(plan: OrderPlan, issue: Issue) -> str | None:
    if plan.terms == "on_goods_issue":
        return issue.date
    delivered_at = issue.shipment.delivered_at
    return day_at(delivered_at, issue.shipment.node) if delivered_at else None


def _entry(plan: OrderPlan, paper: Paper) -> Rows:
    cost, price = _units(plan)
    unit, period = price if paper.at_price else cost, paper.date[:PERIOD_CHARS]
    amount = sum(quantity * unit[line] for line, quantity in paper.quantities.items())
    debit, credit = (Row(plan.order_id, paper.chain, account, plan.currency, period) for account in paper.sides)
    return {debit: amount, credit: -amount}


def lasting_cause(plan: OrderPlan, node: str) -> str | None:
    """Return the key of a fact whose hold on the goods of ``node`` is never lifted, or None."""
    open_short = (short.key for short in plan.shorts if short.node == node and stays_open(plan, short))
    return stopped(plan) or next(open_short, None)


def stopped(plan: OrderPlan) -> str | None:
    """Return the key of a fact that stops all of the order for ever: a person's hold, or two words on one pick."""
    for hold in plan.holds:
        if hold.released_at is None:
            return hold.key
    unclear = (pick.key for pick in plan.picks if pick.mistake and pick.mistake.resolved_at is None)
    return next(unclear, None)


def _unpaid(plan: OrderPlan, chain: str) -> str | None:
    """Return the credit block that is never cleared; it stops invoices, nothing else."""
    block = plan.credit_block
    return block.key if block and chain.startswith(("customer_invoice/", "customer_credit/")) else None


def status_of(plan: OrderPlan, issues: tuple[Issue, ...]) -> str:
    """Return how far the order came: rejected, cancelled, open, or what of its shipments left and arrived."""
    if plan.invalid:
        return "rejected"
    if plan.cancelled:
        return "cancelled"
    if not issues:
        return "in_fulfilment"
    arrived = sum(issue.shipment.delivered_at is not None for issue in issues)
    if arrived:
        return "delivered" if arrived == len(plan.shipments) else "partially_delivered"
    return "shipped" if len(issues) == len(plan.shipments) else "partially_shipped"
