"""A refused record as a dead letter: where it was, its bytes up to a limit, what was wrong and where."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec
from milepost.codecs.errors import DecodeError
from milepost.contracts.reports import DeadLetter

# Base64 makes four bytes of three, and the letter must stay well below the broker's 1 MB.
VALUE_MAX_BYTES = 512 * 1024
ID_MAX_CHARS = 200
KEY_MAX_BYTES = 1000
UNKNOWN_SOURCE = "unknown"

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
    )


def encode(letter: DeadLetter) -> bytes:
    """Return the letter's canonical JSON."""
    return _encode(letter)


def key_of(record: Record) -> bytes:
    """Return the key to publish the letter under: the record's own, cut where it is larger than any of ours."""
    return (record.key or b"")[:KEY_MAX_BYTES]


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


def _time_of(timestamp_ms: int) -> datetime | None:
    if not 0 <= timestamp_ms <= _TIMESTAMP_MAX_MS:
        return None
    return _EPOCH + timedelta(milliseconds=timestamp_ms)
