"""Answers that do not come: of the ERP to commands, of partners to instructions. Beside the decision, never in it.

What was sent and answered depends on the order of arrival, so nothing here may change what ought to exist: it is only
shown, and has its deadlines. They run from the newest fact of the record when the message was made.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from milepost.contracts.instructions import Withdrawn
from milepost.workflow.decision import Deadline, Decision, Problem
from milepost.workflow.exception_types import type_of
from milepost.workflow.outbox import state
from milepost.workflow.record import Record, Told
from milepost.workflow.rules import Policy

WAITS_MAX = 200  # deadlines of answers looked at per record; the rest follow as these are answered


def awaited(record: Record, decision: Decision) -> list[tuple[Deadline, Problem]]:
    """Return what waits for an answer: when it is overdue, and the exception that then shows it."""
    policy = decision.practice
    if policy is None or not (policy.receipt_within_s or policy.milestone_within_s or policy.cancel_answer_within_s):
        return []
    return list(islice(_waiting(record, decision, policy), WAITS_MAX))


def _waiting(record: Record, decision: Decision, policy: Policy) -> Iterator[tuple[Deadline, Problem]]:
    if policy.receipt_within_s:
        for entry in record.outbox.values():
            if entry.since_s and state(entry) == "open" and entry.chain not in decision.skipped:
                subject = f"{entry.id}/{entry.attempt}"
                yield _due("ERP_SILENT", "receipt", subject, entry.id, entry.since_s, policy.receipt_within_s,
                           f"{entry.chain}: the ERP has not answered")  # fmt: skip
    shown = any(p.type == "CANCEL_UNANSWERED" for p in decision.problems)
    for told in record.told.values():
        patience = _patience(told, policy, shown)
        if patience and told.since_s:
            yield _due("INSTRUCTION_UNANSWERED", "answer", told.id, told.id, told.since_s, patience,
                       f"{told.chain}: the partner has not answered")  # fmt: skip


def _patience(told: Told, policy: Policy, cancel_shown: bool) -> int:
    """A withdrawal is answered as a cancellation is; one that the cancellation already shows is not shown twice."""
    if told.content is None or told.answer:
        return 0
    if isinstance(told.content.body, Withdrawn):
        return 0 if cancel_shown else policy.cancel_answer_within_s
    return policy.milestone_within_s


def _due(
    type_: str, kind: str, subject: str, cause: str, since_s: int, patience_s: int, text: str
) -> tuple[Deadline, Problem]:
    since = datetime.fromtimestamp(since_s, UTC)
    due, row = since + timedelta(seconds=patience_s), type_of(type_)
    problem = Problem(type_, cause, row.severity, row.queue, f"{text} by {due:%Y-%m-%d %H:%M} UTC", (cause,), since,
                      "the answer")  # fmt: skip
    return Deadline(kind, subject, due), problem


def newest_s(record: Record) -> int:
    """Return the newest time of the record's facts, in whole seconds since 1970; 0 without any."""
    times = (fact.occurred_at for variants in record.facts.values() for fact in variants)
    newest = max(times, default=None)
    return int(newest.timestamp()) if newest is not None else 0
