"""A person's holds: what each of them stops, and when it is no longer its actor's alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from milepost.contracts.controls import HoldPlaced
from milepost.contracts.documents import Document
from milepost.contracts.identifiers import part
from milepost.contracts.wms import Departed, Loaded
from milepost.workflow.counted import Counted
from milepost.workflow.decision import ALL, Deadline, Decision, Hold, Ought
from milepost.workflow.exception_types import type_of

KINDS = frozenset(str(kind.__struct_config__.tag) for kind in get_args(Document))
_OF_SHIPMENT = ("goods_issue", "customer_invoice")
_EVERYTHING = frozenset({ALL})
QUEUE_MAX_CHARS = 64  # of an actor, whose queue it is at first


def manual_holds(counted: Counted, decision: Decision) -> None:
    """Add the holds that no person has released. Their scopes are found in what ought to exist."""
    escalated = counted.fired("hold")
    for key, fact, placed in counted.standing(HoldPlaced):
        if key in counted.released:
            continue
        blocks = _blocked(placed.scope, counted, decision)
        if placed.escalates_at is not None:
            decision.deadlines.append(Deadline("hold", key, placed.escalates_at))
        owner = _superior(placed.actor, decision) if key in escalated else placed.actor
        decision.holds.append(
            Hold("MANUAL", key, blocks, owner[:QUEUE_MAX_CHARS], f"control.release names {key}", "H2 a person's hold",
                 f"held by {placed.actor}: {placed.reason}{_shown(placed.scope, blocks)}"[:1000],
                 fact.occurred_at, (key,))
        )  # fmt: skip


def _superior(actor: str, decision: Decision) -> str:
    practice = decision.practice
    return (practice.escalates_to.get(actor) if practice else None) or type_of("MANUAL").queue


def _blocked(scope: str, counted: Counted, decision: Decision) -> frozenset[str]:
    """Return the chains that ``scope`` names; everything where it cannot be read: too much waits, nothing slips by."""
    kind, _, name = scope.partition("/")
    if kind == "posting" and name in KINDS:
        return frozenset({f"{name}/*", *(c for c in decision.ought if c.startswith(name + "/"))})
    if kind == "shipment" and name:
        return _of_shipments({name}, decision)
    if kind == "node" and name:
        at_node = _of_shipments(_shipments_at(name, counted), decision)
        bodies = {key: fact.body for facts in counted.by.values() for key, fact in facts}
        return at_node | {c for c, ought in decision.ought.items() if _at(name, ought, bodies)}
    return _EVERYTHING


def _of_shipments(shipments: set[str], decision: Decision) -> frozenset[str]:
    """The documents of shipments; also those that no longer ought to exist, whose reversal waits as well."""
    always = frozenset(f"{kind}/{part(shipment)}" for kind in _OF_SHIPMENT for shipment in shipments)
    return always | frozenset(c for c, o in decision.ought.items() if getattr(o.document, "shipment", "") in shipments)


def _shipments_at(node: str, counted: Counted) -> set[str]:
    said = [fact.body for kind in (Departed, Loaded) for _, fact in counted.by.get(kind, ())]
    return {body.shipment for body in said if isinstance(body, Departed | Loaded) and body.node == node}


def _at(node: str, ought: Ought, bodies: Mapping[str, object]) -> bool:
    """Say whether a document is about a node: by itself, or by the facts that it stands on."""
    own = getattr(ought.document, "node", None)
    if own is not None:
        return bool(own == node)
    return any(getattr(bodies.get(key), "node", "") == node for key in ought.because)


def _shown(scope: str, blocks: frozenset[str]) -> str:
    if not scope:
        return ""
    if blocks == _EVERYTHING:
        return f" (scope {scope} is not known: everything waits)"
    return f" (only {scope}{'' if blocks else ', of which there is nothing yet'})"
