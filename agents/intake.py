"""Lane intake: canonical JSON of partners to the lane's topics, everything else to dead letters, source by source.

A batch is many messages in one record. Forwarding keeps no state: a record that is read again is forwarded again under
the same ids, and fulfilment knows them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from milepost.agents import batches, ownership, source_pause
from milepost.agents.intake_trace import IntakeTrace
from milepost.codecs import batch, canonical, dead_letters
from milepost.codecs.errors import DecodeError
from milepost.contracts.controls import SourceResumed
from milepost.contracts.events import Event
from milepost.metrics.watches import PartnersWatch
from milepost.runtime import parked
from milepost.runtime.durable.interface import Incoming, Output, Store, record_size_bytes
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import DEAD_LETTERS, SOURCES_PAUSED
from milepost.tables.sources import NEVER, SourceRow, Sources, counted

LANE = "intake"
DEAD_LETTERS_PER_HOUR_MAX = 1000
PARKED_MAX_BYTES = 900_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Intake:
    """Processor of ``partner.events`` and ``sources.paused`` over the table ``sources``.

    ``limit_per_hour`` dead letters of one source within an hour (of the records' own time) pause that source. Each
    partition counts alone, to its share of the limit: a source is paused at the latest when the limit is passed, and
    as early as its share when all of them come in one partition.
    """

    def __init__(
        self, limit_per_hour: int = DEAD_LETTERS_PER_HOUR_MAX, watch: PartnersWatch | None = None,
        trace: IntakeTrace | None = None,
    ) -> None:  # fmt: skip
        self._watch, self._trace = watch or PartnersWatch(), trace or IntakeTrace()
        self.share = max(1, limit_per_hour // PARTITIONS)
        self.counts: Counter[str] = Counter()
        """Records by what became of them: forwarded, parked, or the reason of their dead letter."""
        self._sources = Sources()

    def recovered(self, partition: int, store: Store, epoch: int) -> Sequence[Output]:
        paused = self._sources.load(partition, store)
        self._watch.paused(partition, paused)
        for source in sorted(paused):
            source_pause.log.error("SOURCE STILL PAUSED %s in partition %d", source, partition)
        return ()

    def revoked(self, partition: int) -> None:
        self._sources.forget(partition)
        self._watch.paused(partition, ())

    def chunk(self, records: Sequence[Incoming], store: Store) -> Sequence[Output]:
        outputs: list[Output] = []
        for record in records:
            if record.topic == SOURCES_PAUSED:
                self._told(record, store)
            else:
                outputs += self._taken(record, store)
        return outputs

    def _taken(self, record: Incoming, store: Store) -> Iterable[Output]:
        try:
            if record.value is None:
                raise DecodeError("not_json", "the record has no value")
            event = canonical.decode(record.value)
            if type(event.body) is SourceResumed:
                return self._resumed(record, event.source, event.body, store)
            ownership.check(record, event)
        except DecodeError as error:
            if record.value is not None and batch.is_batch(record.value):
                return self._batch(record, store)
            return self._refused(record, error, store)
        if event.source in self._sources.paused(record.partition) and not self._replayed(record, event.source):
            return self._parked(record, event.source)
        return (self._forwarded(record, event),)

    def _batch(self, record: Incoming, store: Store) -> Iterable[Output]:
        """Each row goes its own way; but a batch with a paused source in it is parked whole, to come back as it was."""
        try:
            rows = batches.rows(record)
        except DecodeError as error:
            return self._refused(record, error, store)
        senders = batches.sources(record, rows)
        paused = self._sources.paused(record.partition)
        for source in dict.fromkeys(senders):
            if source in paused and not self._replayed(record, source):
                return self._parked(record, source)
        outputs: list[Output] = []
        refused: Counter[str] = Counter()
        for row, source in zip(rows, senders, strict=True):
            if row.event is not None:
                outputs.append(self._forwarded(record, row.event))
            elif row.error is not None:
                refused[source] += 1
                outputs.append(self._letter(batches.alone(record, row), row.error, source))
        for source, number in refused.items():
            outputs += self._counted_refusals(record, source, store, number)
        return outputs

    def _forwarded(self, record: Incoming, event: Event) -> Output:
        self.counts["forwarded"] += 1
        self._watch.accepted(record, event.source)
        if event.received_at is None and record.timestamp_ms > 0:
            received_at = _EPOCH + timedelta(milliseconds=record.timestamp_ms)
            event = msgspec.structs.replace(event, received_at=received_at)
        output = Output(ownership.ROUTES[type(event.body)], event.owner.encode(), canonical.encode(event))
        return self._trace.forwarded(record, event, output)

    def _refused(self, record: Incoming, error: DecodeError, store: Store) -> Iterable[Output]:
        source = dead_letters.source_of(record)
        if source in self._sources.paused(record.partition) and not self._replayed(record, source):
            return self._parked(record, source)
        return [self._letter(record, error, source), *self._counted_refusals(record, source, store)]

    def _counted_refusals(self, record: Incoming, source: str, store: Store, number: int = 1) -> Iterable[Output]:
        """Count what was refused of ``source``; tell its pause when that was too much."""
        row = self._counted(record, source, store, number)
        if row.paused and row.tripped_at == record.offset:
            return source_pause.begun(source, row, record, self.share)
        return ()

    def _letter(self, record: Incoming, error: DecodeError, source: str) -> Output:
        self.counts[error.reason] += 1
        self._watch.refused(record, error.reason, source)
        self._trace.refused(record, error.reason, str(error))
        letter = dead_letters.dead_letter(record, error, lane=LANE, source=source)
        return Output(DEAD_LETTERS, dead_letters.key_of(record), dead_letters.encode(letter))

    def _counted(self, record: Incoming, source: str, store: Store, number: int) -> SourceRow:
        before = self._sources.row(record.partition, source)
        row = counted(before, record.offset, record.timestamp_ms, number)
        if row is before:
            return row
        if row.count > self.share:
            cause = source_pause.cause_of(source, row.hour, row.round)
            row = msgspec.structs.replace(row, paused=True, tripped_at=record.offset, cause=cause)
        self._assign(record, source, row, store)
        return row

    def _assign(self, record: Incoming, source: str, row: SourceRow, store: Store) -> None:
        before = self._sources.paused(record.partition)
        self._sources.assign(record.partition, source, row, store)
        if self._sources.paused(record.partition) is not before:
            self._watch.paused(record.partition, self._sources.paused(record.partition))

    def _replayed(self, record: Incoming, source: str) -> bool:
        """Say whether the record came before the pause: it is read again, and takes the way it took the first time."""
        return record.offset <= self._sources.row(record.partition, source).tripped_at

    def _parked(self, record: Incoming, source: str) -> Iterable[Output]:
        size_bytes = record_size_bytes(record.key, record.value, record.headers)
        if size_bytes > PARKED_MAX_BYTES:
            # With our headers it would be over the broker's limit, and no resumption could make it acceptable.
            error = DecodeError("too_large", f"{size_bytes} bytes; at most {PARKED_MAX_BYTES} can be parked")
            return (self._letter(record, error, source),)
        self.counts["parked"] += 1
        self._watch.parked(record, source)
        return (parked.parked(record, source),)

    def _told(self, record: Incoming, store: Store) -> None:
        """Pause here what was paused in another partition. News of a pause that is known, or over, changes nothing."""
        told = source_pause.read(record.value)
        if told is None or not told.paused:
            return
        row = self._sources.row(record.partition, told.source)
        if row.paused or told.round < row.round:
            return
        row = msgspec.structs.replace(row, paused=True, tripped_at=NEVER, cause=told.cause, round=told.round)
        self._assign(record, told.source, row, store)

    def _resumed(self, record: Incoming, sender: str, body: SourceResumed, store: Store) -> Iterable[Output]:
        source = body.source_resumed
        if sender == source:
            raise DecodeError("not_a_partner_event", "a source cannot resume itself", "$.source")
        row = self._sources.row(record.partition, source)
        if record.offset < row.resumed_at:
            return ()
        if record.offset > row.resumed_at:
            row = msgspec.structs.replace(row, count=0, paused=False, round=row.round + 1, resumed_at=record.offset)
            self._assign(record, source, row, store)
        # Read again at the same place, it is told again: the telling may have been lost with the process.
        return source_pause.ended(row, record.partition, body) if row.cause else ()
