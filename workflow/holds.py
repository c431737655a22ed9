"""Why postings wait. A hold delays documents, it never changes which ought to exist."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from milepost.contracts.controls import DecisionDrifted, HoldPlaced
from milepost.contracts.events import payload_digest
from milepost.contracts.identifiers import part
from milepost.workflow.counted import Counted
from milepost.workflow.decision import ALL, Hold, Problem
from milepost.workflow.record import Fact, Record
from milepost.workflow.shipments import Shipment
from milepost.workflow.shortages import Shortage

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


def short_pick_holds(found: Iterable[Shortage], shipments: Iterable[Shipment]) -> list[Hold]:
    """A shortage nobody decided, or that another site has not taken over, pauses goods issue and invoice of its node."""
    waiting = [s for s in found if s.waits]
    if not waiting:
        return []
    by_node: dict[str, set[str]] = {}
    for shipment in shipments:
        chains = by_node.setdefault(shipment.node, set())
        chains.update((f"goods_issue/{part(shipment.id)}", f"customer_invoice/{part(shipment.id)}"))
    return [
        Hold("SHORT_PICK", s.key, frozenset(by_node.get(s.node, ())), "warehouse-desk", _until(s), "H4")
        for s in waiting
    ]  # fmt: skip


def _until(shortage: Shortage) -> str:
    """A release means to ship short; over a person's own decision only another decision helps."""
    moves = [f"control.shortage decides on {shortage.key}"]
    if not shortage.decided_by:
        moves.append("control.release names it")
    if shortage.pending:
        moves.append(f"{shortage.to_node} allocates or picks")
    return f"{' or '.join(moves)} ({shortage.why})"


_SHOWN = {
    "CONFLICT": ("error", "two payloads under one business key"),
    "MANUAL": ("info", "held by a person"),
    "DECISION_DRIFT": ("critical", "new code or policy decides otherwise on old facts"),
    "CREDIT_BLOCK": ("warning", "the customer's credit is blocked; the invoice waits, nothing else does"),
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
