"""Copies topics to a broker where they have more partitions, and puts every lane where it stood.

Order within a key, timestamps and headers are kept. What was committed before is committed after: a lane begins at the
first record it had not taken in. Counts and digests of both sides, per topic, are the proof; of the broker of before,
that nothing was added to it or taken in from it meanwhile.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from milepost.commands.lags import Committed, sources_of
from milepost.commands.repartition_rows import content_of, places_of
from milepost.runtime import kafka_access
from milepost.runtime.asking import COORDINATOR_COMING
from milepost.runtime.consumer import Consumer
from milepost.runtime.durable.interface import Tuning
from milepost.runtime.topic_kinds import LANES, Lane, Topic, app_id

POLL_MS = 500
AT_ONCE = 1000
"""Most records under way."""

DIGEST_BYTES = 8
GROUP_WITHIN_S, GROUP_POLL_S = 20.0, 0.2
CommittedByLane = Mapping[Lane, Committed]


@dataclass(slots=True)
class Copied:
    """What became of one topic. ``digest``: the sum over the written records' digests, whatever their order."""

    read: int = 0
    written: int = 0
    digest: int = 0
    committed: Counter[tuple[Lane, int]] = field(default_factory=Counter)
    """By lane and new partition: how many of the written records that lane had taken in."""
    ends: Mapping[TopicPartition, int] = field(default_factory=dict)
    """How far the topic of before was read."""


def digest_of(
    partition: int, key: bytes | None, value: bytes | None, timestamp_ms: int, headers: Iterable[tuple[str, bytes]]
) -> int:
    """Return a record's part of its topic's digest: what it is, and in which partition."""
    told = blake2b(digest_size=DIGEST_BYTES)
    for part in (key, value, *(one for name, text in headers for one in (name.encode(), text))):
        told.update(b"\0" if part is None else b"\1" + len(part).to_bytes(4, "big") + part)
    told.update(timestamp_ms.to_bytes(8, "big", signed=True) + partition.to_bytes(4, "big"))
    return int.from_bytes(told.digest(), "big")


class Copy:
    """From one broker to another; both clients are open while it is used."""

    def __init__(self, reader: Consumer, producer: AIOKafkaProducer, before: int, after: int) -> None:
        self._reader, self._producer, self._before, self._after = reader, producer, before, after
        self._waiting: list[asyncio.Future[Any]] = []

    async def topic(self, topic: Topic, committed: CommittedByLane) -> Copied:
        """Copy all that is there, and what is added meanwhile, until nothing more comes."""
        places = [TopicPartition(topic.name, p) for p in range(self._before)]
        self._reader.assign(places)
        await self._reader.seek_to_beginning(*places)
        done = Copied()
        while await _left(self._reader, ends := await self._reader.end_offsets(places)):
            for at, records in (await self._reader.getmany(timeout_ms=POLL_MS)).items():
                for record in records:
                    await self._record(topic.name, at, record, committed, done)
        await self._flush()
        done.ends = ends
        return done

    async def _record(
        self, topic: str, at: TopicPartition, record: Any, committed: CommittedByLane,
        done: Copied,
    ) -> None:  # fmt: skip
        done.read += 1
        value = content_of(topic, record.key, record.value)
        for place in places_of(topic, record.key, record.value, at.partition, self._before, self._after):
            self._waiting.append(
                await self._producer.send(
                    topic, value, key=record.key, partition=place, timestamp_ms=record.timestamp,
                    headers=list(record.headers),
                )
            )  # fmt: skip
            done.written += 1
            done.digest += digest_of(place, record.key, value, record.timestamp, record.headers)
            for lane, offsets in committed.items():
                if record.offset < offsets.get(at, 0):
                    done.committed[lane, place] += 1
        if len(self._waiting) >= AT_ONCE:
            await self._flush()

    async def _flush(self) -> None:
        for one in self._waiting:
            await one
        self._waiting.clear()


