"""Why postings wait. A hold delays documents, it never changes which ought to exist."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from milepost.contracts.controls import DecisionDrifted, HoldPlaced
from milepost.contracts.events import payload_digest
from milepost.contracts.identifiers import part
from milepost.contracts.wms import PickShort
from milepost.workflow.counted import Counted
from milepost.workflow.decision import ALL, Hold, Problem
from milepost.workflow.record import Fact, Record
from milepost.workflow.rules import Policy
from milepost.workflow.shipments import Shipment

EVIDENCE_MAX_CHARS = 2000
_EVERYTHING = frozenset({ALL})


def general_holds(counted: Counted) -> list[Hold]:
    """Holds of any owner: conflicting facts, a person's hold, drifted decisions."""
    found = [
        Hold("CONFLICT", key, _EVERYTHING, "data-steward", "control.resolve names the payload that counts", "H1")
        for key in counted.conflicts
    ]
    for key, _, placed in counted.standing(HoldPlaced):
        if key not in counted.released:
            found.append(Hold("MANUAL", key, _EVERYTHING, placed.actor, f"control.release names {key}", "H2"))
    for key, _, drift in counted.standing(DecisionDrifted):
        if key not in counted.released:
            until = f"control.release names {key}, after a look at {len(drift.commands)} commands"
            found.append(Hold("DECISION_DRIFT", key, _EVERYTHING, "release-manager", until, "H3"))
    return found


def short_pick_holds(counted: Counted, policy: Policy, shipments: Iterable[Shipment]) -> list[Hold]:
    """A short pick pauses goods issue and invoice of its node until a person releases its cause."""
    if policy.short_pick != "hold":
        return []
    shorts = counted.standing(PickShort)
    if not shorts:
        return []
    by_node: dict[str, set[str]] = {}
    for shipment in shipments:
        chains = by_node.setdefault(shipment.node, set())
        chains.update((f"goods_issue/{part(shipment.id)}", f"customer_invoice/{part(shipment.id)}"))
    return [
        Hold("SHORT_PICK", key, frozenset(by_node.get(short.node, ())), "warehouse-desk",
             f"control.release names {key}", "H4")
        for key, _, short in shorts
        if key not in counted.released
    ]  # fmt: skip


_SHOWN = {
    "CONFLICT": ("error", "two payloads under one business key"),
    "MANUAL": ("info", "held by a person"),
    "DECISION_DRIFT": ("critical", "new code or policy decides otherwise on old facts"),
    "SHORT_PICK": ("warning", "less was picked than ordered; financial posting waits"),
}


def problem_of(hold: Hold, record: Record) -> Problem:
    """Return the exception that shows a hold to its owner; a conflict's with every payload under its digest."""
    severity, text = _SHOWN[hold.type]
    evidence = tuple(_payload(f) for f in record.facts[hold.cause]) if hold.type == "CONFLICT" else ()
    return Problem(hold.type, hold.cause, severity, hold.owner, text, evidence)  # type: ignore[arg-type]


def _payload(fact: Fact) -> str:
    """Return ``DIGEST TIME BODY``: the digest is what a resolution names."""
    shown = msgspec.json.encode(fact.body).decode()[:EVIDENCE_MAX_CHARS]
    return f"{payload_digest(fact.occurred_at, fact.body)} {fact.occurred_at.isoformat()} {shown}"
