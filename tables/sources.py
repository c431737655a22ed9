"""Table ``sources``: per partition and source, how many dead letters this hour, and whether the source is paused."""

from __future__ import annotations

import msgspec
from milepost.tables.command_log import Rows

TABLE = "sources"
SOURCES_MAX = 1000  # rows per partition; a sender that invents names must not fill the table
HOUR_MS = 3_600_000
NEVER = -1


class SourceRow(msgspec.Struct, array_like=True, frozen=True):
    """What is known of one source in one partition.

    ``counted_to`` is the offset of the last refused record that was counted: a replay does not count it again.
    ``tripped_at`` is the offset whose refusal paused the source here, NEVER if another partition did. ``round`` counts
    the resumptions, so that late news of a pause that is over does not pause again; ``resumed_at`` is the offset of the
    last one.
    """

    hour: int = 0
    count: int = 0
    counted_to: int = NEVER
    paused: bool = False
    tripped_at: int = NEVER
    cause: str = ""
    round: int = 0
    resumed_at: int = NEVER


NEW = SourceRow()
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(SourceRow).decode


def merge(table: str, key: str, older: bytes, newer: bytes) -> bytes:
    """Recovery's choice between two rows: that of the later resumption, then of the later record, then the pause.

    Within a round a source is only ever paused, so the paused one of two equals is the later.
    """
    return newer if _age(_decode(newer)) >= _age(_decode(older)) else older


def _age(row: SourceRow) -> tuple[int, int, bool]:
    return row.round, row.counted_to, row.paused


def replaced_places(value: bytes) -> bytes:
    """Return a row for topics whose offsets begin anew: what was counted, paused or resumed lies before them all."""
    row = _decode(value)
    tripped_at = NEVER if row.tripped_at == NEVER else 0
    return _encode(msgspec.structs.replace(row, counted_to=NEVER, tripped_at=tripped_at, resumed_at=NEVER))


class Sources:
    """The rows of all owned partitions, read from memory and assigned here only."""

    def __init__(self) -> None:
        self._rows: dict[int, dict[str, SourceRow]] = {}
        self._paused: dict[int, frozenset[str]] = {}

    def load(self, partition: int, store: Rows) -> frozenset[str]:
        """Read a partition's rows; the sources that are paused in it."""
        self._rows[partition] = {source: _decode(value) for source, value in store.items(TABLE)}
        return self._recount(partition)

    def forget(self, partition: int) -> None:
        self._rows.pop(partition, None)
        self._paused.pop(partition, None)

    def paused(self, partition: int) -> frozenset[str]:
        """The sources paused in a partition; asked for every record, so it is kept ready."""
        return self._paused.get(partition, frozenset())

    def row(self, partition: int, source: str) -> SourceRow:
        return self._rows.get(partition, {}).get(source, NEW)

    def assign(self, partition: int, source: str, row: SourceRow, store: Rows) -> None:
        """Set one row, forgetting the stalest unpaused one when the table is full."""
        rows = self._rows.setdefault(partition, {})
        if source not in rows and len(rows) >= SOURCES_MAX:
            self._evict(rows, store)
        before = rows.get(source, NEW)
        rows[source] = row
        store.put(TABLE, source, _encode(row))
        if before.paused != row.paused:
            self._recount(partition)

    def _recount(self, partition: int) -> frozenset[str]:
        paused = frozenset(source for source, row in self._rows[partition].items() if row.paused)
        self._paused[partition] = paused
        return paused

    @staticmethod
    def _evict(rows: dict[str, SourceRow], store: Rows) -> None:
        free = [source for source, row in rows.items() if not row.paused]
        if free:
            stalest = min(free, key=lambda source: (rows[source].hour, source))
            del rows[stalest]
            store.put(TABLE, stalest, None)


def counted(row: SourceRow, offset: int, timestamp_ms: int, number: int = 1) -> SourceRow:
    """Return the row after one more refused record, or ``number`` refused rows of one record that is a batch; the same
    row when that record was counted before.

    Hours are those of the records. A record from an earlier hour counts into the current one: clocks that jump back
    must not reset the count.
    """
    if offset <= row.counted_to:
        return row
    hour = timestamp_ms // HOUR_MS
    if hour > row.hour:
        return msgspec.structs.replace(row, hour=hour, count=number, counted_to=offset)
    return msgspec.structs.replace(row, count=row.count + number, counted_to=offset)
