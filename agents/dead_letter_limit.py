"""The limit of dead letters on our own topics. Past it the process stops: bad records there are our defect."""

from __future__ import annotations

import msgspec
from milepost.runtime.durable.interface import Incoming, Store
from milepost.tables.sources import NEW, SourceRow, counted

DEAD_LETTERS_PER_HOUR_MAX = 1000

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(SourceRow).decode


class DeadLetterLimitPassed(RuntimeError):
    """Too many records of a topic of our own could not be used: a wrong deployment, to be mended and not drained."""


class DeadLetterLimit:
    """Counts dead letters per source partition and hour of the records' own time.

    With ``table`` the counts are kept in that table of the lane, under the topic's name: a restarted process then stops
    at the next bad record, while without it each start lets another ``limit_per_hour`` pass.
    """

    def __init__(self, limit_per_hour: int = DEAD_LETTERS_PER_HOUR_MAX, table: str = "") -> None:
        self.limit_per_hour = limit_per_hour
        self._table = table
        self._rows: dict[tuple[str, int], SourceRow] = {}

    def count(self, record: Incoming, store: Store) -> None:
        """Count the refusal of ``record``; raise DeadLetterLimitPassed when it is one too many."""
        place = (record.topic, record.partition)
        before = self._rows.get(place) or self._kept(record.topic, store)
        row = counted(before, record.offset, record.timestamp_ms)
        if row.count > self.limit_per_hour:
            where = f"{record.topic}/{record.partition}/{record.offset}"
            raise DeadLetterLimitPassed(f"more than {self.limit_per_hour} dead letters within an hour, last at {where}")
        self._rows[place] = row
        if self._table and row is not before:
            store.put(self._table, record.topic, _encode(row))

    def revoked(self, partition: int) -> None:
        """Forget the counts of a partition that has another owner now."""
        self._rows = {place: row for place, row in self._rows.items() if place[1] != partition}

    def _kept(self, topic: str, store: Store) -> SourceRow:
        kept = store.get(self._table, topic) if self._table else None
        return NEW if kept is None else _decode(kept)
