"""The broker in memory against the real one: what the simulation relies on, asked of both."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import CommitFailedError, KafkaError, OutOfOrderSequenceNumber
from aiokafka.structs import OffsetAndMetadata
from milepost.tests.broker.test_contract import create_topic, member
from milepost.tests.simulation.broker import Broker, Stored
from milepost.tests.simulation.clock import Loop, Process, simulate
from milepost.tests.simulation.consumer import KafkaConsumer
from milepost.tests.simulation.group import Group
from milepost.tests.simulation.producer import Producer
from milepost.tests.simulation.wire import Wire

WITHIN_S = 40.0
SESSION_S = 6.0
_numbers = itertools.count()


class Subject:
    """A broker: one topic of one partition, a producer, and members of one group."""

    async def open(self) -> None: ...
    async def producer(self) -> Any: ...
    async def join(self) -> Any:
        """A member once it owns the partition, others having given way."""

    async def close(self) -> None: ...


class InMemory(Subject):
    async def open(self) -> None:
        self.topic, self.broker = "t", Broker()
        self.broker.create("t", 1)
        self.wire = Wire(Random(1), lost=0.2)
        self.group = Group(self.broker, "g", ("t",), SESSION_S, SESSION_S)
        self.names = (f"m{n}" for n in itertools.count())

    async def producer(self) -> Producer:
        return Producer(next(self.names), self.broker, self.wire)

    async def join(self) -> KafkaConsumer:
        consumer = KafkaConsumer(next(self.names), self.broker, self.group, self.wire, Random(1))
        joined = await self.wire.request(lambda: self.group.join(consumer.name))
        consumer._coordinator.generation = joined.generation
        return consumer

    async def committed(self, consumer: KafkaConsumer) -> int:
        at = TopicPartition("t", 0)
        return int((await consumer._coordinator.fetch_committed_offsets([at]))[at].offset)


class OnKafka(Subject):
    def __init__(self, bootstrap: str) -> None:
        self.bootstrap, self._opened = bootstrap, []

    async def open(self) -> None:
        self.topic = f"simulated-{next(_numbers)}"
        await create_topic(self.bootstrap, self.topic, 1)

    async def producer(self) -> AIOKafkaProducer:
        return await self._started(
            AIOKafkaProducer(bootstrap_servers=self.bootstrap, acks="all", enable_idempotence=True)
        )

    async def join(self) -> AIOKafkaConsumer:
        return await self._started(member(self.bootstrap, self.topic, self.topic))

    async def _started(self, client: Any) -> Any:
        await client.start()
        self._opened.append(client)
        return client

    async def committed(self, consumer: AIOKafkaConsumer) -> int:
        at = TopicPartition(self.topic, 0)
        return int((await consumer._coordinator.fetch_committed_offsets([at]))[at].offset)

    async def close(self) -> None:
        for client in self._opened:
            await client.stop()


Law = Callable[[Callable[[Any], Awaitable[None]]], None]


@pytest.fixture(params=["memory", "kafka"])
def on_both(request: pytest.FixtureRequest) -> Law:
    """Runs a law on the broker of this turn."""
    bootstrap = request.getfixturevalue("kafka") if request.param == "kafka" else ""

    def on(law: Callable[[Any], Awaitable[None]]) -> None:
        subject = OnKafka(bootstrap) if bootstrap else InMemory()

        async def bounded() -> None:
            await subject.open()
            try:
                await asyncio.wait_for(law(subject), WITHIN_S)
            finally:
                await subject.close()

        if bootstrap:
            asyncio.run(bounded())
        else:
            loop = Loop()

            async def as_a_process() -> None:
                await Process("p", loop).spawn(bounded())

            simulate(as_a_process(), loop)

    return on


async def produced(subject: Any, producer: Any, values: list[bytes]) -> int:
    batch = producer.create_batch()
    for value in values:
        assert batch.append(timestamp=0, key=b"k", value=value, headers=[]) is not None
    batch.close()
    return int((await (await producer.send_batch(batch, subject.topic, partition=0))).offset)


def test_offsets_of_batches_are_contiguous(on_both: Law) -> None:
    """Each batch is stored whole behind the one before, whoever wrote it, and its first offset is answered."""

    async def law(subject: Any) -> None:
        one, other = await subject.producer(), await subject.producer()
        offsets = [await produced(subject, p, [b"v"] * n) for p, n in ((one, 2), (other, 3), (one, 1), (other, 1))]
        assert offsets == [0, 2, 5, 6]

    on_both(law)


def test_an_answered_end_is_behind_the_last_record(on_both: Law) -> None:
    """The end asked for after an acknowledgement is the offset of the next record."""

    async def law(subject: Any) -> None:
        await produced(subject, await subject.producer(), [b"a", b"b", b"c"])
        consumer, at = await subject.join(), TopicPartition(subject.topic, 0)
        assert await consumer.end_offsets([at]) == {at: 3}
        assert await consumer.beginning_offsets([at]) == {at: 0}

    on_both(law)


def test_a_commit_is_taken_in_its_generation_and_no_other(on_both: Law) -> None:
    """A member commits in its own generation; in one that has passed the commit is refused and changes nothing."""

    async def law(subject: Any) -> None:
        consumer, at = await subject.join(), TopicPartition(subject.topic, 0)
        await produced(subject, await subject.producer(), [b"a", b"b", b"c"])
        while consumer._coordinator.generation < 1:  # noqa: ASYNC110 - only asking tells
            await asyncio.sleep(0.05)
        await consumer.commit({at: OffsetAndMetadata(2, "")})
        assert await subject.committed(consumer) == 2
        consumer._coordinator.generation -= 1
        assert not await consumer._coordinator._do_heartbeat()
        with pytest.raises((CommitFailedError, KafkaError)):
            await consumer.commit({at: OffsetAndMetadata(3, "")})

    on_both(law)


def test_a_heartbeat_tells_a_member_from_a_stranger(on_both: Law) -> None:
    """The coordinator confirms a member of the generation, and tells any other, whose generation is then void."""

    async def law(subject: Any) -> None:
        consumer = await subject.join()
        assert await consumer._coordinator._do_heartbeat()
        consumer._coordinator.generation += 7
        assert not await consumer._coordinator._do_heartbeat()
        assert consumer._coordinator.generation == -1

    on_both(law)


def test_a_repeated_batch_is_stored_once() -> None:
    """In memory as in Kafka's own rules: a sequence number seen before gives the old offset, a gap is refused."""

    async def law() -> None:
        broker = Broker()
        broker.create("t", 1)
        assert broker.append(("t", 0), [Stored(b"k", b"1")], "p", 0) == 0
        assert broker.append(("t", 0), [Stored(b"k", b"1")], "p", 0) == 0
        assert broker.end(("t", 0)) == 1
        with pytest.raises(OutOfOrderSequenceNumber):
            broker.append(("t", 0), [Stored(b"k", b"3")], "p", 2)

    asyncio.run(law())
