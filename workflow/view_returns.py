"""The returns of an order as people ask for them: how far each is, and with which quantities."""

from __future__ import annotations

from typing import Any

from milepost.workflow.counted import Counted
from milepost.workflow.decision import Decision
from milepost.workflow.deliveries import delivery
from milepost.workflow.outbox import EMPTY, chains
from milepost.workflow.record import Record
from milepost.workflow.return_ladder import Return, state
from milepost.workflow.returns import RETURN_FACTS, returnable, returns
from milepost.workflow.rules import Rules
from milepost.workflow.situation import situation
from milepost.workflow.snapshots import standing


def returns_shown(record: Record, counted: Counted, rules: Rules, decision: Decision) -> list[dict[str, Any]]:
    """Return each return with its state by the ladder; settled is what the ERP has taken."""
    snapshot = standing(record, counted, rules)
    if snapshot is None or not snapshot.valid:
        return []
    now = situation(record, counted, snapshot, rules)
    found = delivery(counted, now.shipments)
    if not found.counted and not any(counted.by.get(kind) for kind in RETURN_FACTS):
        return []
    known = returns(now, found, returnable(now, found))
    live = {name: [e.document for e in chain.live] for name, chain in chains(record).items() if chain is not EMPTY}
    for one in known.values():
        mine = [o for o in decision.ought.values() if one.inspections & set(o.because)]
        one.settled = all(live.get(o.chain) == [o.document] for o in mine)
    return [_shown(one) for one in known.values()]


def _shown(one: Return) -> dict[str, Any]:
    quantities = {"requested": one.requested, "received": one.received, "inspected": one.inspected}
    return {
        "rma": one.rma, "shipment": one.shipment, "state": state(one),
        "waits_for": f"control.approve names {one.rma}" if one.waits else one.refusal,
        "lines": {name: {line: q for line, q in by.items() if q} for name, by in quantities.items() if by},
    }  # fmt: skip
