"""Whether a source may pass, for everything lane intake takes in: dead letters are counted, and too many pause it.

Topics are counted apart, for offsets of two topics do not compare; a source that is paused is paused for both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec
from milepost.agents import source_pause
from milepost.agents.intake_trace import IntakeTrace
from milepost.codecs import dead_letters
from milepost.codecs.errors import DecodeError
from milepost.contracts.controls import SourceResumed
from milepost.contracts.reports import DeadLetter
from milepost.metrics.watches import PartnersWatch
from milepost.runtime import parked
from milepost.runtime.durable.interface import Incoming, Output, Store, record_size_bytes
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import DEAD_LETTERS, PARTNER_DOCUMENTS, PARTNER_EVENTS
from milepost.tables.sources import NEVER, SourceRow, Sources, counted

LANE = "intake"
DEAD_LETTERS_PER_HOUR_MAX = 1000
COUNTED = (PARTNER_EVENTS, PARTNER_DOCUMENTS)


class SourceGate:
    """Over the table ``sources``.

    ``limit_per_hour`` dead letters of one source within an hour (of the records' own time) pause that source. Each
    partition counts alone, to its share of the limit: a source is paused at the latest when the limit is passed, and
    as early as its share when all of them come in one partition.
    """

    def __init__(self, limit_per_hour: int, watch: PartnersWatch, trace: IntakeTrace) -> None:
        self._watch, self._trace = watch, trace
        self.share = max(1, limit_per_hour // PARTITIONS)
        self.counts: Counter[str] = Counter()
        """Records by what became of them: forwarded, parked, or the reason of their dead letter."""
        self._sources = Sources()

    def recovered(self, partition: int, store: Store) -> None:
        self._sources.load(partition, store)
        paused = self._paused(partition)
        self._watch.paused(partition, paused)
        for source in sorted(paused):
            source_pause.log.error("SOURCE STILL PAUSED %s in partition %d", source, partition)

    def revoked(self, partition: int) -> None:
        self._sources.forget(partition)
        self._watch.paused(partition, ())

    def shut(self, record: Incoming, source: str) -> bool:
        """Say whether ``source`` is paused for ``record``. One that came before the pause and is read again takes the
        way it took the first time."""
        paused = self._sources.paused(record.partition)
        if not paused or (source not in paused and _name(PARTNER_DOCUMENTS, source) not in paused):
            return False
        return record.offset > self._sources.row(record.partition, _name(record.topic, source)).tripped_at

    def parked(self, record: Incoming, source: str) -> Iterable[Output]:
        size_bytes = record_size_bytes(record.key, record.value, record.headers)
        if size_bytes > parked.PARKED_MAX_BYTES:
            # With our headers it would be over the broker's limit, and no resumption could make it acceptable.
            error = DecodeError("too_large", f"{size_bytes} bytes; at most {parked.PARKED_MAX_BYTES} can be parked")
            return (self.letter(record, error, source),)
        self.counts["parked"] += 1
        self._watch.parked(record, source)
        return (parked.parked(record, source),)

    def refused(self, record: Incoming, error: DecodeError, source: str, store: Store) -> Iterable[Output]:
        """Return the dead letter of a record, and the pause if it is one too many; a paused source's is parked."""
        if self.shut(record, source):
            return self.parked(record, source)
        return [self.letter(record, error, source), *self.refusals(record, source, store)]

    def letter(self, record: Incoming, error: DecodeError, source: str, letter: DeadLetter | None = None) -> Output:
        """Return the dead letter; ``letter``: where more is known than the record says."""
        self.counts[error.reason] += 1
        self._watch.refused(record, error.reason, source)
        self._trace.refused(record, error.reason, str(error))
        letter = letter or dead_letters.dead_letter(record, error, lane=LANE, source=source)
        return Output(DEAD_LETTERS, dead_letters.key_of(record), dead_letters.encode(letter))

    def refusals(self, record: Incoming, source: str, store: Store, number: int = 1) -> Iterable[Output]:
        """Count what was refused of ``source``; tell its pause when that was too much."""
        row = self._counted(record, source, store, number)
        if row.paused and row.tripped_at == record.offset:
            return source_pause.begun(source, row, record, self.share)
        return ()

    def _counted(self, record: Incoming, source: str, store: Store, number: int) -> SourceRow:
        name = _name(record.topic, source)
        before = self._sources.row(record.partition, name)
        row = counted(before, record.offset, record.timestamp_ms, number)
        if row is before:
            return row
        if row.count > self.share:
            round_ = self._sources.row(record.partition, source).round
            cause = source_pause.cause_of(source, row.hour, round_)
            row = msgspec.structs.replace(row, paused=True, tripped_at=record.offset, cause=cause, round=round_)
        self._assign(record.partition, name, row, store)
        return row

    def _assign(self, partition: int, name: str, row: SourceRow, store: Store) -> None:
        before = self._sources.paused(partition)
        self._sources.assign(partition, name, row, store)
        if self._sources.paused(partition) is not before:
            self._watch.paused(partition, self._paused(partition))

    def _paused(self, partition: int) -> set[str]:
        return {name.removeprefix(_name(PARTNER_DOCUMENTS, "")) for name in self._sources.paused(partition)}

    def told(self, record: Incoming, store: Store) -> None:
        """Pause here what was paused in another partition. News of a pause that is known, or over, changes nothing."""
        told = source_pause.read(record.value)
        if told is None or not told.paused:
            return
        row = self._sources.row(record.partition, told.source)
        if row.paused or told.round < row.round:
            return
        row = msgspec.structs.replace(row, paused=True, tripped_at=NEVER, cause=told.cause, round=told.round)
        self._assign(record.partition, told.source, row, store)

    def resumed(self, record: Incoming, sender: str, body: SourceResumed, store: Store) -> Iterable[Output]:
        source = body.source_resumed
        if sender == source:
            raise DecodeError("not_a_partner_event", "a source cannot resume itself", "$.source")
        first = self._sources.row(record.partition, source)
        if record.offset < first.resumed_at:
            return ()
        outputs: list[Output] = []
        for topic in COUNTED:
            name = _name(topic, source)
            row = self._sources.row(record.partition, name)
            if record.offset > row.resumed_at and (topic == PARTNER_EVENTS or row.paused):
                changes = {"count": 0, "paused": False, "round": first.round + 1, "resumed_at": record.offset}
                row = msgspec.structs.replace(row, **changes)
                self._assign(record.partition, name, row, store)
            # Read again at the same place, it is told again: the telling may have been lost with the process.
            if row.cause and row.resumed_at == record.offset:
                outputs += source_pause.ended(row, record.partition, body)
        return outputs


def _name(topic: str, source: str) -> str:
    """Return the name of a source's row: of events the source itself."""
    return source if topic == PARTNER_EVENTS else f"{topic}/{source}"
