"""Which fact caused a command, by the record alone: the one that was read where the command was decided.

A receipt may be what caused it, an invoice by that of its goods issue: then it is what caused the document it answers.
So the trace of a command is known wherever the record is, also after headers were lost and to who looks at an order.
"""

from __future__ import annotations

from collections.abc import Iterator

from milepost.workflow.record import Entry, Place, Record

OURS = "milepost"
"""Source of facts that a step adds by itself at the place of those it was given."""


def first_cause(record: Record, entry: Entry) -> str | None:
    """Return the business key of the fact that began what led to ``entry``; None where the record does not say.

    It does not where an entry was commanded again by its own rejection: what first caused it is no longer kept.
    """
    seen = {entry.id}
    while entry.place is not None:
        if (key := _fact_at(record, entry.place)) is not None:
            return key
        answered = _answered_at(record, entry.place)
        if answered is None or answered.id in seen:
            return None
        seen.add(answered.id)
        entry = answered
    return None


def nearest_cause(record: Record, entry: Entry) -> str | None:
    """Return the business key of the fact or receipt that was read where ``entry`` was commanded."""
    if entry.place is None:
        return None
    return _fact_at(record, entry.place) or next(_receipts_at(record, entry.place), None)


def _fact_at(record: Record, place: Place) -> str | None:
    for key, variants in record.facts.items():
        for fact in variants:
            if fact.place == place and fact.source != OURS:
                return key
    return None


def _answered_at(record: Record, place: Place) -> Entry | None:
    for entry in record.outbox.values():
        for answer in entry.receipts:
            if answer.place == place:
                return entry
    return None


def _receipts_at(record: Record, place: Place) -> Iterator[str]:
    for entry in record.outbox.values():
        for answer in entry.receipts:
            if answer.place == place:
                yield f"receipt/{entry.id}/{answer.attempt}/{answer.outcome}"
