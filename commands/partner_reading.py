"""What a sample says by a dialect, as plain data that people and tests can compare."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec
from milepost.codecs.dialects.model import Dialect, Dialects
from milepost.codecs.dialects.rendering import rendered
from milepost.codecs.dialects.said import Message, Said
from milepost.codecs.dialects.speaking import said_by
from milepost.codecs.errors import DecodeError
from milepost.commands.partner_files import Sample
from milepost.contracts.events import Event
from milepost.contracts.instructions import CustomerNotice, Instruction

RECEIVED = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
"""When samples are taken to have come, so that what they say is the same every time."""

CONTENT_TYPES = {".json": "application/json", ".edi": "application/edi-x12", ".csv": "text/csv"}


def message_of(path: Path, partner: str) -> Message:
    """Return a file as the message it stands for; its name is the message's id."""
    return Message(
        partner=partner,
        id=path.name,
        value=path.read_bytes(),
        received_ms=int(RECEIVED.timestamp() * 1000),
        content_type=CONTENT_TYPES.get(path.suffix, ""),
        name=path.name,
    )


def said(dialect: Dialect, dialects: Dialects, message: Message, *, explain: bool = False) -> Said | DecodeError:
    """Return what a message says, or the error by which all of it is refused."""
    try:
        return said_by(dialect, message, dialects, explain=explain)
    except DecodeError as error:
        return error


def outcome(dialect: Dialect, dialects: Dialects, sample: Sample) -> dict[str, Any]:
    """Return what a sample comes to, as its expected file keeps it."""
    return _told(dialect, dialects, sample) if sample.outbound else _heard(dialect, dialects, sample)


def instruction_of(value: bytes) -> Instruction | CustomerNotice:
    """Return one of our instructions, or a notice, from its JSON; msgspec.ValidationError otherwise."""
    kind: type[Instruction] | type[CustomerNotice] = (
        Instruction if "body" in msgspec.json.decode(value) else CustomerNotice
    )
    return msgspec.json.decode(value, type=kind)


def _heard(dialect: Dialect, dialects: Dialects, sample: Sample) -> dict[str, Any]:
    found = said(dialect, dialects, message_of(sample.path, dialect.name))
    return refusal(found) if isinstance(found, DecodeError) else summary(found)


def _told(dialect: Dialect, dialects: Dialects, sample: Sample) -> dict[str, Any]:
    try:
        instruction = instruction_of(sample.path.read_bytes())
    except msgspec.MsgspecError as error:
        raise click.UsageError(f"{sample.name} is none of our instructions: {error}") from None
    try:
        found = rendered(dialect, instruction, at=RECEIVED)
    except DecodeError as error:
        return refusal(error)
    if found is None:
        return {"sent": False}
    back = said(dialect, dialects, Message(dialect.name, "echo", found.value, 0, found.content_type, found.name))
    read_back = [] if isinstance(back, DecodeError) else [plain(one) for one in back.instructions]
    return _filled(
        {
            "value": found.value.decode("utf-8", "replace"),
            "content_type": found.content_type,
            "method": found.method if found.path else "",
            "path": found.path,
            "acknowledge": plain_acknowledgement(found.acknowledge),
            "references": [plain(one) for one in found.references],
            "read_back": read_back,
        }
    )


def plain_acknowledgement(acknowledge: Any) -> Any:
    return None if acknowledge is None else {"by": acknowledge.by, "within_s": acknowledge.within_s}


def refusal(error: DecodeError) -> dict[str, Any]:
    """Return an error as data: reason and place. Its words may get better."""
    return {"refused": [{"reason": error.reason, "place": error.place}]}


def summary(said: Said) -> dict[str, Any]:
    """Return all that a message said, without ids that are derived from it."""
    return _filled(
        {
            "events": [plain_event(one) for one in said.events],
            "pointed": [{"reference": one.reference.key, **plain_event(one.event)} for one in said.pointed],
            "links": [_link(one) for one in said.linked],
            "counted": [{"snapshot": one.snapshot, **plain_event(one.event)} for one in said.counted],
            "statements": [{"key": one.key, "body": plain(one.body)} for one in said.statements],
            "instructions": [plain(one) for one in said.instructions],
            "findings": [{"code": one.code, "place": one.place, "value": one.value} for one in said.findings],
            "refused": [{"reason": one.error.reason, "place": one.error.place} for one in said.refused],
            "answer": said.answer.decode("utf-8", "replace"),
        }
    )


def plain_event(event: Event) -> dict[str, Any]:
    """Return an event's content: fact, owner, time, body."""
    at = event.occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {"key": event.business_key, "owner": event.owner, "at": at, "body": plain(event.body)}


def plain(body: Any) -> Any:
    """Return a contract as JSON values."""
    return msgspec.json.decode(msgspec.json.encode(body))


def _link(linked: Any) -> dict[str, Any]:
    target = {"reference": linked.reference.key, "owner": linked.target.owner, "shipment": linked.target.shipment}
    return _filled({**target, "stands": None if linked.stands else False})


def _filled(found: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if value not in ("", [], None)}
