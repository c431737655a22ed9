"""One contract for every broker Milepost works on: the real Kafka and the mock."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from milepost.broker.mock import MockBroker

PARTITIONS = 3
WITHIN_S = 20.0
_numbers = itertools.count()


@dataclass(frozen=True)
class Subject:
    """A broker under test: where it is, and how a topic comes into being there."""

    bootstrap: str
    create: Callable[[str, int], None]

    def new_topic(self, partitions: int = PARTITIONS) -> str:
        name = f"contract-{next(_numbers)}"
        self.create(name, partitions)
        return name


@pytest.fixture(scope="module", params=["kafka", "mock"])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    if request.param == "kafka":
        bootstrap: str = request.getfixturevalue("kafka")
        yield Subject(bootstrap, lambda name, partitions: asyncio.run(create_topic(bootstrap, name, partitions)))
    else:
        with MockBroker.start(say=lambda line: None) as mock:
            yield Subject(mock.bootstrap, mock.create_topic)


async def create_topic(bootstrap: str, name: str, partitions: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, partitions, 1)])
    finally:
        await admin.close()


async def send(bootstrap: str, topic: str, records: list[tuple[bytes, bytes]]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as producer:
        sent = [await producer.send(topic, value, key=key) for key, value in records]
        await asyncio.gather(*sent)


def member(bootstrap: str, topic: str, group: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        session_timeout_ms=6000,
        heartbeat_interval_ms=500,
    )


async def read(consumer: AIOKafkaConsumer, count: int) -> list[ConsumerRecord]:
    return [await consumer.getone() for _ in range(count)]


def run(work: Awaitable[object]) -> object:
    async def bounded() -> object:
        return await asyncio.wait_for(work, WITHIN_S)

    return asyncio.run(bounded())


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=st.lists(st.sampled_from([b"a", b"b", b"c", b"d", b"e"]), min_size=1, max_size=60))
def test_order_per_key(subject: Subject, keys: list[bytes]) -> None:
    """Records of one key are read in the order they were sent, from one partition."""
    topic = subject.new_topic()
    records = [(key, b"%d" % number) for number, key in enumerate(keys)]

    async def law() -> None:
        await send(subject.bootstrap, topic, records)
        async with member(subject.bootstrap, topic, topic) as consumer:
            got = await read(consumer, len(records))
        for key in set(keys):
            of_key = [record for record in got if record.key == key]
            assert [record.value for record in of_key] == [value for other, value in records if other == key]
            assert len({record.partition for record in of_key}) == 1

    run(law())


def test_groups_are_independent(subject: Subject) -> None:
    """Two groups each read every record of a topic once."""
    topic = subject.new_topic()
    records = [(b"%d" % number, b"%d" % number) for number in range(50)]

    async def law() -> None:
        await send(subject.bootstrap, topic, records)
        for group in ("one", "two"):
            async with member(subject.bootstrap, topic, f"{topic}-{group}") as consumer:
                got = await read(consumer, len(records))
            assert sorted(record.value for record in got) == sorted(value for _, value in records)

    run(law())


def test_commit_and_resume(subject: Subject) -> None:
    """A group goes on at its committed offsets: what was committed is not read again, what was not is."""
    topic = subject.new_topic(partitions=1)
    records = [(b"k", b"%d" % number) for number in range(20)]

    async def law() -> None:
        await send(subject.bootstrap, topic, records)
        async with member(subject.bootstrap, topic, topic) as consumer:
            await read(consumer, 12)
            await consumer.commit({TopicPartition(topic, 0): 8})
        async with member(subject.bootstrap, topic, topic) as consumer:
            got = await read(consumer, 12)
        assert [record.offset for record in got] == list(range(8, 20))

    run(law())


def test_topic_creation(subject: Subject) -> None:
    """A created topic has the number of partitions it was created with, and they are writable at once."""
    topic = subject.new_topic(partitions=5)

    async def law() -> None:
        async with AIOKafkaProducer(bootstrap_servers=subject.bootstrap) as producer:
            assert await producer.partitions_for(topic) == set(range(5))
            for partition in range(5):
                placed = await producer.send_and_wait(topic, b"x", partition=partition)
                assert (placed.partition, placed.offset) == (partition, 0)

    run(law())


def test_members_share_partitions(kafka: str) -> None:
    """On Kafka two members of a group divide the partitions, and each record is read by one of them."""
    topic = f"contract-{next(_numbers)}"
    records = [(b"%d" % number, b"%d" % number) for number in range(60)]

    async def law() -> None:
        await create_topic(kafka, topic, 4)
        await send(kafka, topic, records)
        first, second = member(kafka, topic, topic), member(kafka, topic, topic)
        await asyncio.gather(first.start(), second.start())
        try:
            while len(first.assignment()) != 2 or len(second.assignment()) != 2:  # noqa: ASYNC110 - only asking tells
                await asyncio.sleep(0.05)
            by_member: dict[AIOKafkaConsumer, list[bytes]] = defaultdict(list)
            while sum(map(len, by_member.values())) < len(records):
                for consumer in (first, second):
                    batches = await consumer.getmany(timeout_ms=100)
                    by_member[consumer] += [one.value for batch in batches.values() for one in batch]
            assert sorted(itertools.chain(*by_member.values())) == sorted(value for _, value in records)
            assert by_member[first]
            assert by_member[second]
        finally:
            await asyncio.gather(first.stop(), second.stop())

    run(law())


def test_a_misspelt_topic_is_not_created(kafka: str) -> None:
    """Kafka does not create a topic because somebody asked for it."""

    async def law() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
        await admin.start()
        try:
            await admin.describe_topics(["contract-misspelt"])
            assert "contract-misspelt" not in await admin.list_topics()
        finally:
            await admin.close()

    run(law())
