"""Reads changelog partitions without a group: from an offset up to an end, where the position decides.

Waiting for the record at end - 1 would hang for ever: transaction markers, aborted transactions and compacted records
are offsets without a record. The end is the uncommitted high watermark, since an open transaction of somebody else
hides our own later records from the last stable offset; the read itself is read_committed and waits that one out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import READ_COMMITTED
from milepost.runtime import kafka_access
from milepost.runtime.durable.cures import cure_fetch
from milepost.runtime.durable.interface import Tuning

Partition = tuple[str, int]

_POLL_MS = 500
_POLL_RECORDS = 5000


class LogReader:
    """A group-less consumer; use as `async with`. May be cancelled at any await."""

    def __init__(self, bootstrap: str, client_id: str) -> None:
        self._consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            client_id=client_id,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_uncommitted",
            fetch_max_wait_ms=100,
            max_partition_fetch_bytes=8 * 1024 * 1024,
            **kafka_access.options(),
        )

    async def __aenter__(self) -> LogReader:
        await self._consumer.start()
        cure_fetch(self._consumer._fetcher, Tuning(fetch_pace_s=0))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def bounds(self, partitions: Iterable[Partition]) -> dict[Partition, tuple[int, int]]:
        """(first offset, high watermark) of each partition; only before read()."""
        wanted = [TopicPartition(*at) for at in partitions]
        if not wanted:
            return {}
        begins = await self._consumer.beginning_offsets(wanted)
        ends = await self._consumer.end_offsets(wanted)
        return {(at.topic, at.partition): (begins[at], ends[at]) for at in wanted}

    async def read(self, spans: Mapping[Partition, tuple[int, int]]) -> AsyncIterator[tuple[Partition, list[Any], int]]:
        """Records of each partition's [start, end), batch by batch, with the position reached after the batch."""
        left = {TopicPartition(*at): end for at, (start, end) in spans.items() if start < end}
        if not left:
            return
        # Bounds were read uncommitted, records must not be: the fetcher takes the level with each request.
        self._consumer._fetcher._isolation_level = READ_COMMITTED
        self._consumer.assign(list(left))
        for at in left:
            self._consumer.seek(at, spans[at.topic, at.partition][0])
        while left:
            fetched = await self._consumer.getmany(*left, timeout_ms=_POLL_MS, max_records=_POLL_RECORDS)
            for at in list(left):
                position = await self._consumer.position(at)
                if at in fetched:
                    yield (at.topic, at.partition), fetched[at], position
                if position >= left[at]:
                    if at not in fetched:
                        yield (at.topic, at.partition), [], position
                    del left[at]
