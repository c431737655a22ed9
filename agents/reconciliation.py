"""Lane reconciliation: its own books of what was commanded and answered, kept from the same topics posting reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from milepost.agents.dead_letter_limit import DeadLetterLimit
from milepost.codecs import canonical, dead_letters, refusals
from milepost.codecs.errors import DecodeError
from milepost.contracts.events import tag_of
from milepost.contracts.postings import PostingAnswered, PostingCommand
from milepost.runtime.durable.interface import Incoming, Output, Store
from milepost.runtime.topic_table import DEAD_LETTERS, ERP_COMMANDS, ERP_COMMANDS_RECONCILIATION, ERP_RECEIPTS
from milepost.tables.ledgers import Ledgers

LANE = "reconciliation"
COMMANDS = (ERP_COMMANDS, ERP_COMMANDS_RECONCILIATION)
DEAD_LETTERS_PER_HOUR_MAX = 1000

_decode_command = msgspec.json.Decoder(PostingCommand).decode


class Reconciliation:
    """Processor of both command topics and the receipts over the table ``ledgers``.

    It publishes nothing but dead letters; what the posting pass finds in the same books is published by the pass.
    """

    def __init__(self, limit_per_hour: int = DEAD_LETTERS_PER_HOUR_MAX) -> None:
        self.ledgers = Ledgers()
        self.high_water: dict[tuple[str, int], int] = {}
        """Offset of the last record seen, by topic and partition: what a run stands on."""
        self._limit = DeadLetterLimit(limit_per_hour)

    def recovered(self, partition: int, store: Store, epoch: int) -> Sequence[Output]:
        self.ledgers.attach(partition, store)
        return ()

    def revoked(self, partition: int) -> None:
        self.ledgers.detach(partition)
        self._limit.revoked(partition)
        self.high_water = {place: offset for place, offset in self.high_water.items() if place[1] != partition}

    def chunk(self, records: Sequence[Incoming], store: Store) -> Sequence[Output]:
        outputs = []
        for record in records:
            try:
                self._booked(record, store)
            except DecodeError as error:
                self._limit.count(record, store)
                letter = dead_letters.encode(dead_letters.dead_letter(record, error, lane=LANE))
                outputs.append(Output(DEAD_LETTERS, dead_letters.key_of(record), letter))
            self.high_water[record.topic, record.partition] = record.offset
        return outputs

    def _booked(self, record: Incoming, store: Store) -> None:
        if record.topic in COMMANDS:
            command = _command(record.value or b"")
            _keyed(record, command.owner)
            self.ledgers.commanded(command, store)
        elif record.topic == ERP_RECEIPTS:
            event = canonical.decode(record.value or b"")
            _keyed(record, event.owner)
            if not isinstance(event.body, PostingAnswered):
                raise DecodeError("unknown_type", f"{tag_of(event.body)} is no receipt", "$.body.type")
            self.ledgers.answered(event, event.body, record.timestamp_ms, store)


def _command(value: bytes) -> Any:
    try:
        return _decode_command(value)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, OverflowError) as error:
        raise refusals.of(value, error) from None


def _keyed(record: Incoming, owner: str) -> None:
    if record.key != owner.encode():
        raise DecodeError("wrong_key", f"the record's key is not the owner {owner!r:.80}", "$.owner")
