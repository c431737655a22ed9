"""Lane intake: what partners send, in our own words or in theirs, to the lane's topics; all else to dead letters.

A batch is many messages in one record. Forwarding keeps no state: a record that is read again is forwarded again under
the same ids, and fulfilment knows them. What each topic needs is in its own part; here is who gets what.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from milepost.agents import batches, ownership
from milepost.agents.documents import Documents
from milepost.agents.intake_trace import IntakeTrace
from milepost.agents.links import Links
from milepost.agents.referring import Referring
from milepost.agents.source_gate import DEAD_LETTERS_PER_HOUR_MAX, SourceGate
from milepost.codecs import batch, canonical, dead_letters
from milepost.codecs.errors import DecodeError
from milepost.contracts.controls import SourceResumed
from milepost.contracts.events import Event
from milepost.metrics.watches import PartnersWatch
from milepost.runtime.durable.interface import Incoming, Output, Store
from milepost.runtime.topic_table import (
    ORDERS_TICKS,
    PARTNER_DOCUMENTS,
    PARTNER_EVENTS,
    PARTNER_REFERENCES,
    SOURCES_PAUSED,
)
from milepost.tables import references, sources

SOURCES = (PARTNER_EVENTS, SOURCES_PAUSED, PARTNER_DOCUMENTS, PARTNER_REFERENCES, ORDERS_TICKS)
TABLES = (sources.TABLE, references.TABLE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def merge(table: str, key: str, older: bytes, newer: bytes) -> bytes:
    """Recovery's choice between two rows of one of the lane's tables."""
    choice = sources.merge if table == sources.TABLE else references.merge
    return choice(table, key, older, newer)


def epoch_of(table: str, value: bytes) -> int:
    """Return the epoch of the owner that wrote a row; those of ``sources`` have none."""
    return 0 if table == sources.TABLE else references.epoch_of(table, value)


class Intake:
    """Processor of SOURCES over TABLES: events and batches here, documents, references and the clock in their parts.

    ``limit_per_hour``: dead letters of one source before it is paused. Without ``documents`` no partner is known.
    """

    def __init__(
        self, limit_per_hour: int = DEAD_LETTERS_PER_HOUR_MAX, watch: PartnersWatch | None = None,
        trace: IntakeTrace | None = None, documents: Documents | None = None, referring: Referring | None = None,
    ) -> None:  # fmt: skip
        self._watch, self._trace = watch or PartnersWatch(), trace or IntakeTrace()
        self.gate = SourceGate(limit_per_hour, self._watch, self._trace)
        self._documents = documents or Documents()
        self._referring = referring or Referring()
        self._links = Links()

    @property
    def counts(self) -> Counter[str]:
        return self.gate.counts

    @property
    def share(self) -> int:
        return self.gate.share

    def recovered(self, partition: int, store: Store, epoch: int) -> Sequence[Output]:
        self.gate.recovered(partition, store)
        self._referring.recovered(partition, store, epoch)
        return ()

    def revoked(self, partition: int) -> None:
        self.gate.revoked(partition)
        self._referring.revoked(partition)
        self._links.forget(partition)

    def chunk(self, records: Sequence[Incoming], store: Store) -> Sequence[Output]:
        topic = records[0].topic
        if topic in (PARTNER_REFERENCES, ORDERS_TICKS):
            return self._referring.chunk(records, store)
        outputs: list[Output] = []
        for record in records:
            if topic == SOURCES_PAUSED:
                self.gate.told(record, store)
            elif topic == PARTNER_DOCUMENTS:
                outputs += self._documents.taken(record, self.gate, store)
            else:
                outputs += self._taken(record, store)
        return outputs

    def _taken(self, record: Incoming, store: Store) -> Iterable[Output]:
        try:
            if record.value is None:
                raise DecodeError("not_json", "the record has no value")
            event = canonical.decode(record.value)
            if type(event.body) is SourceResumed:
                return self.gate.resumed(record, event.source, event.body, store)
            ownership.check(record, event)
        except DecodeError as error:
            if record.value is not None and batch.is_batch(record.value):
                return self._batch(record, store)
            return self.gate.refused(record, error, dead_letters.source_of(record), store)
        if self.gate.shut(record, event.source):
            return self.gate.parked(record, event.source)
        return self._forwarded(record, event)

    def _batch(self, record: Incoming, store: Store) -> Iterable[Output]:
        """Each row goes its own way; but a batch with a paused source in it is parked whole, to come back as it was."""
        try:
            rows = batches.rows(record)
        except DecodeError as error:
            return self.gate.refused(record, error, dead_letters.source_of(record), store)
        senders = batches.sources(record, rows)
        for source in dict.fromkeys(senders):
            if self.gate.shut(record, source):
                return self.gate.parked(record, source)
        outputs: list[Output] = []
        refused: Counter[str] = Counter()
        for row, source in zip(rows, senders, strict=True):
            if row.event is not None:
                outputs += self._forwarded(record, row.event)
            elif row.error is not None:
                refused[source] += 1
                outputs.append(self.gate.letter(batches.alone(record, row), row.error, source))
        for source, number in refused.items():
            outputs += self.gate.refusals(record, source, store, number)
        return outputs

    def _forwarded(self, record: Incoming, event: Event) -> list[Output]:
        """Send an event on, with what it teaches of native ids."""
        self.gate.counts["forwarded"] += 1
        self._watch.accepted(record, event.source)
        if event.received_at is None and record.timestamp_ms > 0:
            received_at = _EPOCH + timedelta(milliseconds=record.timestamp_ms)
            event = msgspec.structs.replace(event, received_at=received_at)
        output = Output(ownership.ROUTES[type(event.body)], event.owner.encode(), canonical.encode(event))
        return [self._trace.forwarded(record, event, output), *self._links.taught(record.partition, event)]
