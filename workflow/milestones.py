"""Deadlines of an order: what should have been reported by now, and the fallback where it was not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from milepost.contracts.identifiers import part
from milepost.contracts.instructions import ReportRequested
from milepost.contracts.tms import Delivered
from milepost.contracts.wms import Allocated, Departed, Loaded, Packed, PickConfirmed, PickShort, WavePlanned
from milepost.workflow.decision import Deadline, Decision, Problem, Telling
from milepost.workflow.exception_types import type_of
from milepost.workflow.rules import Policy
from milepost.workflow.situation import Situation

_HEARD = (WavePlanned, Allocated, PickConfirmed, PickShort, Packed, Loaded, Departed)  # of a site


def watched(now: Situation, decision: Decision) -> None:
    """Set the deadlines of missing milestones, and show those that passed."""
    _inferred(now, decision)
    policy = now.snapshot.policy
    if now.cancellation.ends or not (policy.special or policy.ship_confirm_within_s or policy.milestone_within_s):
        return
    _loaded(now, decision)
    _silent(now, decision)


def _inferred(now: Situation, decision: Decision) -> None:
    """A delivery implies a departure; until some system attests it, nothing is posted on the inference."""
    if not now.counted.by.get(Delivered):
        return
    known = {s.id for s in now.shipments}
    for key, fact, proof in now.counted.standing(Delivered):
        if proof.shipment not in known:
            text = f"shipment {proof.shipment} was delivered, its departure is only inferred: WMS is behind"
            _missing("MISSING_MILESTONE", proof.shipment, text, now, now.snapshot.policy, decision,
                     ("departed", proof.shipment), fact.occurred_at, (key,))  # fmt: skip


def _loaded(now: Situation, decision: Decision) -> None:
    """Loaded, and no departure: either the goods stand in the yard, or their confirmation was lost."""
    if not now.counted.by.get(Loaded):
        return
    gone = {s.id for s in now.shipments}
    delivered = {proof.shipment for _, _, proof in now.counted.standing(Delivered)}
    for key, fact, loaded in now.counted.standing(Loaded):
        policy = now.snapshot.at_site(loaded.node)
        if loaded.shipment in gone or not policy.ship_confirm_within_s:
            continue
        due = fact.occurred_at + timedelta(seconds=policy.ship_confirm_within_s)
        late = _passed(Deadline("ship_confirm", loaded.shipment, due), now, decision)
        if late and loaded.shipment not in delivered:  # else it is shown as the missing milestone it is
            text = f"shipment {loaded.shipment} was loaded at {loaded.node}, no departure by {due:%Y-%m-%d %H:%M} UTC"
            _missing("SHIP_CONFIRM_LATE", loaded.shipment, text, now, policy, decision,
                     ("departed", loaded.shipment), fact.occurred_at, (key,))  # fmt: skip


def _silent(now: Situation, decision: Decision) -> None:
    """Instructed, and the site says nothing at all of the order."""
    patience = {node: now.snapshot.at_site(node) for node in now.demand.by_node}
    if not any(policy.milestone_within_s for policy in patience.values()):
        return
    heard = {node for kind in _HEARD for node in _nodes(now, kind)}
    for node, policy in patience.items():
        if node in heard or not policy.milestone_within_s:
            continue
        since = now.snapshot.released_at
        due = since + timedelta(seconds=policy.milestone_within_s)
        if _passed(Deadline("milestone", node, due), now, decision):
            text = f"{node} has reported nothing of this order by {due:%Y-%m-%d %H:%M} UTC"
            _missing("MISSING_MILESTONE", f"silent/{part(node)}", text, now, policy, decision,
                     ("allocated", node), since, (now.snapshot.key,))  # fmt: skip


def _nodes(now: Situation, kind: type) -> Iterable[str]:
    return (fact.body.node for _, fact in now.counted.by.get(kind, ()))  # type: ignore[union-attr]


def _passed(deadline: Deadline, now: Situation, decision: Decision) -> bool:
    decision.deadlines.append(deadline)
    return deadline.key in now.record.facts


def _missing(
    type_: str, cause: str, text: str, now: Situation, policy: Policy, decision: Decision,
    asked: tuple[str, str], since: datetime, evidence: tuple[str, ...],
) -> None:  # fmt: skip
    """Show what is missing, and fall back as the policy says: a person looks, the source is asked, or it is inferred.

    Inferred is what a later milestone implies; nothing is posted on it, but nobody needs to look.
    """
    (milestone, subject), row = asked, type_of(type_)
    severity, fallback = row.severity, policy.fallback
    implied = cause == subject and type_ == "MISSING_MILESTONE"
    if fallback == "poll":
        text += "; the site was asked"
        body = ReportRequested(owner=now.id, milestone=milestone, subject=subject)
        chain = f"wms/report/{milestone}/{part(subject)}"
        decision.tellings.append(Telling(chain, "wms", body, "IS8 a milestone is missing", once=True))
    elif fallback == "infer" and implied:
        severity, text = "info", text + "; taken from the delivery"
    else:
        text += "; a person must look"
    decision.problems.append(
        Problem(type_, cause, severity, row.queue, text, (*evidence, f"fallback/{fallback}"), since,
                f"{milestone} of {subject} is reported, or control.skip of milestone/{milestone}")
    )  # fmt: skip
