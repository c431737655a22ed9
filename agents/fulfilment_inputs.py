"""What lane fulfilment reads, decoded; what is not this partition's is refused, as its row would live in the wrong one.

Every error is a DecodeError.
"""

from __future__ import annotations

import zlib

import msgspec
from milepost.codecs import canonical
from milepost.codecs.errors import DecodeError
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingAnswered
from milepost.runtime.durable.interface import Incoming
from milepost.runtime.partitioner import partition_of
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.workflow.reopening import Facts, Reopening, decode_reopening


def event_in(record: Incoming) -> Event:
    """Return the fact, receipt or control in a record."""
    if record.value is None:
        raise DecodeError("not_json", "the record has no value")
    event = canonical.decode(record.value)
    _refuse_stray(record, event.owner)
    return event


def reopening_in(record: Incoming) -> tuple[Reopening, Facts]:
    """Return what the journal gave back of a closed order."""
    try:
        told = decode_reopening(record.value or b"")
        facts = told.unpacked()
    except (msgspec.MsgspecError, zlib.error) as error:
        raise DecodeError("invalid_value", str(error)) from None
    _refuse_stray(record, told.owner)
    return told, facts


def of_reconciliation(event: Event) -> bool:
    """Say whether it answers a command that no order sent. Adopted, it would become a record of its owner, which wants
    no such posting and has it reversed.
    """
    return isinstance(event.body, PostingAnswered) and event.body.command.priority == "reconciliation"


def _refuse_stray(record: Incoming, owner: str) -> None:
    key = owner.encode()
    if record.key != key or partition_of(key, PARTITIONS) != record.partition:
        raise DecodeError("wrong_key", f"key or partition is not that of the owner {owner!r:.80}", "$.owner")
