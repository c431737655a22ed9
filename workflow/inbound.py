"""decide, for goods that come in: purchase and transfer orders, their receipts and what is wrong with them."""

from __future__ import annotations

from datetime import timedelta

from milepost.contracts.controls import CancelOrdered
from milepost.contracts.instructions import InstructionLine, ReceiptExpected, ReportRequested
from milepost.contracts.orders import CancelRequested
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Deadline, Decision, Problem, Telling
from milepost.workflow.inbound_orders import InboundOrder, inbound_order
from milepost.workflow.parked import park
from milepost.workflow.proofs import passed
from milepost.workflow.receipts import received
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules
from milepost.workflow.said import said


def decide_inbound(record: Record, counted: Counted, rules: Rules, decision: Decision) -> None:
    """Add to ``decision`` all that follows from an inbound order's facts."""
    order = inbound_order(counted, rules)
    if order is None:  # released, and taken back by its source
        park(record, counted, decision, rules)
        return
    decision.policy, decision.reference = order.policy.version, order.reference.version
    decision.practice, decision.problems = order.policy, decision.problems + order.problems
    if not order.valid:
        cancelled = _cancelled(counted)  # then its data need no mending any more
        decision.stage = "cancelled" if cancelled else "rejected"
        decision.problems = [p for p in decision.problems if not (cancelled and p in order.problems)]
        return
    total = received(counted, order, decision)
    decision.stage = _stage(order, total, _cancelled(counted))
    if decision.stage != "cancelled":
        decision.tellings.append(_expected(record.key, order))
    if decision.stage in ("expected", "partially_received"):
        _overdue(record.key, order, total, counted, decision)


def _cancelled(counted: Counted) -> bool:
    return bool(counted.standing(CancelRequested) or counted.standing(CancelOrdered))


def _stage(order: InboundOrder, total: dict[str, int], cancelled: bool) -> str:
    """A cancellation ends what is still to come; what was received was received."""
    if all(total[name] >= line.quantity for name, line in order.lines.items()):
        return "received"
    if cancelled:
        return "cancelled"
    return "partially_received" if any(total.values()) else "expected"


def _expected(order_id: str, order: InboundOrder) -> Telling:
    header = order.header
    lines = tuple(InstructionLine(line=n.line, item=n.item, quantity=n.quantity) for n in order.lines.values())
    body = ReceiptExpected(order_id=order_id, node=header.node, partner=header.partner, expected_at=order.expected_at,
                           lines=lines)  # fmt: skip
    return Telling(f"wms/{header.node}", "wms", body, "IS5 goods will come in")


def _overdue(order_id: str, order: InboundOrder, total: dict[str, int], counted: Counted, decision: Decision) -> None:
    """Show goods that were expected and are not all there when the clock has passed."""
    if order.expected_at is None or not order.policy.inbound_grace_s:
        return
    deadline = Deadline("inbound", "receipt", order.expected_at + timedelta(seconds=order.policy.inbound_grace_s))
    decision.deadlines.append(deadline)
    if not passed(counted, deadline):
        return
    missing = ", ".join(
        f"{n.quantity - total[name]} of line {name}" for name, n in order.lines.items() if n.quantity > total[name]
    )
    problem = Problem("RECEIPT_OVERDUE", "receipt", "warning", "warehouse-desk",
                      f"expected {order.expected_at:%Y-%m-%d %H:%M} UTC and not received: {missing}",
                      since=order.expected_at, until="the receipt, or control.skip of milestone/received")  # fmt: skip
    decision.problems.append(problem)
    words = said(counted)
    if order.policy.fallback == "poll" and not (words and words.ended(problem)):
        body = ReportRequested(owner=order_id, milestone="received")
        decision.tellings.append(Telling("wms/report/receipt", "wms", body, "IS8 receipt is missing", once=True))
