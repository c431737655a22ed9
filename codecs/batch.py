"""Many events of a partner in one message: ``{"batch_id": "...", "events": [EVENT, ...]}`` to its rows, each by itself.

A row is decoded alone: what is wrong with one says nothing of the others.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

import msgspec
from milepost.codecs import canonical, refusals
from milepost.codecs.errors import DecodeError
from milepost.contracts.base import Id
from milepost.contracts.events import Event

BATCH_EVENTS_MAX = 2000
BATCH_SIZE_MAX_BYTES = 850_000  # with key and headers it can still be parked

_WHOLE = "$"


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The message; the rows are still bytes."""

    batch_id: Id
    events: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1, max_length=BATCH_EVENTS_MAX)]


class Row(NamedTuple):
    """One row: its ``value`` as it was written, and the event in it or why there is none."""

    number: int
    value: bytes
    event: Event | None
    error: DecodeError | None


class _Shape(msgspec.Struct):
    """What tells a batch from an event, whatever else is wrong with it."""

    events: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_decode = msgspec.json.Decoder(Batch).decode
_decode_shape = msgspec.json.Decoder(_Shape).decode


def is_batch(value: bytes) -> bool:
    """Say whether ``value`` is meant as a batch: a JSON object with ``events``, which no event has."""
    try:
        return _decode_shape(value).events is not msgspec.UNSET
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return False


def decode(value: bytes) -> Batch:
    """Return the batch in ``value``; DecodeError where the message as a whole is none (its rows are not looked at)."""
    if len(value) > BATCH_SIZE_MAX_BYTES:
        raise DecodeError("too_large", f"{len(value)} bytes; a batch has at most {BATCH_SIZE_MAX_BYTES}")
    try:
        return _decode(value)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise refusals.of(value, error) from None


def row(number: int, value: bytes, batch_id: str) -> Row:
    """Return one row of a batch; its event carries the batch's id."""
    try:
        event = canonical.decode(value)
    except DecodeError as error:
        return Row(number, value, None, of_row(number, error))
    return Row(number, value, msgspec.structs.replace(event, batch=batch_id), None)


def of_row(number: int, error: DecodeError) -> DecodeError:
    """Return ``error`` of a row with its place in the whole message: ``$.events[17].body.line``."""
    place = f"$.events[{number}]"
    within = error.place.removeprefix(_WHOLE) if error.place.startswith(_WHOLE) else f" {error.place}".rstrip()
    return DecodeError(error.reason, error.text, place + within)
