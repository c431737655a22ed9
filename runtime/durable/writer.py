"""Batched produce: records packed into the client's batches, one future per batch, each awaited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from itertools import zip_longest
from typing import Any, NamedTuple

from milepost.runtime.durable.interface import Output
from milepost.runtime.partitioner import partition_of

Record = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]
"""(key, value, headers)"""

NO_HEADERS: list[tuple[str, bytes]] = []

NO_OFFSET = -1
"""The broker no longer knows where a repeated batch was stored."""


class Ack(NamedTuple):
    topic: str
    partition: int
    base_offset: int
    """Of the first record of the batch, or NO_OFFSET."""
    records: int


class Writer:
    """Writes through the idempotent producer of the app; order per partition is the order given."""

    def __init__(self, producer: Any) -> None:
        self._producer = producer
        self._partitions: dict[str, int] = {}

    async def write(self, records: Mapping[tuple[str, int], Iterable[Record]]) -> list[Ack]:
        """Write all and return when the broker has acknowledged all. Any refusal is raised."""
        packed = [[(at, batch) for batch in self._pack(content)] for at, content in records.items()]
        sent: list[tuple[tuple[str, int], int, Any]] = []
        # The client holds one unsent batch per partition: first batches of all partitions go first, so none waits long.
        for wave in zip_longest(*packed):
            for step in wave:
                if step is not None:
                    at, batch = step
                    future = await self._producer.send_batch(batch, at[0], partition=at[1])
                    sent.append((at, batch.record_count(), future))
        metadata = await asyncio.gather(*(future for _, _, future in sent))
        return [
            Ack(at[0], at[1], NO_OFFSET if meta is None else meta.offset, count)
            for (at, count, _), meta in zip(sent, metadata, strict=True)
        ]

    async def publish(self, outputs: Iterable[Output]) -> None:
        grouped: dict[tuple[str, int], list[Record]] = {}
        for topic, key, value, partition, headers in outputs:
            if partition is None:
                partition = partition_of(key, self._partitions.get(topic) or await self._count(topic))
            records = grouped.get((topic, partition))
            if records is None:
                records = grouped[topic, partition] = []
            records.append((key, value, list(headers) if headers else NO_HEADERS))
        await self.write(grouped)

    async def _count(self, topic: str) -> int:
        found = await self._producer.partitions_for(topic)
        self._partitions[topic] = len(found)
        return len(found)

    def _pack(self, records: Iterable[Record]) -> list[Any]:
        now_ms = int(time.time() * 1000)
        batch = self._producer.create_batch()
        batches = [batch]
        append, count = batch._builder.append, 0  # past a layer of the client that checks types for every record
        for key, value, headers in records:
            if append(count, now_ms, key, value, headers) is None:  # full
                batch._relative_offset = count
                batch = self._producer.create_batch()
                batches.append(batch)
                append, count = batch._builder.append, 0
                append(count, now_ms, key, value, headers)
            count += 1
        batch._relative_offset = count
        for full in batches:
            full.close()
        return batches
