"""The exceptions of a record as they stand: problems of its decision, and of the answers that came or did not come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from milepost.contracts.identifiers import digest
from milepost.workflow.answers_due import awaited
from milepost.workflow.compensation import compensation_failed
from milepost.workflow.decision import Decision, Problem
from milepost.workflow.exception_types import TABLE, type_of
from milepost.workflow.ladder import LADDER
from milepost.workflow.outbox import rejections
from milepost.workflow.postings_checked import mended
from milepost.workflow.record import Record
from milepost.workflow.said import Said


def exception_id(owner: str, problem: Problem) -> str:
    """Return the id under which an exception opens and closes."""
    return digest(owner, problem.type, problem.cause)


def problems(record: Record, decision: Decision) -> list[Problem]:
    """Return the decision's problems and those of the answers we got: rejections, refusals, silence."""
    found = [p for p in decision.problems if not mended(record, decision, p)]
    rejected = rejections(record, decision)
    if rejected:
        found += compensation_failed(record, decision)
    for entry in (e for e in rejected if not e.reverses):
        found.append(Problem("POSTING_REJECTED", entry.id, "error", "finance-desk", f"{entry.chain}: {entry.text}",
                             since=_moment(entry.since_s),
                             until=f"control.retry of attempt {entry.attempt}"))  # fmt: skip
    if any(told.answer == "refused" for told in record.told.values()):
        found += _refused(record, decision)
    found += [problem for deadline, problem in awaited(record, decision) if deadline.key in record.facts]
    if record.failed:
        found.append(Problem("DECISION_FAILED", "decide", "critical", "engineering", record.failed))
    if decision.said is not None:
        held = {(hold.type, hold.cause) for hold in decision.holds}
        found = [p for p in found if (p.type, p.cause) in held or not decision.said.ended(p)]
        found += _unknown(record, decision, decision.said, found)
    return found


def _refused(record: Record, decision: Decision) -> list[Problem]:
    """The last word of each chain is the one in force; what a rule itself shows is not shown twice."""
    explained = {p.cause for p in decision.problems}
    wanted = {t.chain for t in decision.tellings}  # there a refused withdrawal is history: it should stand, and does
    return [
        Problem("INSTRUCTION_REFUSED", told.id, "error", "order-desk", f"{told.chain} was refused",
                since=_moment(told.since_s))
        for told in {t.chain: t for t in record.told.values()}.values()
        if told.answer == "refused"
        and told.id not in explained
        and not (told.withdraws and told.chain in wanted)
    ]  # fmt: skip


def _moment(since_s: int) -> datetime | None:
    return datetime.fromtimestamp(since_s, UTC) if since_s else None


def _unknown(record: Record, decision: Decision, said: Said, found: list[Problem]) -> list[Problem]:
    """A person's word that names nothing we know of is shown; it may come yet."""
    known = _known(record, decision, said, found)
    words = [(k, when, name) for k, when, name in said.names if k not in said.released and name not in known]
    row = type_of("CONTROL_UNKNOWN")
    return [
        Problem("CONTROL_UNKNOWN", key, row.severity, row.queue, f"{key} names {name}, which is not there"[:1000],
                (name,), when, f"{name} comes, or control.release of {key}")
        for key, when, name in {word[0]: word for word in words}.values()
    ]  # fmt: skip


def _known(record: Record, decision: Decision, said: Said, found: Iterable[Problem]) -> set[str]:
    """Return whatever a person may name: facts, postings, instructions, chains, exceptions and their causes, steps."""
    known = {*record.facts, *record.outbox, *record.told, *record.raised, *decision.ought}
    known |= {e.chain for e in record.outbox.values()} | {r.cause for r in record.raised.values()}
    for problem in found:
        known |= {problem.cause, exception_id(record.key, problem)}
        if problem.type == "COMPENSATED":
            known |= {*problem.evidence}  # chains that ought to exist but for a person's word
    if decision.linked:
        known |= {name for _, _, name in said.names if name.startswith("link/")}  # of several the last one stands
    known |= {f"milestone/{rung}" for rung in LADDER} | {f"deadline/{d.kind}" for d in decision.deadlines}
    bodies = (fact.body for variants in record.facts.values() for fact in variants)
    known |= {getattr(body, name) for body in bodies for name in ("rma", "receipt", "tender") if hasattr(body, name)}
    return known | {step for row in TABLE.values() for step in row.steps}
