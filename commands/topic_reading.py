"""Reading topics without a consumer group, and writing events: what operator verbs do with a broker."""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from milepost.runtime import desk, kafka_access
from milepost.runtime.consumer import Consumer
from milepost.runtime.partitioner import partition_of
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import PARTNER_EVENTS, TOPICS

METADATA_WITHIN_S = 15.0
POLL_MS = 500
SEND_AT_ONCE = 500

logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # verbs say in one line what matters


class Read(NamedTuple):
    """One record as it was read."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes
    value: bytes | None


def partitions_of(owners: Iterable[str]) -> set[int]:
    """Return the partitions in which all that is said of some owners lies."""
    return {partition_of(owner.encode(), PARTITIONS) for owner in owners}


async def read_to_end(
    bootstrap: str, topics: Sequence[str], partitions: Collection[int] | None = None
) -> AsyncGenerator[Read, None]:
    """Every record of the topics from their beginning to the end they had when this began; in order per partition.

    Only of these ``partitions``, where they are given."""
    async with reader_at(bootstrap) as reader:
        known = await _partitions(reader, topics)
        places = [one for one in known if partitions is None or one.partition in partitions]
        # Before their ends are asked for: the client learns of all topics at once, and not of one after the other.
        reader.assign(places)
        ends = await reader.end_offsets(places)
        begins = await reader.beginning_offsets(places)
        left = {where for where, end in ends.items() if end > begins[where]}
        while left:
            for where, records in (await reader.getmany(timeout_ms=POLL_MS)).items():
                for one in records:
                    if one.offset < ends[where]:
                        yield _read(one)
            left = {where for where in left if await reader.position(where) < ends[where]}


async def follow(bootstrap: str, topics: Sequence[str], *, from_beginning: bool = False) -> AsyncGenerator[Read, None]:
    """Records of the topics as they arrive, without end; what arrives together is put in order of time."""
    async with reader_at(bootstrap) as reader:
        reader.assign(await _partitions(reader, topics))
        await (reader.seek_to_beginning() if from_beginning else reader.seek_to_end())
        while True:
            polled = (await reader.getmany(timeout_ms=POLL_MS)).values()
            for one in heapq.merge(*polled, key=lambda record: record.timestamp):
                yield _read(one)


async def values_of(bootstrap: str, topic: str, key: str) -> AsyncGenerator[bytes | None, None]:
    """Every value of one key so far, a None once, then its values as they arrive, without end."""
    async with reader_at(bootstrap) as reader:
        await _partitions(reader, [topic])
        where = TopicPartition(topic, partition_of(key.encode(), TOPICS[topic].partitions))
        end = (await reader.end_offsets([where]))[where]
        reader.assign([where])
        await reader.seek_to_beginning()
        told_all = False
        while True:
            if not told_all and await reader.position(where) >= end:
                told_all = True
                yield None
            for records in (await reader.getmany(timeout_ms=POLL_MS)).values():
                for one in records:
                    if one.value is not None and one.key == key.encode():
                        yield one.value


async def latest(bootstrap: str, topic: str, partitions: Collection[int] | None = None) -> dict[str, bytes]:
    """The last value of every key of a compacted topic; keys whose last record deletes them are left out."""
    values: dict[str, bytes] = {}
    async for one in read_to_end(bootstrap, [topic], partitions):
        key = one.key.decode("utf-8", "replace")
        if one.value is None:
            values.pop(key, None)
        else:
            values[key] = one.value
    return values


async def last_of(bootstrap: str, topic: str, partition: int) -> bytes | None:
    """The value of the last record of a partition; None where there is no record."""
    async with reader_at(bootstrap) as reader:
        await _partitions(reader, [topic])
        where = TopicPartition(topic, partition)
        end, begin = (await reader.end_offsets([where]))[where], (await reader.beginning_offsets([where]))[where]
        if end == begin:
            return None
        reader.assign([where])
        reader.seek(where, end - 1)
        value: bytes | None = (await reader.getone(where)).value
        return value


async def publish(bootstrap: str, topic: str, pairs: Iterable[tuple[str, bytes]]) -> int:
    """Send (key, value) pairs in order and wait for every acknowledgement; returns how many."""
    return await _publish(bootstrap, topic, ((key, value, None) for key, value in pairs))


async def publish_everywhere(bootstrap: str, topic: str, key: str, value: bytes, partitions: int) -> int:
    """Send one record to every partition, whatever its key says."""
    return await _publish(bootstrap, topic, ((key, value, partition) for partition in range(partitions)))


async def _publish(bootstrap: str, topic: str, records: Iterable[tuple[str, bytes, int | None]]) -> int:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=5, **kafka_access.options()
    )
    await producer.start()
    sent = 0
    try:
        waiting: list[asyncio.Future[object]] = []
        for key, value, partition in records:
            name = key.encode()
            headers = desk.proof(name, value) if topic == PARTNER_EVENTS else []
            waiting.append(await producer.send(topic, value, key=name, partition=partition, headers=headers))
            sent += 1
            if len(waiting) >= SEND_AT_ONCE:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)
    finally:
        await producer.stop()
    return sent


@asynccontextmanager
async def reader_at(bootstrap: str) -> AsyncIterator[Consumer]:
    """A reader without a group, which commits nothing; what it reads is assigned to it."""
    reader = Consumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=50,
        **kafka_access.options(),
    )
    await reader.start()
    try:
        yield reader
    finally:
        await reader.stop()


async def _partitions(reader: Consumer, topics: Sequence[str]) -> list[TopicPartition]:
    deadline = asyncio.get_running_loop().time() + METADATA_WITHIN_S
    known = await reader.topics()
    while missing := [topic for topic in topics if topic not in known]:
        if asyncio.get_running_loop().time() > deadline:
            raise KafkaError(f"topic {missing[0]} is not there")
        await asyncio.sleep(0.2)
        known = await reader.topics()
    return [TopicPartition(topic, one) for topic in topics for one in range(TOPICS[topic].partitions)]


def _read(one: object) -> Read:
    return Read(one.topic, one.partition, one.offset, one.timestamp, one.key or b"", one.value)  # type: ignore[attr-defined]
