"""Exceptions as differences to what was already reported: what opened, what closed."""

from __future__ import annotations

import msgspec
from milepost.contracts.identifiers import digest
from milepost.contracts.reports import ExceptionRaised
from milepost.workflow.compensation import compensation_failed
from milepost.workflow.decision import Decision, Problem
from milepost.workflow.outbox import rejections
from milepost.workflow.postings_checked import mended
from milepost.workflow.record import Place, Raised, Record


def problems(record: Record, decision: Decision) -> list[Problem]:
    """Return the decision's problems and those of the answers we got: rejections and refusals."""
    found = [p for p in decision.problems if not mended(record, decision, p)]
    found += compensation_failed(record, decision)
    for entry in (e for e in rejections(record, decision) if not e.reverses):
        found.append(Problem("POSTING_REJECTED", entry.id, "error", "finance-desk", f"{entry.chain}: {entry.text}"))
    for told in {t.chain: t for t in record.told.values()}.values():  # the last word of each chain is the one in force
        if told.answer == "refused":
            found.append(Problem("INSTRUCTION_REFUSED", told.id, "error", "order-desk", f"{told.chain} was refused"))
    if record.failed:
        found.append(Problem("DECISION_FAILED", "decide", "critical", "engineering", record.failed))
    return found


def report(record: Record, found: list[Problem], place: Place | None) -> list[ExceptionRaised]:
    """Record and return the exceptions that opened or closed."""
    current = {exception_id(record.key, p): p for p in found}
    changed = []
    for id_, problem in current.items():
        if id_ not in record.raised or not record.raised[id_].open:
            record.raised[id_] = Raised(problem.type, problem.cause, True, place)
            changed.append(shown(record.key, id_, problem))
    for id_, raised in record.raised.items():
        if raised.open and id_ not in current:
            record.raised[id_] = msgspec.structs.replace(raised, open=False, place=place)
            changed.append(closed(record.key, id_, raised))
    return changed


def exception_id(owner: str, problem: Problem) -> str:
    """Return the id under which an exception opens and closes."""
    return digest(owner, problem.type, problem.cause)


def shown(owner: str, id_: str, problem: Problem) -> ExceptionRaised:
    """Return an open exception as it is published."""
    return ExceptionRaised(id=id_, owner=owner, type=problem.type, severity=problem.severity, queue=problem.queue,
                           cause=problem.cause, text=problem.text[:1000], evidence=problem.evidence)  # fmt: skip


def closed(owner: str, id_: str, raised: Raised) -> ExceptionRaised:
    """Return the news that an exception's cause has gone."""
    return ExceptionRaised(id=id_, owner=owner, type=raised.type, severity="info", queue="none", cause=raised.cause,
                           text="the cause has gone", open=False)  # fmt: skip


def too_large(owner: str, text: str) -> ExceptionRaised:
    """Return the exception of a record at its hard limit: its new facts went to the dead letters."""
    problem = Problem("RECORD_TOO_LARGE", "size", "critical", "engineering", text)
    return shown(owner, exception_id(owner, problem), problem)
