"""Compensation that failed: what ought to be undone at the ERP, and the ERP will not undo it.

Undoing is no path of its own: it is settle's difference, in reverse order, of what the record says was booked. It has
more tries than the way forward (``outbox.COMPENSATION_TRIES``); then it is a person's.
"""

from __future__ import annotations

from datetime import UTC, datetime

from milepost.workflow.decision import Decision, Problem
from milepost.workflow.outbox import rejections
from milepost.workflow.record import Entry, Record


def compensation_failed(record: Record, decision: Decision) -> list[Problem]:
    """Return an exception for each reversal that the ERP refused for good; until then the document stands too much."""
    return [
        Problem("COMPENSATION_FAILED", entry.id, "critical", "finance-desk",
                f"{entry.chain} cannot be reversed: {entry.text}", (entry.reverses,), _since(entry),
                until=f"control.retry of {entry.id} attempt {entry.attempt}, or control.skip of {entry.chain}")
        for entry in rejections(record, decision)
        if entry.reverses
    ]  # fmt: skip


def _since(entry: Entry) -> datetime | None:
    return datetime.fromtimestamp(entry.since_s, UTC) if entry.since_s else None
