"""What is said of goods that come in: the ERP's order, the sender's advice, the site's receipts, a person's word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from milepost.contracts.events import Body
from milepost.contracts.orders import CancelRequested, InboundAdvised, InboundLine, InboundReleased, ReturnLine
from milepost.contracts.verbs import Overridden
from milepost.contracts.wms import GoodsReceived, LineQuantity, Reversed
from milepost.simulators.acts import Act, act, wms_gate
from milepost.simulators.acts_orders import ERP
from milepost.simulators.acts_people import CONSOLE
from milepost.simulators.catalogue import SOURCES
from milepost.simulators.plan_inbound import InboundPlan, InboundSnapshot, Receipt

RECEIVER = "receiver-3"


def inbound_acts(plan: InboundPlan) -> tuple[Act, ...]:
    """Return all messages of an inbound order in the order of their times."""
    acts = [*_ordered(plan)]
    for receipt in plan.receipts:
        acts += _received(plan, receipt)
    return tuple(sorted(acts, key=lambda one: one.at))


def _ordered(plan: InboundPlan) -> Iterator[Act]:
    for snapshot in plan.snapshots:
        key = f"inbound/{plan.order_id}/v{snapshot.version}"
        yield act(snapshot.at, ERP, plan.order_id, key, _released(plan, snapshot))
    if plan.advised_at:
        lines = tuple(ReturnLine(line=one.line, quantity=one.quantity) for one in plan.snapshots[0].lines)
        advice = f"ASN-{plan.number:06d}"
        body = InboundAdvised(advice=advice, expected_at=plan.expected_at, lines=lines)
        yield act(plan.advised_at, ERP, plan.order_id, f"advice/{advice}", body)
    if plan.cancelled_at:
        # As with orders: once the site was told, nobody cancels before it was.
        told = (wms_gate(plan.order_id, plan.node),)
        body_cancel = CancelRequested(reason="no longer needed")
        yield act(plan.cancelled_at, ERP, plan.order_id, f"cancel/{plan.order_id}/1", body_cancel, gates=told)


def _released(plan: InboundPlan, snapshot: InboundSnapshot) -> InboundReleased:
    return InboundReleased(
        version=snapshot.version,
        kind=plan.kind,
        partner=plan.partner,
        node=plan.node,
        currency=plan.currency,
        expected_at=plan.expected_at,
        lines=tuple(
            InboundLine(line=one.line, item=one.item, quantity=one.quantity, unit_cost_minor=one.unit_cost_minor)
            for one in snapshot.lines
        ),
    )


def _received(plan: InboundPlan, receipt: Receipt) -> Iterator[Act]:
    lines = tuple(LineQuantity(line=line, quantity=quantity) for line, quantity in receipt.lines)
    body = GoodsReceived(node=plan.node, receipt=receipt.receipt, lines=lines)
    yield _counted(plan, receipt.at, receipt.key, body)
    if receipt.reversed_at:
        undone = Reversed(reverses=receipt.key, reason="counted again")
        yield _counted(plan, receipt.reversed_at, f"rev/{receipt.key}", undone)
    if receipt.accepted_at:
        taken = Overridden(
            actor=RECEIVER, reason="the supplier bills what came", field="receipt_excess", subject=receipt.key
        )
        gates = (wms_gate(plan.order_id, plan.node),)
        yield act(receipt.accepted_at, CONSOLE, plan.order_id, f"override/{receipt.key}", taken, gates=gates)


def _counted(plan: InboundPlan, at: datetime, key: str, body: Body) -> Act:
    gates = (wms_gate(plan.order_id, plan.node),)
    return act(at, SOURCES[plan.node], plan.order_id, key, body, reported_at=plan.reported(at), gates=gates)
