"""Writes the tables' changes to their changelogs, and notices when somebody else wrote there too.

We know at which offset our next write belongs. When one is acknowledged elsewhere, the records in between are foreign
(of a former owner that does not know it is one): their keys are written again, so that the good record is the last and
compaction keeps it. Until that is acknowledged nothing that depends on it is published.

The one that does not know it is a former owner may be us: then the foreign records are our successor's, and to write
over them would undo what it has committed. So the group is asked first.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping

from milepost.runtime.durable.interface import Stats
from milepost.runtime.durable.reader import LogReader
from milepost.runtime.durable.store import Changes, PartitionStore, key_from_bytes, key_to_bytes
from milepost.runtime.durable.writer import NO_HEADERS, NO_OFFSET, Ack, Record, Writer

log = logging.getLogger(__name__)

_MEND_ROUNDS = 10
"""A foreign writer that answers every rewrite is no straggler; the process must not wrestle with it for ever."""


class ForeignWriterError(Exception):
    """Somebody else keeps writing to a changelog of ours, or rightly writes to one that was."""


class Changelog:
    def __init__(
        self,
        topics: Mapping[str, str],
        stores: Mapping[int, PartitionStore],
        writer: Writer,
        new_reader: Callable[[], LogReader],
        stats: Stats,
        owner: Callable[[], Awaitable[bool]],
    ) -> None:
        """`owner` asks the broker whether the group still counts us a member of our generation."""
        self._topics = topics
        """table -> changelog topic"""
        self._tables = {topic: table for table, topic in topics.items()}
        self._stores = stores
        self._writer = writer
        self._new_reader = new_reader
        self._stats = stats
        self._owner = owner

    async def write(self, changes: Mapping[int, Changes]) -> None:
        """Write the changes of each partition; acknowledged, and last in the log, when this returns."""
        for _ in range(_MEND_ROUNDS):
            acks = await self._writer.write(self._records(changes))
            foreign = self._foreign_spans(acks)
            if not foreign:
                return
            if not await self._owner():
                raise ForeignWriterError(f"the group has moved on, and its new owner writes to {sorted(foreign)}")
            changes = await self._overwritten(foreign)
        raise ForeignWriterError(f"another process keeps writing to {sorted(foreign)}")

    def _records(self, changes: Mapping[int, Changes]) -> dict[tuple[str, int], list[Record]]:
        records: dict[tuple[str, int], list[Record]] = {}
        for partition, pairs in changes.items():
            for (table, key), value in pairs.items():
                records.setdefault((self._topics[table], partition), []).append((key_to_bytes(key), value, NO_HEADERS))
            self._stats.changelog_writes += len(pairs)
        return records

    def _foreign_spans(self, acks: list[Ack]) -> dict[tuple[str, int], tuple[int, int]]:
        spans: dict[tuple[str, int], tuple[int, int]] = {}
        for ack in acks:
            store = self._stores[ack.partition]
            table = self._tables[ack.topic]
            expected = store.next_offset[table]
            offset = expected if ack.base_offset == NO_OFFSET else ack.base_offset
            if offset != expected:
                # Before what we expect, the log was cut: everything of it is in doubt, so all of it is read again.
                start = expected if offset > expected else 0
                spans.setdefault((ack.topic, ack.partition), (start, offset))
                spans[ack.topic, ack.partition] = (spans[ack.topic, ack.partition][0], offset)
            store.next_offset[table] = offset + ack.records
        return spans

    async def _overwritten(self, spans: Mapping[tuple[str, int], tuple[int, int]]) -> dict[int, Changes]:
        """What we hold for each key written by somebody else within the spans; all we hold where the log was cut."""
        changes: dict[int, Changes] = {}
        async with self._new_reader() as reader:
            async for (topic, partition), records, _ in reader.read(spans):
                table, store = self._tables[topic], self._stores[partition]
                for record in records:
                    key = key_from_bytes(record.key or b"")
                    changes.setdefault(partition, {})[table, key] = store.get(table, key)
                self._stats.foreign_writes += len(records)
                log.error("%d foreign records in %s[%d], their keys are written again", len(records), topic, partition)
        for (topic, partition), (start, _) in spans.items():
            if start == 0:
                table, store = self._tables[topic], self._stores[partition]
                changes.setdefault(partition, {}).update(((table, key), value) for key, value in store.items(table))
        return changes
