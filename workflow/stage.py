"""How far an order is (by its facts), and its transaction state (by the ERP's answers). Derived, never stored."""

from __future__ import annotations

from typing import Literal

from milepost.workflow.cancellation import Cancellation
from milepost.workflow.counters import Counters
from milepost.workflow.decision import Decision
from milepost.workflow.outbox import Chain, chains, rejections
from milepost.workflow.record import Record
from milepost.workflow.shipments import Shipment

Stage = Literal[
    "parked", "rejected", "cancelling", "cancelled", "released", "in_fulfilment", "partially_shipped", "shipped",
    "partially_delivered", "delivered",
]  # fmt: skip
TransactionState = Literal[
    "pending", "confirmed", "partially_completed", "failed", "parked", "compensating", "compensated"
]  # fmt: skip


COMPLETE = ("delivered", "received", "accepted")  # an order at its end, out or in; a load with its carrier


def stage(cancellation: Cancellation, totals: dict[str, Counters], shipments: list[Shipment]) -> Stage:
    """Return the stage of a valid, released order; where a site goes on though it is cancelled, that of the work."""
    if cancellation.ends and not cancellation.goes_on:
        return "cancelling" if cancellation.revived or cancellation.asking else "cancelled"
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
    """Return the state of the owner's postings; a hold is an overlay and shown beside it (semantics C.2).

    failed: the owner or a document is refused. parked: nothing can be decided, for want of a release or for an error.
    compensated: all that was ever booked is reversed, and nothing ought to exist.
    """
    if record.failed or decision.stage == "parked":
        return "parked"
    if decision.stage == "rejected" or rejections(record, decision):
        return "failed"
    found = chains(record)
    for chain in decision.skipped:  # a person vouches for these: they are as they should be
        found.pop(chain, None)
    ought = decision.ought.keys() - decision.skipped
    live = {chain: [e.document for e in c.live] for chain, c in found.items() if c.live}
    unwanted = any(docs != [decision.ought[c].document] for c, docs in live.items() if c in ought)
    if unwanted or live.keys() - ought or any(c.busy and c.tried for c in found.values()):
        return "compensating"
    if not decision.ought:
        return _emptied(found, decision)
    settled = live.keys() & ought
    if len(settled) == len(ought) and decision.stage in COMPLETE:
        return "confirmed"
    return "partially_completed" if settled or decision.skipped & decision.ought.keys() else "pending"


def _emptied(found: dict[str, Chain], decision: Decision) -> TransactionState:
    """The state where nothing ought to exist and nothing lives."""
    if any(chain.undone for chain in found.values()):
        return "compensated"
    return "confirmed" if decision.stage == "cancelled" else "pending"
