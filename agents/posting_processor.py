"""What the posting lane does with its records: commands go into the log and to the pump, receipts complete the log.

It never calls the ERP itself: the consumer must not wait for anybody.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeVar

import msgspec
from milepost.contracts.events import Event
from milepost.contracts.postings import Outcome, PostingAnswered, PostingCommand
from milepost.contracts.reports import DeadLetter
from milepost.runtime.durable.interface import Incoming, Output, Store
from milepost.runtime.erp.queues import Place
from milepost.runtime.erp.receipts import Told, output, receipt
from milepost.runtime.topic_table import DEAD_LETTERS, ERP_RECEIPTS
from milepost.tables.command_log import CommandLog, Entry, answered, opened, same_content

LANE = "posting"
VALUE_MAX_BYTES = 256_000  # of a dead record's bytes that are kept

_command = msgspec.json.Decoder(PostingCommand).decode
_event = msgspec.json.Decoder(Event).decode


class Sender(Protocol):
    """The pump, as far as the lane knows it. Nothing here waits."""

    def submit(self, command: PostingCommand, place: Place, *, inherited: bool = False) -> None: ...

    def answered(self, posting: str, owner: str, attempt: int | None) -> None: ...

    def drop(self, partition: int) -> None: ...


Contract = TypeVar("Contract")


class _Bad(Exception):
    """The record cannot be used: (reason, text)."""


class PostingProcessor:
    """Processor of the lane `posting`; see runtime/durable/interface.py for what calls it."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def recovered(self, partition: int, store: Store, epoch: int) -> Sequence[Output]:
        """Hand all open commands to the pump as inherited: somebody may have sent them before."""
        self._sender.drop(partition)
        for entry in CommandLog(store).open_entries():
            if entry.command is not None:
                self._sender.submit(entry.command, Place("", partition, -1), inherited=True)
        return ()

    def chunk(self, records: Sequence[Incoming], store: Store) -> Sequence[Output]:
        log = CommandLog(store)
        outputs: list[Output] = []
        for record in records:
            apply = self._receipt if record.topic == ERP_RECEIPTS else self._taken
            try:
                outputs += apply(record, log)
            except _Bad as bad:
                outputs.append(self._dead(record, *bad.args))
        return outputs

    def revoked(self, partition: int) -> None:
        self._sender.drop(partition)

    def _taken(self, record: Incoming, log: CommandLog) -> list[Output]:
        command = _decoded(record, _command)
        _check_key(record, command.owner)
        known = log.get(command.id)
        if known is None or known.command is None:
            return self._open(record, log, command)
        if not same_content(known.command, command):
            raise _Bad("same_id_other_content", f"{command.id} is already the id of another document")
        if known.state == "accepted" or command.attempt <= known.attempt:
            return list(_told_again(log, known))
        # A person answered a rejection. That the rejection itself may still be on its way to our log does not matter.
        return self._open(record, log, command)

    def _open(self, record: Incoming, log: CommandLog, command: PostingCommand) -> list[Output]:
        log.add(opened(command))
        self._sender.submit(command, Place(record.topic, record.partition, record.offset))
        return []

    def _receipt(self, record: Incoming, log: CommandLog) -> list[Output]:
        event = _decoded(record, _event)
        told = event.body
        if not isinstance(told, PostingAnswered):
            raise _Bad("unexpected_type", "only the ERP's answers belong on this topic")
        _check_key(record, told.command.owner)
        known = log.get(told.command.id)
        row = log.add(answered(told, event.occurred_at))
        if told.outcome != "unknown":
            attempt = None if told.outcome == "accepted" else told.command.attempt
            self._sender.answered(told.command.id, told.command.owner, attempt)
        elif row.is_open and (known is None or known.attempt < told.command.attempt):
            # Our log was lost and this is the first we hear of the command: it may exist, so it is asked for first.
            place = Place(record.topic, record.partition, record.offset)
            self._sender.submit(row.command or told.command, place, inherited=True)
        return []

    def _dead(self, record: Incoming, reason: str, text: str) -> Output:
        value = record.value or b""
        letter = DeadLetter(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            key=(record.key or b"").decode("utf-8", "replace")[:200],
            value_base64=base64.b64encode(value[:VALUE_MAX_BYTES]).decode(),
            size_bytes=len(value),
            reason=reason,
            text=text[:1000],
            place=_json_path(text),
            lane=LANE,
            seen_at=datetime.fromtimestamp(record.timestamp_ms / 1000, UTC),
        )
        return Output(DEAD_LETTERS, record.key or b"", msgspec.json.encode(letter))


def _decoded(record: Incoming, decode: Callable[[bytes], Contract]) -> Contract:
    try:
        return decode(record.value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        reason = "invalid" if isinstance(error, msgspec.ValidationError) else "not_json"
        raise _Bad(reason, str(error)) from None


def _check_key(record: Incoming, owner: str) -> None:
    if record.key != owner.encode():
        raise _Bad("wrong_key", f"the key must be the owner, {owner}")


def _told_again(log: CommandLog, row: Entry) -> Iterator[Output]:
    """The receipt of an answered command once more, and those of its reversals: whoever asks may have lost them."""
    if row.command is None or row.is_open:
        return
    outcome: Outcome = "accepted" if row.state == "accepted" else "rejected"
    at = row.at or datetime.fromtimestamp(0, UTC)
    yield output(receipt(row.command, Told(outcome, row.number, row.code, row.text), at))
    for reversal in row.reversed_by:
        other = log.get(reversal)
        if other is not None and other.state == "accepted":
            yield from _told_again(log, other)


def _json_path(text: str) -> str:
    """The place msgspec names at the end of its message: ``... - at `$.document.lines` ``."""
    return text.rpartition("at `")[2].rstrip("`")[:200] if "at `" in text else ""
