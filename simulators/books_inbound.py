"""What goods that came in ought to have booked: each receipt at the order's cost, as far as the order takes it.

Part of the independent books: written from the domain's rules and the physical truth, without the workflow's code.
"""

from __future__ import annotations

from milepost.simulators.books_dates import month_at
from milepost.simulators.ledger import Row, Rows, add
from milepost.simulators.plan_inbound import InboundPlan, Receipt
from milepost.simulators.practices import over_receipt_percent

_OWED_FOR = {"purchase": "goods_received_not_invoiced", "transfer": "goods_in_transit"}


def inbound_rows(plan: InboundPlan) -> Rows:
    """Return the goods receipts that ought to be at the ERP. A cancellation takes none of them away."""
    rows: Rows = {}
    if plan.invalid:
        return rows
    cost = {line.line: line.unit_cost_minor for line in plan.standing.lines}
    for receipt, lines in received(plan):
        amount = sum(quantity * cost[line] for line, quantity in lines.items())
        period = month_at(plan.reported(receipt.at), plan.node)
        for account, sign in (("inventory", 1), (_OWED_FOR[plan.kind], -1)):
            row = Row(plan.order_id, f"goods_receipt/{receipt.receipt}", account, plan.currency, period)
            add(rows, row, sign * amount)
    return rows


def received(plan: InboundPlan) -> list[tuple[Receipt, dict[str, int]]]:
    """Return what counts of each receipt that stands. A line beyond what may come does not count at all.

    Unless a person took the excess.
    """
    percent = 100 + over_receipt_percent(plan.node, plan.released_at)
    room = {line.line: line.quantity * percent // 100 for line in plan.standing.lines}
    standing = sorted((r for r in plan.receipts if not r.reversed_at), key=lambda r: (r.at, r.key))
    found = []
    for receipt in standing:
        lines = {}
        for line, quantity in receipt.lines:
            if line in room and (quantity <= room[line] or receipt.accepted_at):
                room[line] -= quantity
                lines[line] = quantity
        if lines:
            found.append((receipt, lines))
    return found
