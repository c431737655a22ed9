"""Which units ought to stand where at the ERP: what left, what came back, what came in.

Part of the independent books: written from the domain's rules and the physical truth, without the workflow's code.
"""

from __future__ import annotations

from typing import Final

from milepost.simulators.books_doors import Paper
from milepost.simulators.books_inbound import received
from milepost.simulators.books_orders import OrderBooks, items_of
from milepost.simulators.ledger import add
from milepost.simulators.plan import OrderPlan
from milepost.simulators.plan_inbound import InboundPlan
from milepost.simulators.stock_ledger import StockRow, StockRows

_ISSUE: Final = "goods_issue/"
_RETURN: Final = "stock_return/"
_KINDS: Final = {"restock": "available", "scrap": "scrap", "repair": "repair", "vendor": "vendor"}


def order_stock(plan: OrderPlan, books: OrderBooks) -> StockRows:
    """Return the units of an order's goods issues and stock returns, as far as they ought to be posted."""
    rows: StockRows = {}
    items = items_of(plan)
    for paper in books.posted:
        if at := _at(plan, books, paper):
            node, stock, sign = at
            for line, quantity in paper.quantities.items():
                add(rows, StockRow(plan.order_id, paper.chain, items[line], node, stock), sign * quantity)
    return {row: quantity for row, quantity in rows.items() if quantity}


def inbound_stock(plan: InboundPlan) -> StockRows:
    """Return the units that came in and count."""
    rows: StockRows = {}
    if plan.invalid:
        return rows
    items = {line.line: line.item for line in plan.standing.lines}
    for receipt, lines in received(plan):
        chain = f"goods_receipt/{receipt.receipt}"
        for line, quantity in lines.items():
            add(rows, StockRow(plan.order_id, chain, items[line], plan.node, "available"), quantity)
    return {row: quantity for row, quantity in rows.items() if quantity}


def _at(plan: OrderPlan, books: OrderBooks, paper: Paper) -> tuple[str, str, int] | None:
    """Return site, kind of stock and direction of what a paper moves; None where it moves no goods."""
    if paper.chain.startswith(_ISSUE):
        name = paper.chain.removeprefix(_ISSUE)
        return next(one.shipment.node for one in books.issues if one.shipment.shipment == name), "available", -1
    if paper.chain.startswith(_RETURN):
        key = paper.chain.removeprefix(_RETURN)
        case, seen = next((c, i) for c in plan.returns for i in c.inspections if i.key == key)
        return case.node, _KINDS[seen.disposition], 1
    return None
