"""Canonical JSON: bytes to one Event or a DecodeError, and back. No bytes give any other error."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, get_args, get_type_hints

import msgspec
from milepost.codecs import refusals
from milepost.codecs.errors import DecodeError
from milepost.contracts.events import SCHEMA_VERSION, Body, Event

SIZE_MAX_BYTES = 256 * 1024
SOURCE_TIME_MAX_CHARS = 64

_decode = msgspec.json.Decoder(Event).decode
_encode = msgspec.json.Encoder().encode
_ZERO = timedelta(0)
_EARLIEST = datetime(refusals.YEAR_FIRST, 1, 1, tzinfo=timezone.utc)
_LATEST = datetime(refusals.YEAR_LAST + 1, 1, 1, tzinfo=timezone.utc)


class _OwnTime(msgspec.Struct):
    """The occurred time as the source wrote it, before any parsing."""

    occurred_at: str


_decode_own_time = msgspec.json.Decoder(_OwnTime).decode


def _time_fields(body: Any) -> tuple[str, ...]:
    hints = get_type_hints(body)
    return tuple(name for name, hint in hints.items() if hint is datetime or datetime in get_args(hint))


# Only a few bodies carry times of their own; all others skip the look.
_BODY_TIMES: dict[type, tuple[str, ...]] = {kind: names for kind in get_args(Body) if (names := _time_fields(kind))}


def decode(value: bytes) -> Event:
    """Return the event in ``value`` with every time in UTC; raise DecodeError for anything else.

    A source that writes another offset keeps its own text in ``source_time``. Times without an offset are refused:
    nobody could say which moment they mean.
    """
    if len(value) > SIZE_MAX_BYTES:
        raise DecodeError("too_large", f"{len(value)} bytes; at most {SIZE_MAX_BYTES} are taken in")
    try:
        event = _decode(value)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, OverflowError) as error:
        raise refusals.of(value, error) from None
    if event.schema_version != SCHEMA_VERSION:
        raise refusals.unknown_version(event.schema_version)
    at, received = event.occurred_at, event.received_at
    if at.utcoffset() is not _ZERO and at.utcoffset() != _ZERO:
        own_text = event.source_time or _decode_own_time(value).occurred_at[:SOURCE_TIME_MAX_CHARS]
        event = msgspec.structs.replace(event, occurred_at=_utc(at, "$.occurred_at"), source_time=own_text)
    else:
        _plausible(at, "$.occurred_at")
    if received is not None:
        in_utc = _utc(received, "$.received_at")
        if received.utcoffset() != _ZERO:
            event = msgspec.structs.replace(event, received_at=in_utc)
    names = _BODY_TIMES.get(type(event.body))
    return event if names is None else msgspec.structs.replace(event, body=_body_in_utc(event.body, names))


def encode(event: Event) -> bytes:
    """Return the canonical JSON of ``event``; what ``decode`` reads back as an equal event."""
    return _encode(event)


def _body_in_utc(body: Body, names: tuple[str, ...]) -> Body:
    times = {name: getattr(body, name) for name in names}
    changes = {name: _utc(time, f"$.body.{name}") for name, time in times.items() if time is not None}
    return msgspec.structs.replace(body, **changes) if changes else body


def _utc(time: datetime, place: str) -> datetime:
    if time.tzinfo is None:
        raise DecodeError("invalid_value", "a time needs an offset such as Z or +02:00", place)
    try:
        in_utc = time.astimezone(timezone.utc)
    except OverflowError:
        raise refusals.absurd_time(place) from None
    return _plausible(in_utc, place)


def _plausible(time: datetime, place: str) -> datetime:
    if not _EARLIEST <= time < _LATEST:
        raise refusals.absurd_time(place)
    return time
