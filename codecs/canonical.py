"""Canonical JSON: bytes to one Event or a DecodeError, and back. No bytes give any other error."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args, get_type_hints

import msgspec
from milepost.codecs import refusals
from milepost.codecs.errors import DecodeError
from milepost.codecs.refusals import YEAR_FIRST, YEAR_LAST
from milepost.contracts.events import SCHEMA_VERSION, Body, Event

SIZE_MAX_BYTES = 256 * 1024
SOURCE_TIME_MAX_CHARS = 64

_decode = msgspec.json.Decoder(Event).decode
_encode = msgspec.json.Encoder().encode


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
    if at.tzinfo is not UTC:
        own_text = event.source_time or _decode_own_time(value).occurred_at[:SOURCE_TIME_MAX_CHARS]
        event = msgspec.structs.replace(event, occurred_at=_utc(at, "$.occurred_at"), source_time=own_text)
    elif not YEAR_FIRST <= at.year <= YEAR_LAST:
        raise refusals.absurd_time("$.occurred_at")
    if received is not None and _utc(received, "$.received_at") is not received:
        event = msgspec.structs.replace(event, received_at=_utc(received, "$.received_at"))
    names = _BODY_TIMES.get(type(event.body))
    if names is not None and (body := _body_in_utc(event.body, names)) is not event.body:
        event = msgspec.structs.replace(event, body=body)
    return event


def encode(event: Event) -> bytes:
    """Return the canonical JSON of ``event``; what ``decode`` reads back as an equal event."""
    return _encode(event)


def _body_in_utc(body: Body, names: tuple[str, ...]) -> Body:
    times = {name: getattr(body, name) for name in names}
    in_utc = {name: _utc(time, f"$.body.{name}") for name, time in times.items() if time is not None}
    changed = {name: time for name, time in in_utc.items() if time is not times[name]}
    return msgspec.structs.replace(body, **changed) if changed else body


def _utc(time: datetime, place: str) -> datetime:
    if time.tzinfo is None:
        raise DecodeError("invalid_value", "a time needs an offset such as Z or +02:00", place)
    try:
        in_utc = time if time.tzinfo is UTC else time.astimezone(UTC)
    except OverflowError:
        raise refusals.absurd_time(place) from None
    if not YEAR_FIRST <= in_utc.year <= YEAR_LAST:
        raise refusals.absurd_time(place)
    return in_utc
