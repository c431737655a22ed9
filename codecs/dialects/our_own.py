"""Partners that speak our own JSON: their events pass as they are, as far as their role goes."""

from __future__ import annotations

from datetime import datetime

import msgspec
from milepost.codecs import batch, canonical
from milepost.codecs.dialects import ownership
from milepost.codecs.dialects.gathering import Gathered, Spoken
from milepost.codecs.dialects.model import Dialect
from milepost.codecs.dialects.said import Message
from milepost.codecs.documents import Refused
from milepost.codecs.errors import DecodeError
from milepost.contracts.events import Event, tag_of
from milepost.contracts.identifiers import is_load, load_key


def say(dialect: Dialect, message: Message, received: datetime | None, gathered: Gathered) -> None:
    """Take the event, or the rows of a batch; DecodeError where the message is neither."""
    if not batch.is_batch(message.value):
        gathered.take(Spoken(events=[_checked(dialect, canonical.decode(message.value), received)]))
        return
    whole = batch.decode(message.value)
    for number, raw in enumerate(whole.events):
        value = bytes(raw)
        try:
            row = batch.row(number, value, whole.batch_id)
            if row.error is not None:
                raise row.error
            assert row.event is not None
            gathered.take(Spoken(events=[_of_row(number, dialect, row.event, received)]))
        except DecodeError as error:
            gathered.refused.append(Refused(error, value))


def _of_row(number: int, dialect: Dialect, event: Event, received: datetime | None) -> Event:
    try:
        return _checked(dialect, event, received)
    except DecodeError as error:
        raise batch.of_row(number, error) from None


def _checked(dialect: Dialect, event: Event, received: datetime | None) -> Event:
    tag = tag_of(event.body)
    if not ownership.may_say(dialect.role, tag):
        raise DecodeError("ownership_violation", f"a partner of role {dialect.role} may not say {tag}", "$.body.type")
    if event.source not in dialect.sources:
        known = ", ".join(dialect.sources)
        raise DecodeError("ownership_violation", f"{event.source!r:.60} is not one of {known}", "$.source")
    of_load = tag in ownership.OF_A_LOAD
    if of_load and event.owner != load_key(event.body.load):  # type: ignore[union-attr]
        raise DecodeError("wrong_key", f"owner {event.owner!r:.80} is not the load the body names", "$.owner")
    if not of_load and tag not in ownership.OF_EITHER and is_load(event.owner):
        raise DecodeError("wrong_key", f"{tag} belongs to an order, not to {event.owner!r:.80}", "$.owner")
    return msgspec.structs.replace(event, partner=dialect.name, received_at=event.received_at or received)
