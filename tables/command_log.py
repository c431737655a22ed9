"""The command log: every command to the ERP and what became of it, one row per posting id.

Rows only ever grow in knowledge: ``merged`` is commutative, associative and idempotent, so neither the order of
receipts nor a stale writer's row can undo an answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, Protocol

import msgspec
from milepost.contracts.postings import Outcome, PostingAnswered, PostingCommand

TABLE = "commands"

State = Literal["named", "open", "unknown", "rejected", "accepted"]
"""``named``: known only because another row reverses it."""

_KNOWLEDGE: dict[State, int] = {"named": 0, "open": 1, "unknown": 2, "rejected": 3, "accepted": 4}
_STATES: dict[Outcome, State] = {"accepted": "accepted", "rejected": "rejected", "unknown": "unknown"}


class Rows(Protocol):
    """The bytes at rest of one partition."""

    def get(self, table: str, key: str) -> bytes | None: ...

    def put(self, table: str, key: str, value: bytes | None) -> None: ...

    def items(self, table: str) -> Iterator[tuple[str, bytes]]: ...


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One command's row.

    ``number``, ``code``, ``text``, ``first_open`` and ``at`` repeat the receipt, so that it can be told again word for
    word. ``reversed_by`` names the postings that reverse this one.
    """

    command: PostingCommand | None = None
    state: State = "named"
    number: str = ""
    code: str = ""
    text: str = ""
    first_open: str = ""
    at: datetime | None = None
    reversed_by: tuple[str, ...] = ()

    @property
    def attempt(self) -> int:
        return -1 if self.command is None else self.command.attempt

    @property
    def is_open(self) -> bool:
        """Whether the ERP has still to answer."""
        return self.state in ("open", "unknown")


def opened(command: PostingCommand) -> Entry:
    """Return the row of an attempt that is still to be sent."""
    return Entry(command=command, state="open")


def answered(told: PostingAnswered, at: datetime) -> Entry:
    """Return the row that a receipt alone gives: it carries the command, so a lost row comes back whole."""
    return Entry(
        command=told.command,
        state=_STATES[told.outcome],
        number=told.document_number,
        code=told.code,
        text=told.text,
        first_open=told.first_open,
        at=at,
    )


def merged(one: Entry | None, other: Entry) -> Entry:
    """Return the row that knows what both know: accepted beats all, then the later attempt, then the later state."""
    if one is None:
        return other
    both = tuple(sorted({*one.reversed_by, *other.reversed_by}))
    return msgspec.structs.replace(max(one, other, key=_rank), reversed_by=both)


def same_content(one: PostingCommand, other: PostingCommand) -> bool:
    """Say whether two commands of one id ask for the same document; who asks when and why may differ."""
    return _content(one) == _content(other)


class CommandLog:
    """The log of one partition; the only place that assigns to the table."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def get(self, posting: str) -> Entry | None:
        """Return the row of a posting id, None when nothing is known of it."""
        raw = self._rows.get(TABLE, posting)
        return None if raw is None else _decode(raw)

    def add(self, entry: Entry) -> Entry:
        """Merge what ``entry`` knows into its row, note it on the row it reverses, and return the row."""
        command = entry.command
        if command is None:
            raise ValueError("only a row with a command can be added")
        if command.reverses:
            self._merge(command.reverses, Entry(reversed_by=(command.id,)))
        return self._merge(command.id, entry)

    def open_entries(self) -> list[Entry]:
        """Return the rows the ERP has still to answer."""
        rows = (_decode(raw) for _, raw in self._rows.items(TABLE))
        return [row for row in rows if row.is_open]

    def _merge(self, posting: str, entry: Entry) -> Entry:
        raw = self._rows.get(TABLE, posting)
        row = merged(None if raw is None else _decode(raw), entry)
        encoded = _encode(row)
        if encoded != raw:
            self._rows.put(TABLE, posting, encoded)
        return row


def is_old(value: bytes, before_s: float) -> bool:
    """Say whether the row was accepted or rejected before that moment; what is open or in doubt is never old."""
    row = _decode(value)
    return row.state in ("accepted", "rejected") and row.at is not None and row.at.timestamp() < before_s


def belongs_to(value: bytes) -> str:
    """Return whose row it is; empty where only its name is known."""
    row = _decode(value)
    return row.command.owner if row.command is not None else ""


def merge_bytes(table: str, key: str, older: bytes, newer: bytes) -> bytes:
    """Merge two changelog records of one row; used at recovery."""
    return _encode(merged(_decode(older), _decode(newer)))


_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(Entry).decode


def _rank(entry: Entry) -> tuple[bool, int, int, bytes]:
    # The encoded row as last resort makes the choice independent of which of two equals came first.
    encoded = _encode(msgspec.structs.replace(entry, reversed_by=()))
    return entry.state == "accepted", entry.attempt, _KNOWLEDGE[entry.state], encoded


def _content(command: PostingCommand) -> tuple[object, ...]:
    return command.owner, command.chain, command.document, command.reverses, command.journal