async def committed_by_lanes(bootstrap: str) -> dict[Lane, dict[TopicPartition, int]]:
    """Return what every lane has committed of its sources."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **kafka_access.options())
    await admin.start()
    try:
        found: dict[Lane, dict[TopicPartition, int]] = {}
        for lane in LANES:
            kept = await _kept(admin, lane)
            found[lane] = {at: told.offset for at, told in kept.items() if told.offset >= 0}
        return found
    finally:
        await admin.close()


async def _kept(admin: AIOKafkaAdminClient, lane: Lane) -> Mapping[TopicPartition, Any]:
    """A broker that was asked for a group for the first time, or anew, has no coordinator yet."""
    async with asyncio.timeout(GROUP_WITHIN_S):
        while True:
            try:
                kept: Mapping[TopicPartition, Any] = await admin.list_consumer_group_offsets(app_id(lane))
                return kept
            except COORDINATOR_COMING:
                await asyncio.sleep(GROUP_POLL_S)


async def moved_on(bootstrap: str, copied: Mapping[str, Copied], committed: CommittedByLane) -> list[str]:
    """Return what happened on the broker of before while it was copied, one line each; nothing may have."""
    reader = reading(bootstrap)
    await reader.start()
    try:
        ends = await reader.end_offsets([at for done in copied.values() for at in done.ends])
    finally:
        await reader.stop()
    now = await committed_by_lanes(bootstrap)
    longer = sorted({at.topic for at, end in ends.items() if end != copied[at.topic].ends[at]})
    return [
        *(f"{name}: records were added on {bootstrap} after it was copied" for name in longer),
        *(f"lane {lane} went on working on {bootstrap}" for lane in LANES if now[lane] != committed[lane]),
    ]


async def put_lanes(bootstrap: str, copied: Mapping[str, Copied], after: int) -> None:
    """Commit, for every lane, how far it had come of each source; of what was left behind, its beginning."""
    for lane in LANES:
        group = Consumer(
            bootstrap_servers=bootstrap, group_id=app_id(lane), enable_auto_commit=False, **kafka_access.options()
        )
        await group.start()
        try:
            offsets = {
                TopicPartition(name, p): copied[name].committed[lane, p] if name in copied else 0
                for name in sources_of(lane)
                for p in range(after)
            }
            group.assign(list(offsets))
            await group.commit(offsets)
        finally:
            await group.stop()


async def counted(bootstrap: str, topic: str, partitions: int) -> tuple[int, int]:
    """Return how many records a topic has, and the sum of their digests."""
    reader = reading(bootstrap)
    await reader.start()
    try:
        places = [TopicPartition(topic, p) for p in range(partitions)]
        reader.assign(places)
        await reader.seek_to_beginning(*places)
        ends, records, digest = await reader.end_offsets(places), 0, 0
        while await _left(reader, ends):
            for at, found in (await reader.getmany(timeout_ms=POLL_MS)).items():
                records += len(found)
                digest += sum(digest_of(at.partition, one.key, one.value, one.timestamp, one.headers) for one in found)
        return records, digest
    finally:
        await reader.stop()


async def _left(reader: Consumer, ends: Mapping[TopicPartition, int]) -> bool:
    return any([end > await reader.position(at) for at, end in ends.items()])


def reading(bootstrap: str) -> Consumer:
    """Return a reader of whole topics; start and stop it."""
    return Consumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest", fetch_max_wait_ms=50,
        **kafka_access.options(),
    )  # fmt: skip


def writing(bootstrap: str) -> AIOKafkaProducer:
    """Return a producer that keeps order and repeats nothing; start and stop it."""
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=5,
        max_request_size=2 * Tuning().max_message_bytes, **kafka_access.options(),
    )  # fmt: skip


def with_partitions(topics: Sequence[Topic], after: int) -> list[Topic]:
    """Return the rows of topics with another number of partitions."""
    return [replace(topic, partitions=after) for topic in topics]
