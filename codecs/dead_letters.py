"""A refused record as a dead letter: where it was, its bytes up to a limit, what was wrong and where."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec
from milepost.codecs.errors import DecodeError
from milepost.contracts.identifiers import digest
from milepost.contracts.reports import DeadLetter

# Base64 makes four bytes of three, and the letter must stay well below the broker's 1 MB.
VALUE_MAX_BYTES = 512 * 1024
ID_MAX_CHARS = 200
KEY_MAX_BYTES = 1000
UNKNOWN_SOURCE = "unknown"

REDRIVEN_ID = "redriven-id"
"""Header of a record that was sent again: the dead letter it goes on with, should it be refused once more."""
REDRIVEN_KEY = "redriven-key"
"""Header of one that was sent again under another key: the key of its dead letter, so that both lie together."""
HEADERS_MAX = 50
HEADER_NAME_MAX_CHARS = 100
HEADER_MAX_CHARS = 400
OURS = ("redriven-", "parked-", "returned-")
"""How headers begin that only say how a record came here again."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIMESTAMP_MAX_MS = 10**14  # the year 5138; beyond it no datetime is made
_encode = msgspec.json.Encoder().encode


class Record(Protocol):
    """What a dead letter needs of a raw record; the durable batch's ``Incoming`` is one."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def timestamp_ms(self) -> int: ...
    @property
    def headers(self) -> tuple[tuple[str, bytes], ...]: ...


class _SourceOnly(msgspec.Struct):
    source: str = ""


_decode_source = msgspec.json.Decoder(_SourceOnly).decode


def dead_letter(record: Record, error: DecodeError, *, lane: str, source: str = "") -> DeadLetter:
    """Return the letter for ``record``. ``seen_at`` is the record's own time, so that a replay writes the same letter.

    Bytes beyond VALUE_MAX_BYTES are cut; ``size_bytes`` keeps the full size, and the record is still at its offset.
    """
    value = record.value or b""
    return DeadLetter(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=shown(record.key or b""),
        value_base64=base64.b64encode(value[:VALUE_MAX_BYTES]).decode("ascii"),
        size_bytes=len(value),
        reason=error.reason,
        text=error.text,
        place=error.place,
        source=(source or source_of(record))[:ID_MAX_CHARS],
        lane=lane,
        seen_at=_time_of(record.timestamp_ms),
        headers=_headers(record),
        letter=header_of(record, REDRIVEN_ID),
    )


def identity(letter: DeadLetter) -> str:
    """Return the letter's id: of what was sent again the id it had, else one of its place and its bytes.

    The same record refused again, by whichever reading, is the same letter; two parts of one record are two.
    """
    if letter.letter:
        return letter.letter
    part = digest(letter.value_base64, letter.size_bytes)
    return digest("dead.letter", letter.topic, letter.partition, letter.offset, part)


def anew(letter: DeadLetter) -> DeadLetter:
    """Return the letter as one of its own: a record that was sent again is gone on with by one letter alone."""
    return msgspec.structs.replace(letter, letter="")


def encode(letter: DeadLetter) -> bytes:
    """Return the letter's canonical JSON."""
    return _encode(letter)


def key_of(record: Record) -> bytes:
    """Return the key to publish the letter under: the one it had first, cut where it is larger than any of ours."""
    first = next((value for name, value in record.headers if name == REDRIVEN_KEY), None)
    return (first if first is not None else record.key or b"")[:KEY_MAX_BYTES]


def header_of(record: Record, name: str) -> str:
    """Return a header of the record as text, empty where it has none."""
    return next((shown(value) for one, value in record.headers if one == name), "")


def source_of(record: Record) -> str:
    """Return who sent ``record``: by its payload if that can be read, else by its ``source`` header, else unknown."""
    try:
        named = _decode_source(record.value or b"").source
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        named = ""
    if not named:
        named = next((shown(value) for name, value in record.headers if name == "source"), "")
    return named[:ID_MAX_CHARS] or UNKNOWN_SOURCE


def shown(raw: bytes) -> str:
    """Return raw bytes as text that fits an id; what is not UTF-8 is escaped."""
    return raw[:ID_MAX_CHARS].decode("utf-8", "backslashreplace")[:ID_MAX_CHARS]


def _headers(record: Record) -> tuple[tuple[str, str], ...]:
    """What the sender says beside the bytes, in as far as it is text; what we added to send it again is left out."""
    kept = [(name, value) for name, value in record.headers if not name.startswith(OURS)]
    return tuple(
        (name[:HEADER_NAME_MAX_CHARS], value.decode("utf-8", "replace")[:HEADER_MAX_CHARS])
        for name, value in kept[:HEADERS_MAX]
    )


def _time_of(timestamp_ms: int) -> datetime | None:
    if not 0 <= timestamp_ms <= _TIMESTAMP_MAX_MS:
        return None
    return _EPOCH + timedelta(milliseconds=timestamp_ms)
