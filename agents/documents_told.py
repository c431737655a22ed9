"""What a document said, as records: each part to the topic where it is acted on, with its origin in the headers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
from milepost.agents.documents_troubles import UNMAPPED, shown
from milepost.codecs import canonical, dead_letters
from milepost.codecs.dialects.model import Dialect
from milepost.codecs.dialects.said import Message, Said
from milepost.codecs.documents import Finding
from milepost.codecs.errors import DecodeError
from milepost.contracts.controls import DataQualityFound
from milepost.contracts.events import Event
from milepost.contracts.identifiers import ID_MAX_CHARS, digest
from milepost.contracts.references import Counted, Linked, Pointed
from milepost.contracts.reports import DeadLetter
from milepost.runtime import partner_headers
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.topic_table import (
    PARTNER_ANSWERS,
    PARTNER_EVENTS,
    PARTNER_REFERENCES,
    PARTNER_SHADOWED,
    PARTNER_STATEMENTS,
)

LANE = "intake"
QUALITY_MAX = 50  # findings of one message told to its orders
NEW_IN_FORM = frozenset({"unknown_field", "unnamed_column"})
"""Findings of what a vendor added to its messages (S49): counted as the partner's, and no order's affair."""
ORIGIN = "origin"

Headers = tuple[tuple[str, bytes], ...]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encode = msgspec.json.Encoder().encode


def told(record: Incoming, dialect: Dialect, message: Message, said: Said) -> Iterator[Output]:
    """Yield the records of all that was said and may be used. Of a sandbox nothing reaches an order."""
    place = _place(record)
    headers = ((ORIGIN, place.encode()), (partner_headers.SOURCE, dialect.source.encode()))
    # What is sent again was answered when it came: its sender knows nothing of the second time.
    if said.answer and not dead_letters.header_of(record, dead_letters.REDRIVEN_ID):
        yield _answer(message, said.answer)
    if message.sandbox:
        yield from (_event(PARTNER_SHADOWED, came_in(message, one), headers) for one in (*said.events, *said.shadowed))
        return
    yield from (_event(PARTNER_EVENTS, came_in(message, one), headers) for one in said.events)
    yield from (_reference(one.reference.key, one, headers) for one in said.linked)
    for pointed in _with_others(said.pointed):
        named = msgspec.structs.replace(pointed, event=came_in(message, pointed.event))
        yield _reference(pointed.reference.key, named, headers)
    for counted in said.counted:
        named_total = msgspec.structs.replace(counted, event=came_in(message, counted.event))
        yield _reference(counted.snapshot, named_total, headers)
    for one in said.statements:
        yield Output(PARTNER_STATEMENTS, one.key.encode(), _encode(one), None, headers)
    yield from (_event(PARTNER_SHADOWED, came_in(message, one), headers) for one in said.shadowed)
    yield from _quality(dialect, message, said, headers)


def came_in(message: Message, event: Event) -> Event:
    """Return the event with the message's id, by which, with the partner's name, the document is found."""
    return event if event.batch else msgspec.structs.replace(event, batch=message.id)


def outcome(said: Said) -> str:
    """Return what became of a message, for those who count: the worst of its parts."""
    reasons = {part.error.reason for part in said.refused} | {one.code for one in said.findings}
    if UNMAPPED in reasons:
        return "unmapped"
    return "quarantined" if said.refused else "accepted"


def letter(record: Incoming, message: Message, source: str, error: DecodeError, value: bytes) -> DeadLetter:
    """Return the dead letter of a part: its own bytes, and what is needed to send them again by themselves."""
    made = dead_letters.dead_letter(record._replace(value=value), error, lane=LANE, source=source)
    return msgspec.structs.replace(
        made, partner=message.partner[:ID_MAX_CHARS], message=message.id,
        content_type=message.content_type[:ID_MAX_CHARS], name=message.name[:ID_MAX_CHARS],
        received_ms=message.received_ms, sandbox=message.sandbox,
    )  # fmt: skip


def _place(record: Incoming) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"


def _event(topic: str, event: Event, headers: Headers) -> Output:
    return Output(topic, event.owner.encode(), canonical.encode(event), None, headers)


def _reference(key: str, said: Linked | Pointed | Counted, headers: Headers) -> Output:
    return Output(PARTNER_REFERENCES, key.encode(), _encode(said), None, headers)


def _with_others(pointed: Iterable[Pointed]) -> Iterator[Pointed]:
    """Yield each milestone with its other native ids, so that they hear when it was told by way of this one."""
    together: dict[tuple[str, int], list[Pointed]] = {}
    for one in pointed:
        together.setdefault((one.message, one.ordinal), []).append(one)
    for group in together.values():
        for one in group:
            also = tuple(other.reference for other in group if other is not one)
            yield msgspec.structs.replace(one, also=also)


def _answer(message: Message, value: bytes) -> Output:
    """The partner's answer is named after the message; the lane that delivers it knows the partner by the key.

    What was tried in the sandbox may be sent again in earnest, byte for byte: that has an answer of its own.
    """
    ident = f"sandbox/{message.id}" if message.sandbox else message.id
    headers = (
        (partner_headers.PARTNER, message.partner.encode()),
        (partner_headers.NAME, (message.name or message.id).encode()),
        (partner_headers.MESSAGE_ID, ident.encode()),
        (partner_headers.CONTENT_TYPE, message.content_type.encode()),
    )
    return Output(PARTNER_ANSWERS, message.partner.encode(), value, None, headers)


def _quality(dialect: Dialect, message: Message, said: Said, headers: Headers) -> Iterator[Output]:
    """Yield each finding as a fact of the order it is about, where the document says which that is."""
    owners = list(dict.fromkeys(event.owner for event in said.events))
    for number, one in enumerate(said.findings[:QUALITY_MAX]):
        owner = said.owners.get(one.document, "") or (owners[0] if len(owners) == 1 else "")
        if owner and not _of_the_partner(one):
            name = digest(message.partner, message.id, number, one.code)
            body = DataQualityFound(field=one.code[:64], value=one.value[:1000], text=shown(one))
            yield _event(PARTNER_EVENTS, Event(
                event_id=f"quality-{name}", business_key=f"quality/{name}", owner=owner, source=dialect.source,
                occurred_at=_EPOCH + timedelta(milliseconds=message.received_ms), partner=message.partner,
                batch=message.id, body=body,
            ), headers)  # fmt: skip


def _of_the_partner(one: Finding) -> bool:
    """Say whether a finding is about the form, which each message would say again of each order, or stands nowhere in
    the message, such as that its contract ends."""
    return one.code in NEW_IN_FORM or not (one.document or one.place)
