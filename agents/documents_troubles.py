"""What people are told of a partner's messages: one exception for each kind of finding and each unknown word.

However many messages say it again, it is one exception, and its word is repeated at most once an hour, with how many
came meanwhile: a partner whose every message has the same flaw must not fill the list of those who look.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from milepost.codecs.dialects.said import Message, Said
from milepost.codecs.documents import Finding
from milepost.codecs.errors import DecodeError
from milepost.contracts.identifiers import digest, partner_key
from milepost.contracts.reports import ExceptionRaised
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.topic_table import ORDERS_EXCEPTIONS
from milepost.workflow.exception_types import type_of

UNMAPPED = "unmapped_status"
PER_MESSAGE_MAX = 20  # kinds of findings, and unmapped words
PER_PARTNER_MAX = 100
"""Exceptions of one partner that a process tells apart; a partner that invents words gets one more for all others."""
REPEATED_AFTER_MS = 3_600_000
MORE = "more"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encode = msgspec.json.Encoder().encode
_Name = tuple[str, str]
"""Type and kind: the code of a finding, or a word without meaning."""


class _Told(msgspec.Struct):
    """When it was said last, and how many messages had it since."""

    at_ms: int
    since: int = 0


class Troubles:
    """Remembers what was said, by the records' own time."""

    def __init__(self) -> None:
        self._partners: dict[str, dict[_Name, _Told]] = {}
        self._read: dict[int, int] = {}

    def reads(self, record: Incoming) -> None:
        """Note that a record is read. Where it is not the first time, what was said may have been lost on the way."""
        if record.offset <= self._read.get(record.partition, -1):
            self._partners.clear()
        self._read[record.partition] = record.offset

    def found(self, record: Incoming, message: Message, said: Said) -> Iterator[Output]:
        """Yield the exceptions of a message that was read."""
        by_name: dict[_Name, list[Finding]] = {}
        for one in said.findings:
            name = ("UNMAPPED_STATUS", one.text) if one.code == UNMAPPED else ("DATA_QUALITY", one.code)
            by_name.setdefault(name, []).append(one)
        for name, found in list(by_name.items())[:PER_MESSAGE_MAX]:
            more = f", and {len(found) - 1} more" if len(found) > 1 else ""
            yield from self._told(record, message, name, shown(found[0]) + more)
        yield from self.unmapped(record, message, [part.error for part in said.refused])

    def unmapped(self, record: Incoming, message: Message, errors: Sequence[DecodeError]) -> Iterator[Output]:
        """Yield an exception for each word of the partner that its dialect has no meaning for."""
        texts = dict.fromkeys(error.text for error in errors if error.reason == UNMAPPED)
        for text in list(texts)[:PER_MESSAGE_MAX]:
            yield from self._told(record, message, ("UNMAPPED_STATUS", text), text)

    def _told(self, record: Incoming, message: Message, name: _Name, text: str) -> Iterator[Output]:
        if message.sandbox:
            return  # nobody's move
        known = self._partners.setdefault(message.partner, {})
        if name not in known and len(known) >= PER_PARTNER_MAX:
            name = (name[0], MORE)
        before = known.get(name)
        if before is not None and record.timestamp_ms < before.at_ms + REPEATED_AFTER_MS:
            before.since += 1
            return
        known[name] = _Told(record.timestamp_ms)
        yield _exception(record, message, name, _since(before) + text)


def shown(one: Finding) -> str:
    """Return a finding in one line: what, where, why."""
    place = f" at {one.place}" if one.place else ""
    return f"{one.code}{place}: {one.text}"[:900]


def _since(before: _Told | None) -> str:
    if before is None or not before.since:
        return ""
    at = _EPOCH + timedelta(milliseconds=before.at_ms)
    return f"{before.since} more since {at:%Y-%m-%d %H:%M} UTC; "


def _exception(record: Incoming, message: Message, name: _Name, text: str) -> Output:
    kind, owner = name[0], partner_key(message.partner)
    place = f"{record.topic}/{record.partition}/{record.offset}"
    about, ident = type_of(kind), digest(*name, message.partner)
    raised = ExceptionRaised(
        id=ident, owner=owner, type=kind, severity=about.severity, queue=about.queue, cause=ident,
        text=f"message {message.id:.80}: {text}"[:1000], evidence=(place,), system="milepost", until=about.closes,
    )  # fmt: skip
    return Output(ORDERS_EXCEPTIONS, owner.encode(), _encode(raised))
