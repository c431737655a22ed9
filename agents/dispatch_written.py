"""An instruction as the delivery that its partner's dialect makes of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime

import msgspec
from milepost.agents.dispatch_inputs import AnswerDue, Told, told_of
from milepost.codecs.dialects.model import Acknowledgement, Dialect, Dialects
from milepost.codecs.dialects.rendering import Rendered, rendered
from milepost.codecs.dialects.sites import place_of, served_by
from milepost.codecs.errors import DecodeError
from milepost.contracts.deliveries import DeliveryState
from milepost.contracts.events import tag_of_type
from milepost.contracts.identifiers import digest, partner_key
from milepost.contracts.instructions import CustomerNotice, TenderCancelled, TenderRequested
from milepost.contracts.references import Linked, Target
from milepost.runtime.dispatch.parcel import Way
from milepost.runtime.durable.interface import Output
from milepost.runtime.topic_table import PARTNER_REFERENCES
from milepost.tables.delivery import Awaited, Delivery, Standing, standing

log = logging.getLogger(__name__)

PAYLOAD_MAX_BYTES = 700_000  # with what else a row has it must fit one record of the changelog
INSTRUCTION_MAX_BYTES = 950_000  # likewise, without the bytes that were made of it
CUSTOMERS = "customers"
ANSWER = "answer"
NOTICE = "notice."
TEXT_KEPT_CHARS = 500
EDI = "application/edi-x12"

_encode = msgspec.json.Encoder().encode


def partner_of(dialects: Dialects, told: Told, at: datetime) -> Dialect | None:
    """Return who is to be told; None where the site's partner reads the topic itself."""
    if isinstance(told, CustomerNotice):
        return served_by(dialects, CUSTOMERS, "", at)
    return served_by(dialects, told.recipient, place_of(told.body), at)


def what_of(told: Told) -> str:
    """Return the word by which a dialect names it."""
    return f"{NOTICE}{told.kind}" if isinstance(told, CustomerNotice) else tag_of_type(type(told.body))


def written(dialect: Dialect, told: Told, value: bytes, at: datetime, sequence: int) -> Delivery | None:
    """Return the delivery of ``told``, open; None where the dialect has no word for it.

    ``value``: the record, kept where it cannot be written, for the day the dialect can. Raises NotWritten.
    """
    base = Delivery(
        id=told.id, owner=told.owner, partner=dialect.name, what=what_of(told), version=dialect.terms.version,
        asked_at=at, sequence=sequence, correlation_id=getattr(told, "correlation_id", ""),
    )  # fmt: skip
    try:
        said = _rendered(dialect, told, at)
        if said is None:
            return None
        if len(said.value) > PAYLOAD_MAX_BYTES:
            raise DecodeError("too_large", f"{len(said.value)} bytes; at most {PAYLOAD_MAX_BYTES} are delivered")
    except DecodeError as error:
        raise NotWritten(failed(base, error, value), error) from None
    way = Way(content_type=said.content_type, name=said.name, method=said.method, path=said.path)
    return msgspec.structs.replace(
        base, way=way, value=said.value, size_bytes=len(said.value), references=said.references,
        awaits=_awaited(said.acknowledge, told),
    )  # fmt: skip


def _rendered(dialect: Dialect, told: Told, at: datetime) -> Rendered | None:
    """A defect behind one dialect, as of its escape function, must not end the lane of all partners."""
    try:
        return rendered(dialect, told, at=at)
    except DecodeError:
        raise
    except Exception as error:
        log.exception("%s cannot be written for %s", what_of(told), dialect.name)
        raise DecodeError("internal_defect", f"{type(error).__name__}: {error}") from error


class NotWritten(Exception):
    """A dialect cannot write an instruction; the delivery says so."""

    def __init__(self, delivery: Delivery, error: DecodeError) -> None:
        super().__init__(str(error))
        self.delivery, self.error = delivery, error


def failed(row: Delivery, error: DecodeError, instruction: bytes) -> Delivery:
    """Return ``row`` as one that is not sent, for that reason.

    Either the instruction is kept, to be written anew, or the bytes of an answer: with both a row outgrows its record.
    """
    if row.what != ANSWER:
        kept = instruction if len(instruction) <= INSTRUCTION_MAX_BYTES else b""
        row = msgspec.structs.replace(row, value=b"", instruction=kept)
    return _stopped(row, "failed", error.reason, str(error))


def unserved(row: Delivery) -> Delivery:
    """Return ``row`` as one that cannot be sent any more."""
    text = f"there is no way out to {row.partner} any more: its dialect is gone, or names none"
    return _stopped(row, "not_served", "NOT_SERVED", text)


def _stopped(row: Delivery, state: DeliveryState, code: str, text: str) -> Delivery:
    at = row.standing.at or row.asked_at
    return standing(row, Standing(state=state, attempt=row.attempt, at=at, code=code, text=text[:TEXT_KEPT_CHARS]))


def anew(row: Delivery, dialect: Dialect) -> Delivery:
    """Return ``row``, which is to be tried again, written anew if it could not be: its dialect may have been mended."""
    if not row.instruction or row.what == ANSWER:
        nothing = DecodeError("too_large", "its instruction was too large to keep, and cannot be written anew")
        return row if row.value else failed(row, nothing, b"")
    told = told_of(row.instruction, notice=row.what.startswith(NOTICE))
    try:
        new = written(dialect, told, row.instruction, row.asked_at, row.sequence)
    except NotWritten as refusal:
        return failed(row, refusal.error, row.instruction)
    if new is None:
        return failed(row, DecodeError("unknown_type", "the dialect has no word for it any more"), row.instruction)
    kept = ("standing", "asked_again", "raised", "sent_at")
    return msgspec.structs.replace(new, **{name: getattr(row, name) for name in kept})


def links(row: Delivery, dialects: Dialects) -> Iterator[Output]:
    """Yield what lets a 997 find the instruction by its control numbers."""
    dialect = dialects.partners.get(row.partner)
    for reference in row.references:
        target = Target(owner=row.owner, instruction=row.id)
        source = dialect.source if dialect is not None else row.partner
        linked = Linked(reference=reference, target=target, said_at=row.asked_at, source=source)
        yield Output(PARTNER_REFERENCES, reference.key.encode(), _encode(linked))


def answer(due: AnswerDue, key: str, at: datetime, sequence: int) -> Delivery:
    """Return the delivery of an answer: beside the file it answers, as NAME.997, or to the partner's address."""
    return Delivery(
        id=digest(ANSWER, due.partner, due.message), owner=partner_key(due.partner), partner=due.partner,
        what=ANSWER, key=key, asked_at=at, sequence=sequence, value=due.value, size_bytes=len(due.value),
        way=Way(content_type=EDI, name=f"{due.name or due.message}.{_set_of(due.value)}"),
    )  # fmt: skip


def _set_of(value: bytes) -> str:
    """A 999 calls itself so in its functional group's version (GS08 005010X231); anything else is a 997."""
    return "999" if b"X231" in value else "997"


def _awaited(acknowledge: Acknowledgement | None, told: Told) -> Awaited | None:
    if acknowledge is None:
        return None
    body = None if isinstance(told, CustomerNotice) else told.body
    return Awaited(
        by=acknowledge.by,
        within_s=acknowledge.within_s,
        tags=acknowledge.tags,
        subject=body.tender if isinstance(body, TenderCancelled) else "",
        offer=body.attempt if isinstance(body, TenderRequested) else 0,
    )
