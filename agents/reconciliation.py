"""Lane reconciliation: its own books of what was commanded and answered, kept from the same topics posting reads."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from milepost.agents.dead_letter_limit import DEAD_LETTERS_PER_HOUR_MAX, DeadLetterLimit
from milepost.codecs import dead_letters, postings
from milepost.codecs.errors import DecodeError
from milepost.metrics.watches import RefusalsWatch
from milepost.runtime.durable.interface import Incoming, Output, Store
from milepost.runtime.topic_table import DEAD_LETTERS, ERP_COMMANDS, ERP_COMMANDS_RECONCILIATION, ERP_RECEIPTS
from milepost.tables.ledgers import TABLE, Ledgers, is_old
from milepost.tables.old_rows import OldRows

LANE = "reconciliation"
COMMANDS = (ERP_COMMANDS, ERP_COMMANDS_RECONCILIATION)


class Reconciliation:
    """Processor of both command topics and the receipts over the table ``ledgers``.

    It publishes nothing but dead letters; what the posting pass finds in the same books is published by the pass.
    """

    def __init__(
        self, limit_per_hour: int = DEAD_LETTERS_PER_HOUR_MAX, remembered_s: float = inf,
        watch: RefusalsWatch | None = None,
    ) -> None:  # fmt: skip
        self.ledgers, self._watch = Ledgers(), watch or RefusalsWatch()
        self._old = OldRows(TABLE, is_old, remembered_s)
        self.high_water: dict[tuple[str, int], int] = {}
        """Offset of the last record seen, by topic and partition: what a run stands on."""
        self._limit = DeadLetterLimit(limit_per_hour)

    def recovered(self, partition: int, store: Store, epoch: int) -> Sequence[Output]:
        self.ledgers.attach(partition, store)
        return ()

    def revoked(self, partition: int) -> None:
        self.ledgers.detach(partition)
        self._limit.revoked(partition)
        self._old.forget(partition)
        self.high_water = {place: offset for place, offset in self.high_water.items() if place[1] != partition}

    def chunk(self, records: Sequence[Incoming], store: Store) -> Sequence[Output]:
        outputs = []
        for record in records:
            try:
                self._booked(record, store)
            except DecodeError as error:
                self._limit.count(record, store)
                self._watch.refused(record, error.reason)
                letter = dead_letters.encode(dead_letters.dead_letter(record, error, lane=LANE))
                outputs.append(Output(DEAD_LETTERS, dead_letters.key_of(record), letter))
            self.high_water[record.topic, record.partition] = record.offset
        self._old.pass_on(records[-1].partition, records[-1].timestamp_ms, store)
        return outputs

    def _booked(self, record: Incoming, store: Store) -> None:
        if record.topic in COMMANDS:
            self.ledgers.commanded(postings.command_of(record), store)
        elif record.topic == ERP_RECEIPTS:
            event, told = postings.receipt_of(record)
            self.ledgers.answered(event, told, record.timestamp_ms, store)
