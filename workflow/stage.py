"""How far an order is (by its facts), and its transaction state (by the ERP's answers). Derived, never stored."""

from __future__ import annotations

from typing import Literal

from milepost.workflow.counters import Counters
from milepost.workflow.decision import Decision
from milepost.workflow.outbox import chains, rejections
from milepost.workflow.record import Record
from milepost.workflow.shipments import Shipment

Stage = Literal[
    "parked", "rejected", "cancelled", "released", "in_fulfilment", "partially_shipped", "shipped",
    "partially_delivered", "delivered",
]  # fmt: skip
TransactionState = Literal["pending", "confirmed", "partially_completed", "failed", "compensating"]


_COMPLETE = ("delivered", "accepted")  # an order at its end; a load with its carrier


def stage(cancelled: bool, totals: dict[str, Counters], shipments: list[Shipment]) -> Stage:
    """Return the stage of a valid, released order."""
    if cancelled:
        return "cancelled"
    moved = [s for s in shipments if s.quantities]
    if not moved:
        return "in_fulfilment" if any(c.allocated or c.picked or c.short for c in totals.values()) else "released"
    complete = all(c.shipped + c.short - c.reallocated >= c.ordered for c in totals.values())
    delivered = sum(s.delivered_at is not None for s in moved)
    if delivered == len(moved) and complete:
        return "delivered"
    if delivered:
        return "partially_delivered"
    return "shipped" if complete else "partially_shipped"


def transaction_state(record: Record, decision: Decision) -> TransactionState:
    """Return the state of the order's postings; a hold is an overlay and shown beside it (semantics C.2)."""
    if decision.stage == "rejected" or rejections(record, decision):
        return "failed"
    found = chains(record)
    live = {chain: [e.document for e in c.live] for chain, c in found.items() if c.live}
    unwanted = any(docs != [decision.ought[c].document] for c, docs in live.items() if c in decision.ought)
    if unwanted or set(live) - set(decision.ought) or any(c.busy and c.tried for c in found.values()):
        return "compensating"
    if not decision.ought and not live:
        return "confirmed" if decision.stage == "cancelled" else "pending"
    settled = [chain for chain in decision.ought if chain in live]
    if len(settled) == len(decision.ought) and decision.stage in _COMPLETE:
        return "confirmed"
    return "partially_completed" if settled else "pending"
