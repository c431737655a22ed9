"""Proofs of delivery: one that is missing, and one that states less than was shipped."""

from __future__ import annotations

from datetime import timedelta

from milepost.contracts.controls import DeadlineFired
from milepost.contracts.identifiers import part
from milepost.contracts.instructions import ReportRequested
from milepost.contracts.tms import DeliveryExcepted
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Deadline, Decision, Problem, Telling
from milepost.workflow.deliveries import MOVES_MONEY, Delivery, proven
from milepost.workflow.said import said
from milepost.workflow.shipments import Shipment
from milepost.workflow.situation import Situation


def proofs_watched(now: Situation, found: Delivery, decision: Decision) -> None:
    """Set the deadlines of proofs of delivery, show the missing ones and those that state too little."""
    if now.snapshot.header.mode == "pickup":
        return
    missed = {bad.shipment for _, _, bad in now.counted.standing(DeliveryExcepted) if bad.code == "pod_missing"}
    for shipment in now.shipments:
        if shipment.delivered_at is not None:
            _compare(shipment, found, decision)
        elif shipment.quantities:
            _await(now, shipment, shipment.id in missed, decision)


def _await(now: Situation, shipment: Shipment, missed: bool, decision: Decision) -> None:
    policy = now.snapshot.at_site(shipment.node)
    if policy.pod_within_s:
        deadline = Deadline("pod", shipment.id, shipment.left_at + timedelta(seconds=policy.pod_within_s))
        decision.deadlines.append(deadline)
        missed = missed or passed(now.counted, deadline)
    if not missed:
        return
    problem = Problem("POD_MISSING", shipment.id, "warning", "transport-desk",
                      f"shipment {shipment.id} left {shipment.left_at:%Y-%m-%d %H:%M} UTC, nobody proved its delivery",
                      since=shipment.left_at, until="the proof, or control.skip of milestone/delivered")  # fmt: skip
    decision.problems.append(problem)
    words = said(now.counted)
    if policy.fallback == "poll" and not (words and words.ended(problem)):
        body = ReportRequested(owner=now.id, milestone="delivered", subject=shipment.id)
        chain = f"tms/report/pod/{part(shipment.id)}"
        decision.tellings.append(Telling(chain, "tms", body, "IS8 proof of delivery is missing", once=True))


def passed(counted: Counted, deadline: Deadline) -> bool:
    """Say whether the clock passed this deadline; that it passed an earlier one of the same kind says nothing."""
    bodies = (fact.body for _, fact in counted.by.get(DeadlineFired, ()))
    return any(
        isinstance(b, DeadlineFired)
        and (b.kind, b.subject) == (deadline.kind, deadline.subject)
        and b.due >= deadline.due
        for b in bodies
    )


def _compare(shipment: Shipment, found: Delivery, decision: Decision) -> None:
    """A proof that states fewer than were shipped is shown as long as no exception explains the rest."""
    if not shipment.proven:
        return
    stated = proven(shipment)
    missing = {
        line: gap
        for line, quantity in shipment.quantities.items()
        if (gap := quantity - found.units((shipment.id, line), MOVES_MONEY) - stated.get(line, 0)) > 0
    }
    if missing:
        text = ", ".join(f"{n} of line {line}" for line, n in sorted(missing.items()))
        decision.problems.append(
            Problem("POD_SHORT", shipment.delivered_by, "info", "customer-desk",
                    f"the proof of shipment {shipment.id} leaves out {text}", since=shipment.delivered_at,
                    until=f"an exception that explains it, or control.release names {shipment.delivered_by}")
        )  # fmt: skip
