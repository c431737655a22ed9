"""Lane intake: what partners send, in our own words or in theirs, to the lane's topics; all else to dead letters.

A batch is many messages in one record. Forwarding keeps no state: a record that is read again is forwarded again under
the same ids, and fulfilment knows them. What each topic needs is in its own part; here is who gets what.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from milepost.agents import batches, ownership, people, roles
from milepost.agents.behind_letters import BehindLetters
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
from milepost.runtime.setting_kinds import Secret
from milepost.runtime.topic_table import (
    DEAD_LETTERS_ACTS,
    ORDERS_TICKS,
    PARTNER_DOCUMENTS,
    PARTNER_EVENTS,
    PARTNER_REFERENCES,
    SOURCES_PAUSED,
)
from milepost.tables import references, sources, waiting

SOURCES = (PARTNER_EVENTS, SOURCES_PAUSED, PARTNER_DOCUMENTS, PARTNER_REFERENCES, ORDERS_TICKS, DEAD_LETTERS_ACTS)
TABLES = (sources.TABLE, references.TABLE, waiting.TABLE)
_MERGES = {sources.TABLE: sources.merge, references.TABLE: references.merge, waiting.TABLE: waiting.merge}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def merge(table: str, key: str, older: bytes, newer: bytes) -> bytes:
    """Recovery's choice between two rows of one of the lane's tables."""
    return _MERGES[table](table, key, older, newer)


def epoch_of(table: str, value: bytes) -> int:
    """Return the epoch of the owner that wrote a row; only those of ``references`` have one."""
    return references.epoch_of(table, value) if table == references.TABLE else 0


class Intake:
    """Processor of SOURCES over TABLES: events and batches here, documents, references and the clock in their parts.

    ``limit_per_hour``: dead letters of one source before it is paused. Without ``documents`` no partner is known.
    ``desk``: the key by which people's words are signed; without one they are taken from anybody.
    """

    def __init__(
        self, limit_per_hour: int = DEAD_LETTERS_PER_HOUR_MAX, watch: PartnersWatch | None = None,
        trace: IntakeTrace | None = None, documents: Documents | None = None, referring: Referring | None = None,
        behind: BehindLetters | None = None, may_say: roles.Roles | None = None, desk: Secret = people.NO_KEY,
    ) -> None:  # fmt: skip
        self._watch, self._trace = watch or PartnersWatch(), trace or IntakeTrace()
        self.gate = SourceGate(limit_per_hour, self._watch, self._trace)
        self._documents = documents or Documents()
        self._referring = referring or Referring()
        self._links = Links()
        self._behind = behind or BehindLetters()
        self._roles, self._desk = may_say or {}, desk

    @property
    def counts(self) -> Counter[str]:
        return self.gate.counts

    @property
    def share(self) -> int:
        return self.gate.share

    def recovered(self, partition: int, store: Store, epoch: int) -> Sequence[Output]:
        self.gate.recovered(partition, store)
        self._behind.recovered(partition, store)
        self._referring.recovered(partition, store, epoch)
        return ()

    def revoked(self, partition: int) -> None:
        self.gate.revoked(partition)
        self._behind.revoked(partition)
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
            elif topic == DEAD_LETTERS_ACTS:
                self._behind.told(record, store)
            elif self._behind.holds(record) and self._behind.fits(record):
                self.gate.counts["waiting"] += 1
                outputs += self._behind.held(record, store)
            else:
                outputs += self._taken(record, store)
        return outputs

    def _taken(self, record: Incoming, store: Store) -> Iterable[Output]:
        try:
            if record.value is None:
                raise DecodeError("not_json", "the record has no value")
            event = canonical.decode(record.value)
            people.check(record, event, self._desk)
            if type(event.body) is SourceResumed:
                return self.gate.resumed(record, event.source, event.body, store)
            ownership.check(record, event)
            roles.check(event, self._roles)
        except DecodeError as error:
            if record.value is not None and batch.is_batch(record.value):
                return self._batch(record, store)
            source = dead_letters.source_of(record)
            shut = self.gate.shut(record, source)
            self._behind.refused(record, error, source, store, shut=shut)
            outputs = [*self.gate.refused(record, error, source, store)]
            return outputs if shut else outputs + roles.shown(record, error, record.value or b"", source)
        shut = self.gate.shut(record, event.source)
        self._behind.taken(record, store, shut=shut)
        if shut:
            return self.gate.parked(record, event.source)
        return self._forwarded(record, event)

    def _batch(self, record: Incoming, store: Store) -> Iterable[Output]:
        """Each row goes its own way; but a batch with a paused source in it is parked whole, to come back as it was."""
        try:
            rows = batches.rows(record, self._roles, self._desk)
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
                alone = batches.alone(record, row, first=not refused)
                refused[source] += 1
                outputs.append(self.gate.letter(alone, row.error, source))
                outputs += roles.shown(record, row.error, row.value, source)
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
