"""Why postings wait. A hold delays documents, it never changes which ought to exist."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from milepost.contracts import tms
from milepost.contracts.controls import DecisionDrifted
from milepost.contracts.events import payload_digest
from milepost.contracts.identifiers import part
from milepost.workflow.counted import Counted
from milepost.workflow.decision import ALL, Hold, Problem
from milepost.workflow.exception_types import type_of
from milepost.workflow.record import Fact, Record
from milepost.workflow.shipments import Shipment
from milepost.workflow.shortages import Shortage
from milepost.workflow.standing_links import payloads

EVIDENCE_MAX_CHARS = 2000
TRACKING = frozenset({tms.InTransit, tms.EtaChanged, tms.Arrived, tms.Tracked})
"""Where goods are, and when they may come: whichever of two payloads is true, the same documents ought to exist."""

_EVERYTHING, _NOTHING = frozenset({ALL}), frozenset[str]()


def general_holds(record: Record, counted: Counted) -> list[Hold]:
    """Holds of any owner: conflicting facts and drifted decisions. A person's holds: see manual_holds.py."""
    found = [
        Hold("CONFLICT", key, _stopped_by(record.facts[key]), "data-steward",
             "control.resolve names the payload that counts", "H1")
        for key in counted.conflicts
    ]  # fmt: skip
    for key, _, drift in counted.standing(DecisionDrifted):
        if key not in counted.released:
            until = f"control.release names {key}, after a look at {len(drift.commands)} commands"
            found.append(Hold("DECISION_DRIFT", key, _EVERYTHING, "release-manager", until, "H3"))
    return found


def _stopped_by(contested: Iterable[Fact]) -> frozenset[str]:
    """What may not be posted while these payloads contradict each other: of tracking alone, nothing."""
    return _NOTHING if all(type(fact.body) in TRACKING for fact in contested) else _EVERYTHING


def short_pick_holds(found: Iterable[Shortage], shipments: Iterable[Shipment]) -> list[Hold]:
    """A shortage that nobody decided, or no other site took over, pauses goods issues and invoices of its node."""
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
        if not shortage.pending:
            moves.append(f"{shortage.node} picks all of line {shortage.line} after all")
    if shortage.pending:
        moves.append(f"{shortage.to_node} allocates or picks")
    return f"{' or '.join(moves)} ({shortage.why})"


def problem_of(hold: Hold, record: Record, counted: Counted) -> Problem:
    """Return the exception that shows a hold to its owner; a conflict's with every payload under its digest."""
    row, facts = type_of(hold.type), payloads(record.facts.get(hold.cause, ()), counted.gone)
    evidence = tuple(_payload(f) for f in facts) if hold.type == "CONFLICT" else hold.evidence
    since = hold.placed_at or min((f.occurred_at for f in facts), default=None)
    return Problem(
        hold.type, hold.cause, row.severity, hold.owner, hold.reason or row.means, evidence, since, hold.until
    )


def _payload(fact: Fact) -> str:
    """Return ``DIGEST TIME BODY``: the digest is what a resolution names."""
    shown = msgspec.json.encode(fact.body).decode()[:EVIDENCE_MAX_CHARS]
    return f"{payload_digest(fact.occurred_at, fact.body)} {fact.occurred_at.isoformat()} {shown}"
