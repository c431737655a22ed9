"""Processor part of ``partner.references``: links and milestones by native id, each told to all whom it concerns.

A record is told once; read again at the same place, which happens only when its offset was never committed, it is told
again under the same ids. A duplicate at another place says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from milepost.agents import referring_clock as clock
from milepost.agents import referring_told as told
from milepost.agents import referring_turned as turning
from milepost.agents.referring_rows import ChunkRows
from milepost.codecs import canonical, dead_letters, refusals
from milepost.codecs.errors import DecodeError
from milepost.contracts.references import SNAPSHOT, Asked, Counted, Linked, Pointed, Referred, Settled, Turned
from milepost.metrics.watches import ReferencesWatch
from milepost.runtime.durable.interface import Incoming, Output, Store
from milepost.runtime.partitioner import partition_of
from milepost.runtime.topic_kinds import DAY_S, PARTITIONS
from milepost.runtime.topic_table import DEAD_LETTERS, ORDERS_TICKS
from milepost.tables import references as rows
from milepost.tables import references_told as progress
from milepost.tables import snapshots
from milepost.tables.old_rows import OldRows
from milepost.tables.references import TABLE, Kept, Row

LANE = "intake"
ORPHAN_AFTER_S = 3 * DAY_S
REMEMBERED_S = 430 * DAY_S

_decode = msgspec.json.Decoder(Referred).decode


class Referring:
    """Over the table ``references``. ``orphan_after_s``: how long a milestone may wait for what its id means, by the
    clock of ``orders.ticks``; ``remembered_s``: how long a reference is kept that nobody uses."""

    def __init__(
        self, orphan_after_s: float = ORPHAN_AFTER_S, remembered_s: float = REMEMBERED_S,
        watch: ReferencesWatch | None = None,
    ) -> None:  # fmt: skip
        self._clock = clock.Clock(orphan_after_s)
        self._watch = watch or ReferencesWatch()
        self._old = OldRows(TABLE, rows.unused_since, remembered_s)
        self._epochs: dict[int, int] = {}

    def recovered(self, partition: int, store: Store, epoch: int) -> None:
        self._epochs[partition] = epoch
        for key, value in store.items(TABLE):
            one = rows.head(value)
            self._clock.noted(partition, key, one)
            if one.due_ms:
                self._watched(partition, key, rows.decode(value))

    def revoked(self, partition: int) -> None:
        self._clock.forget(partition)
        self._old.forget(partition)
        self._epochs.pop(partition, None)
        self._watch.revoked(partition)

    def chunk(self, records: Sequence[Incoming], store: Store) -> list[Output]:
        """Take in records of one partition of ``partner.references``, or ticks."""
        if records[0].topic == ORDERS_TICKS:
            return [output for record in records for output in self._tick(record, store)]
        work = ChunkRows(store)
        outputs: list[Output] = []
        for record in records:
            try:
                key, said = _said(record)
                outputs += self._taken(record, key, said, work)
            except DecodeError as error:
                outputs.append(letter(record, error))
        for key, row in work.changed.items():
            self._put(records[0].partition, key, row, store)
        self._old.pass_on(records[0].partition, records[-1].timestamp_ms, store)
        return outputs

    def _taken(self, record: Incoming, key: str, said: Referred, work: ChunkRows) -> list[Output]:
        if isinstance(said, Counted):
            return self._counted(record, said, work)
        row = work.row(key, said.reference)
        match said:
            case Linked():
                if not rows.knows(row, said):
                    work.make_sure(key, rows.room_for(said))
                outputs, news = self._linked(record, said, row)
            case Pointed():
                work.make_sure(key, len(record.value or b""))
                outputs, news = self._pointed(record, said, row)
            case Turned():
                work.make_sure(key, len(record.value or b""))
                outputs, news = turning.heard_of(record, said, row)
            case Settled():
                outputs, news = [], _settled(row, said)
            case Asked():
                outputs, news = turning.answered(said, row), False
        if row.closed_at == record.offset or (row.orphan and row.phase == rows.RAISED and not row.waiting()):
            row.closed_at, row.phase, news = record.offset, rows.QUIET, True
            outputs.append(told.closed(key, row))
        if news or row.used_ms < record.timestamp_ms - DAY_S * 1000:
            row.used_ms = max(row.used_ms, record.timestamp_ms)
            work.changed[key] = row
        return outputs

    def _linked(self, record: Incoming, said: Linked, row: Row) -> tuple[list[Output], bool]:
        news = rows.linked(row, said)
        if not news:
            return turning.again(record, row), False
        if not row.number:  # nobody was told anything by way of it, as of most ids
            return [], True
        outputs = turning.turned(record, said, row, self._clock.now_ms(record.partition))
        if late := progress.behind(row):
            milestones = told.in_order(row, row.kept)
            for key in late:
                meant, target = row.targets[key], rows.target_of(key)
                outputs += told.bundle((pair for pair in milestones if pair[1].number > meant.upto), target)
                if not meant.upto:
                    outputs += turning.words(row, target)
                progress.told_at(row, meant, record.offset)
        return outputs, True

    def _pointed(self, record: Incoming, said: Pointed, row: Row) -> tuple[list[Output], bool]:
        if itself := told.itself(said):
            return [itself], False
        name = said.message, said.ordinal
        known = next((one for one in row.kept if one.name == name), None)
        news = known is None or progress.came_by(row, known, said.via, record.offset)
        if known is None:
            known = self._kept(record, said, row)
        if record.offset != dict(known.ways).get(said.via, known.place):
            return [], False
        outputs: list[Output] = []
        milestones = told.in_order(row, [known])
        for key in row.standing():
            meant, target = row.targets[key], rows.target_of(key)
            outputs += told.bundle(milestones, target, said.via)
            if not (meant.upto and news):  # its first, or read again after a crash
                outputs += turning.words(row, target)
            meant.upto = row.number
        return outputs, news

    def _kept(self, record: Incoming, said: Pointed, row: Row) -> Kept:
        event = canonical.encode(said.event)
        one = Kept(
            row.number + 1, said.message, said.ordinal, said.hops, event, record.offset,
            self._clock.now_ms(record.partition), (said.message, said.ordinal) in row.settled,
            tuple((other.kind, other.issuer, other.value) for other in said.also), said.via,
        )  # fmt: skip
        if not progress.make_room(row, one):
            raise DecodeError("too_large", f"{said.reference.key:.80}: {len(row.kept)} milestones wait already")
        row.number += 1
        row.kept.append(one)
        return one

    def _counted(self, record: Incoming, said: Counted, work: ChunkRows) -> list[Output]:
        row = work.snapshot(said.snapshot)
        totals: dict[str, int] = {}
        for line in getattr(said.event.body, "lines", ()):
            totals[line.line] = totals.get(line.line, 0) + line.quantity
        before = dict(row.high)
        steps = snapshots.counted(row, totals, record.offset)
        if row.high != before:
            row.used_ms = max(row.used_ms, record.timestamp_ms)
            work.changed[said.snapshot] = row
        return [told.increase(said, step) for step in steps] if said.told else []

    def _tick(self, record: Incoming, store: Store) -> list[Output]:
        outputs: list[Output] = []
        looked_at = self._clock.ticked(record)
        self._watch.ticked(record.partition, self._clock.now_ms(record.partition))
        for key in looked_at:
            value = store.get(TABLE, key)
            if value is None:
                continue
            row = rows.decode(value)
            if row.ticked_at != record.offset:
                self._clock.looked_at(record, key, row)
                self._put(record.partition, key, row, store)
            if row.ticked_at == record.offset:
                outputs += told.overdue(record.partition, key, row)
        return outputs

    def _put(self, partition: int, key: str, row: Row | snapshots.Snapshot, store: Store) -> None:
        row.epoch, row.version = self._epochs.get(partition, 0), row.version + 1
        if isinstance(row, snapshots.Snapshot):
            store.put(TABLE, key, snapshots.encode(row))
            return
        row.due_ms = self._clock.due_ms(row)
        store.put(TABLE, key, rows.encode(row))
        self._clock.noted(partition, key, rows.Head(row.schema, row.epoch, row.version, row.used_ms, row.due_ms))
        self._watched(partition, key, row)

    def _watched(self, partition: int, key: str, row: Row) -> None:
        waiting = row.waiting() if row.kept and row.phase != rows.EXPIRED else []
        since_ms = min([one.since_ms for one in waiting], default=0)
        self._watch.waits(partition, key, len(waiting), since_ms, row.phase == rows.RAISED)


def _said(record: Incoming) -> tuple[str, Referred]:
    """Return the row's key and what is said; DecodeError where it is none of ours, or lies where its key does not."""
    try:
        said: Referred = _decode(record.value or b"")
    except (msgspec.MsgspecError, UnicodeError, RecursionError, OverflowError) as error:
        raise refusals.of(record.value or b"", error) from None
    key = said.snapshot if isinstance(said, Counted) else said.reference.key
    if isinstance(said, Counted) != key.startswith(SNAPSHOT):
        raise DecodeError("wrong_key", f"{key!r:.80} is no name of a snapshot", "$.snapshot")
    if record.key != key.encode() or partition_of(record.key, PARTITIONS) != record.partition:
        raise DecodeError("wrong_key", f"the record does not lie where {key!r:.80} belongs")
    return key, said


def _settled(row: Row, said: Settled) -> bool:
    """Note that a milestone was told elsewhere; say whether that is news."""
    name = said.message, said.ordinal
    for one in row.kept:
        if one.name == name:
            news, one.told = not one.told, True
            return news
    if name in row.settled:
        return False
    row.settled = [*row.settled, name][-rows.SETTLED_MAX :]
    return True


def letter(record: Incoming, error: DecodeError) -> Output:
    made = dead_letters.dead_letter(record, error, lane=LANE)
    return Output(DEAD_LETTERS, dead_letters.key_of(record), dead_letters.encode(made))
