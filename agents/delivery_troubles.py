"""What people are told of a delivery that did not go as it should, as it follows from its row."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from milepost.contracts.identifiers import digest
from milepost.contracts.reports import ExceptionRaised
from milepost.runtime.durable.interface import Output
from milepost.runtime.topic_table import ORDERS_EXCEPTIONS
from milepost.tables.delivery import Delivery
from milepost.workflow.exception_types import type_of

TEXT_MAX_CHARS = 1000
REASON_MAX_CHARS = 300

_encode = msgspec.json.Encoder().encode


def told(row: Delivery) -> Iterator[Output]:
    """Yield every exception the row has opened, as it is now. Said again it says the same."""
    for name in row.raised:
        yield Output(ORDERS_EXCEPTIONS, row.owner.encode(), _encode(raised(row, name)))


def raised(row: Delivery, name: str) -> ExceptionRaised:
    """Return the exception of that type; it is open as long as the row stands where it opened it."""
    kind, still = type_of(name), row.trouble == name
    resolution, by = _resolved(row)
    return ExceptionRaised(
        id=digest("delivery", name, row.id),
        owner=row.owner,
        type=name,
        severity=kind.severity,
        queue=kind.queue,
        cause=row.id,
        text=_text(row)[:TEXT_MAX_CHARS],
        evidence=tuple(part for part in (row.partner, row.standing.code, row.standing.place) if part),
        open=still,
        status="open" if still else "resolved",
        system=kind.system,
        until=kind.closes,
        opened_at=row.standing.at if still else None,
        resolution="" if still else resolution,
        resolved_by="" if still else by,
    )


def _resolved(row: Delivery) -> tuple[str, str]:
    """How what is over came to its end, and by whom, if it was a person's word."""
    if (said := row.closing) is not None:
        return "settled", said.actor
    if row.asked_again and row.state != "acknowledged":
        return "retried", row.asked_again[-1].actor
    return "cleared", ""


def _text(row: Delivery) -> str:
    said = " ".join(part for part in (row.standing.code, row.standing.text) if part)
    about = f"{row.what} to {row.partner}"
    if (by := row.closing) is not None:
        return f"{by.actor}: {by.reason[:REASON_MAX_CHARS]}; {about}: {row.state.replace('_', ' ')}"
    match row.state:
        case "overdue":
            return f"{about}: taken, and not acknowledged within {row.awaits.within_s if row.awaits else 0:.0f} s"
        case "acknowledged":
            return f"{about}: acknowledged"
        case state:
            return f"{about}: {state}{f': {said}' if said else ''}"
