"""What lane dispatch reads: instructions and notices, answers to partners, its own outcomes, and milestones that
acknowledge. Each decoded, or refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

import msgspec
from milepost.codecs import refusals
from milepost.codecs.errors import DecodeError
from milepost.contracts.deliveries import DeliveryWord
from milepost.contracts.events import tag_of_type
from milepost.contracts.instructions import CustomerNotice, Instruction
from milepost.contracts.tms import TenderOffered
from milepost.runtime import partner_headers
from milepost.runtime.durable.interface import Incoming
from milepost.runtime.topic_table import (
    CUSTOMER_NOTICES,
    INSTRUCTIONS_RECEIVED,
    ORDERS_TICKS,
    PARTNER_ANSWERS,
    PARTNER_DELIVERIES,
    TMS_INSTRUCTIONS,
    TMS_MILESTONES,
    WMS_INSTRUCTIONS,
    WMS_MILESTONES,
)
from milepost.workflow.ticks import Tick

INSTRUCTIONS = (WMS_INSTRUCTIONS, TMS_INSTRUCTIONS, CUSTOMER_NOTICES)
ACKNOWLEDGING = (WMS_MILESTONES, TMS_MILESTONES, INSTRUCTIONS_RECEIVED)
SOURCES = (*INSTRUCTIONS, PARTNER_ANSWERS, PARTNER_DELIVERIES, *ACKNOWLEDGING, ORDERS_TICKS)

Told = Instruction | CustomerNotice
ANSWERED_TAGS = ("instruction.answered", "instruction.received")

_instruction = msgspec.json.Decoder(Instruction).decode
_notice = msgspec.json.Decoder(CustomerNotice).decode
_word: Callable[[bytes], DeliveryWord] = msgspec.json.Decoder(DeliveryWord).decode
_tick = msgspec.json.Decoder(Tick).decode


class AnswerDue(NamedTuple):
    """A 997 or 999 that goes back to a partner. ``name``: of the file it answers, where it was one."""

    partner: str
    message: str
    name: str
    value: bytes


def told_of(value: bytes, *, notice: bool) -> Told:
    """Return the instruction or notice in ``value``; DecodeError for anything else."""
    try:
        return _notice(value) if notice else _instruction(value)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, OverflowError) as error:
        raise refusals.of(value, error) from None


def told_in(record: Incoming) -> Told:
    """Return what is to be told; DecodeError for anything else, or under another key than its owner's."""
    told = told_of(record.value or b"", notice=record.topic == CUSTOMER_NOTICES)
    _keyed(record, told.owner)
    return told


def word_in(record: Incoming) -> DeliveryWord:
    """Return an outcome, or a person's word to try again or to close it; DecodeError for anything else."""
    try:
        return _word(record.value or b"")
    except (msgspec.MsgspecError, UnicodeError, RecursionError, OverflowError) as error:
        raise refusals.of(record.value or b"", error) from None


def answer_in(record: Incoming) -> AnswerDue:
    """Return the answer that a record of ``partner.answers`` has; DecodeError where it does not say for whom it is."""
    said = {name: value.decode("utf-8", "replace") for name, value in record.headers}
    partner = said.get(partner_headers.PARTNER, "")
    if not partner or not record.value:
        raise DecodeError("missing_field", "an answer needs bytes, and the header that names its partner")
    message = said.get(partner_headers.MESSAGE_ID, "") or f"{record.topic}/{record.partition}/{record.offset}"
    return AnswerDue(partner, message, said.get(partner_headers.NAME, ""), record.value)


def tick_in(record: Incoming) -> float | None:
    """Return the clock's time in Unix seconds; None for what is no tick."""
    try:
        return _tick(record.value or b"").now.timestamp()
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


class Wanted:
    """Which records of the milestones are worth decoding: those with one of these tags somewhere in their bytes."""

    def __init__(self, tags: Collection[str]) -> None:
        tenders = any(tag.startswith("tms.tender") for tag in tags)
        wanted = {*tags, *ANSWERED_TAGS, *((tag_of_type(TenderOffered),) if tenders else ())}
        self.tags = frozenset(tags) - set(ANSWERED_TAGS)
        self._marks = tuple(f'"{tag}"'.encode() for tag in sorted(wanted))

    def __call__(self, value: bytes | None) -> bool:
        return value is not None and any(mark in value for mark in self._marks)


def _keyed(record: Incoming, owner: str) -> None:
    if record.key != owner.encode():
        raise DecodeError("wrong_key", f"the record's key is not the owner {owner!r:.80}", "$.owner")
