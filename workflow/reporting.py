"""Exceptions on their way to people: what opened, what changed hands or fell due, what closed, and through whom."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from milepost.contracts.identifiers import digest
from milepost.contracts.reports import ExceptionRaised, ExceptionStatus
from milepost.workflow.answers_due import awaited
from milepost.workflow.decision import Deadline, Decision, Problem
from milepost.workflow.exception_types import type_of
from milepost.workflow.exceptions import exception_id, problems
from milepost.workflow.record import Place, Raised, Record
from milepost.workflow.said import Said

__all__ = ["closed", "due", "exception_id", "problems", "report", "report_failure", "shown", "too_large"]

SHOWN_CHARS = 8  # of the digest of how an exception was last published


class Standing(NamedTuple):
    """What persons and the clock made of an exception: status, whose move, when its SLA clock runs out."""

    status: ExceptionStatus = "open"
    queue: str = ""
    due_at: datetime | None = None
    overdue: bool = False
    acknowledged_by: str = ""
    snoozed_until: datetime | None = None


def standing(record: Record, id_: str, problem: Problem, decision: Decision) -> Standing:
    """Return how the exception stands; of several words about it the last counts, by the time it was said."""
    said, policy, queue = decision.said, decision.practice, problem.queue
    patience_s = policy.sla_s.get(problem.severity, 0) if policy is not None else 0
    if said is None and not patience_s:
        return Standing(queue=queue)
    due, overdue = _due(id_, problem, patience_s, said), False
    if said is not None:
        queue = said.queues.get(id_, queue)
    if due is not None and Deadline("sla", id_, due).key in record.facts:
        overdue, queue = True, policy.escalates_to.get(queue, queue) if policy is not None else queue
    status, by, until = _taken_on(record, id_, said)
    return Standing(status, queue, due, overdue, by, until)


def _due(id_: str, problem: Problem, patience_s: int, said: Said | None) -> datetime | None:
    if not patience_s or problem.since is None:
        return None
    due = problem.since + timedelta(seconds=patience_s)
    return said.paused(id_, problem.since, due) if said is not None else due


def _taken_on(record: Record, id_: str, said: Said | None) -> tuple[ExceptionStatus, str, datetime | None]:
    """A snooze lasts until its moment has passed, or until somebody acknowledges after it."""
    if said is None:
        return "open", "", None
    when, by = said.acknowledged.get(id_, (None, ""))
    snoozed_at, until = said.snoozes[id_][-1] if id_ in said.snoozes else (None, None)
    asleep = until is not None and Deadline("snooze", id_, until).key not in record.facts
    if asleep and snoozed_at is not None and (when is None or when < snoozed_at):
        return "snoozed", by, until
    return "acknowledged" if by else "open", by, None


def due(record: Record, decision: Decision) -> list[Deadline]:
    """Return every deadline there is: the decision's, those of answers, and those of exceptions."""
    found = decision.deadlines + [deadline for deadline, _ in awaited(record, decision)]
    said, policy = decision.said, decision.practice
    if (policy is None or not policy.sla_s) and (said is None or not said.snoozes):
        return found
    for problem in problems(record, decision):
        id_ = exception_id(record.key, problem)
        stands = standing(record, id_, problem, decision)
        if stands.due_at is not None:
            found.append(Deadline("sla", id_, stands.due_at))
        if stands.snoozed_until is not None:
            found.append(Deadline("snooze", id_, stands.snoozed_until))
    if said is not None and said.skips:
        found = [d for d in found if f"deadline/{d.kind}" not in said.skips]
    return found


def report(record: Record, found: list[Problem], decision: Decision, place: Place | None) -> list[ExceptionRaised]:
    """Record and return the exceptions that opened, changed or closed, each change once."""
    if not found and not record.raised:
        return []
    current = {exception_id(record.key, p): p for p in found}
    changed = []
    for id_, problem in current.items():
        stands, known = standing(record, id_, problem, decision), record.raised.get(id_)
        mark = _mark(problem, stands, decision.stage)
        if known is None or not known.open or known.shown != mark:
            record.raised[id_] = Raised(problem.type, problem.cause, True, place, mark)
            changed.append(shown(record.key, id_, problem, stands, decision.stage))
    for id_, raised in record.raised.items():
        if raised.open and id_ not in current:
            record.raised[id_] = msgspec.structs.replace(raised, open=False, place=place, shown="")
            changed.append(closed(record, id_, raised, decision))
    return changed


def report_failure(record: Record, place: Place | None) -> list[ExceptionRaised]:
    """Record and return that nothing could be decided. Whatever else was open stays as it is."""
    problem = next(p for p in problems(record, Decision()) if p.type == "DECISION_FAILED")
    id_, stands = exception_id(record.key, problem), Standing(queue=problem.queue)
    known, mark = record.raised.get(id_), _mark(problem, stands, "")
    if known is not None and known.open and known.shown == mark:
        return []
    record.raised[id_] = Raised(problem.type, problem.cause, True, place, mark)
    return [shown(record.key, id_, problem, stands, "")]


def _mark(problem: Problem, stands: Standing, stage: str) -> str:
    parts = (stage, problem.severity, problem.text, problem.evidence, problem.since, problem.until, *stands)
    return digest(*parts)[:SHOWN_CHARS]


def shown(owner: str, id_: str, problem: Problem, stands: Standing, stage: str) -> ExceptionRaised:
    """Return an open exception as it is published."""
    return ExceptionRaised(
        id=id_, owner=owner, type=problem.type, severity=problem.severity, queue=stands.queue, cause=problem.cause,
        text=problem.text[:1000], evidence=problem.evidence, status=stands.status, system=type_of(problem.type).system,
        stage=stage, until=(problem.until or type_of(problem.type).closes)[:1000], opened_at=problem.since,
        due_at=stands.due_at, overdue=stands.overdue, acknowledged_by=stands.acknowledged_by,
        snoozed_until=stands.snoozed_until,
    )  # fmt: skip


def closed(record: Record, id_: str, raised: Raised, decision: Decision) -> ExceptionRaised:
    """Return the news that an exception is resolved: by itself, or by the person whose word named its cause."""
    resolution, actor = "cleared", ""
    if decision.said is not None:
        entry = record.outbox.get(raised.cause)
        resolution, actor = decision.said.resolution(raised.type, raised.cause, entry.chain if entry else "")
    text = "the cause has gone" if resolution == "cleared" else f"{resolution} by {actor}"
    return ExceptionRaised(id=id_, owner=record.key, type=raised.type, severity="info", queue="none",
                           cause=raised.cause, text=text, open=False, status="resolved",
                           system=type_of(raised.type).system, stage=decision.stage, resolution=resolution,
                           resolved_by=actor)  # fmt: skip


def too_large(owner: str, text: str) -> ExceptionRaised:
    """Return the exception of a record at its hard limit: its new facts went to the dead letters."""
    problem = Problem("RECORD_TOO_LARGE", "size", "critical", "engineering", text)
    return shown(owner, exception_id(owner, problem), problem, Standing(queue=problem.queue), "")
