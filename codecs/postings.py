"""Commands and receipts on our own topics: decoded, and refused under another key than their owner's."""

from __future__ import annotations

import msgspec
from milepost.codecs import canonical, refusals
from milepost.codecs.dead_letters import Record
from milepost.codecs.errors import DecodeError
from milepost.contracts.events import Event, tag_of
from milepost.contracts.postings import PostingAnswered, PostingCommand

_decode = msgspec.json.Decoder(PostingCommand).decode


def command_of(record: Record, max_bytes: int | None = None) -> PostingCommand:
    """Return the command in ``record``; DecodeError for anything else, or above ``max_bytes``."""
    value = record.value or b""
    if max_bytes is not None and len(value) > max_bytes:
        raise DecodeError("too_large", f"{len(value)} bytes; at most {max_bytes} fit into a receipt")
    try:
        command = _decode(value)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, OverflowError) as error:
        raise refusals.of(value, error) from None
    _keyed(record, command.owner)
    return command


def receipt_of(record: Record) -> tuple[Event, PostingAnswered]:
    """Return the ERP's answer in ``record`` with its envelope; DecodeError for anything else."""
    event = canonical.decode(record.value or b"")
    if not isinstance(event.body, PostingAnswered):
        raise DecodeError("unknown_type", f"{tag_of(event.body)} is no receipt", "$.body.type")
    _keyed(record, event.body.command.owner)
    return event, event.body


def _keyed(record: Record, owner: str) -> None:
    if record.key != owner.encode():
        raise DecodeError("wrong_key", f"the record's key is not the owner {owner!r:.80}", "$.owner")
