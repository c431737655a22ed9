"""The outbox as lines and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import click
import msgspec
from milepost.commands.lines import printable
from milepost.tables.delivery import Delivery

TIME = "%Y-%m-%d %H:%M:%S"
SAID_CHARS = 100


def print_all(chosen: Sequence[Delivery], fitting: int, of: int, *, as_json: bool) -> None:
    """Print what was chosen of what fits, and how much that is."""
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode([plain(row) for row in chosen]), indent=2).decode())
        return
    rows = [columns(row) for row in chosen]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]) - 1)] if rows else []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        click.echo(printable("  ".join([*cells, row[-1]]).rstrip()))
    states = ", ".join(f"{state} {count}" for state, count in Counter(row.state for row in chosen).most_common())
    left = f"; {fitting - len(chosen)} older ones: --limit" if fitting > len(chosen) else ""
    click.echo(f"{len(chosen)} of {of} deliveries{f' ({states})' if states else ''}{left}")


def columns(row: Delivery) -> tuple[str, ...]:
    """Return what a line shows: since when, how it stands, to whom, what, of what, tries, until when, what was said."""
    return (
        f"{row.asked_at.astimezone(UTC):{TIME}}", row.state, row.partner, row.what, row.owner, row.id,
        _tries(row), _deadline(row), _said(row),
    )  # fmt: skip


def plain(row: Delivery) -> dict[str, object]:
    """Return the row without its bytes, in plain values."""
    due_s = row.due_s
    return {
        "id": row.id, "owner": row.owner, "partner": row.partner, "dialect_version": row.version, "what": row.what,
        "state": row.state, "attempt": row.attempt, "asked_at": row.asked_at, "sent_at": row.sent_at,
        "since": row.since, "place": row.standing.place, "code": row.standing.code, "answer": row.standing.text,
        "acknowledged_by": row.awaits.by if row.awaits else "",
        "due_at": datetime.fromtimestamp(due_s, UTC) if due_s is not None else None,
        "content_type": row.way.content_type, "method": row.way.method, "path": row.way.path, "file": row.way.name,
        "size_bytes": row.size_bytes, "references": [reference.key for reference in row.references],
        "retries": [msgspec.structs.asdict(asked) for asked in row.asked_again],
        "settled": [msgspec.structs.asdict(said) | {"counts": said is row.closing} for said in row.settled],
    }  # fmt: skip


def payload(row: Delivery) -> bytes:
    """Return the bytes that went, or go, out. ClickException where they are not kept any more, or never were."""
    if row.value:
        return row.value
    if row.standing.state == "acknowledged":
        raise click.ClickException(f"{row.id} was acknowledged: its {row.size_bytes} bytes are no longer kept")
    raise click.ClickException(f"{row.id} could not be written: {row.standing.text}")


def _tries(row: Delivery) -> str:
    return f"try {row.attempt + 1}" if row.attempt else "-"


def _deadline(row: Delivery) -> str:
    if row.due_s is not None:
        return f"due {datetime.fromtimestamp(row.due_s, UTC):{TIME}}"
    return f"sent {row.sent_at.astimezone(UTC):{TIME}}" if row.sent_at is not None else "-"


def _said(row: Delivery) -> str:
    word, by = row.standing, row.closing
    person = f"{by.actor}: {by.reason};" if by is not None else ""
    return " ".join(part for part in (person, word.place, word.code, word.text) if part)[:SAID_CHARS]
