"""The proxy between workers and a real broker: nothing changes without a fault, and each fault does what it says."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, KafkaStorageError
from milepost.chaos import proxy_faults
from milepost.chaos.broker_under_test import BrokerUnderTest
from milepost.chaos.injected import Injected
from milepost.chaos.refused_produce import harmless_question
from milepost.tests.durable.kit import create_topics, read_all, run

RECORDS = 300
LARGE = b"x" * 100_000
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def broker() -> Iterator[BrokerUnderTest]:
    """One broker with a proxy for the tests of this module."""
    with BrokerUnderTest.start() as started:
        yield started


@pytest.fixture
def topic(broker: BrokerUnderTest) -> str:
    name = f"t-{uuid.uuid4().hex[:8]}"
    run(create_topics(broker.bootstrap, {name: (1, {})}))
    return name


@asynccontextmanager
async def producing(broker: BrokerUnderTest, **settings: Any) -> AsyncIterator[AIOKafkaProducer]:
    """A producer as the lanes have it, behind the proxy."""
    given = {"enable_idempotence": True, "acks": "all", "request_timeout_ms": 60_000, **settings}
    producer = AIOKafkaProducer(bootstrap_servers=broker.proxied_bootstrap, **given)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def send_all(producer: AIOKafkaProducer, topic: str, count: int = RECORDS, pause_s: float = 0.0) -> list[bytes]:
    values = [str(n).encode() for n in range(count)]
    futures = []
    for value in values:
        futures.append(await producer.send(topic, value, partition=0))
        await asyncio.sleep(pause_s)
    await asyncio.wait_for(asyncio.gather(*futures), PATIENCE_S)
    return values


async def stored(broker: BrokerUnderTest, topic: str) -> list[bytes]:
    return [record.value for record in await read_all(broker.bootstrap, topic)]


def under(
    broker: BrokerUnderTest, topic: str, fault: Callable[[], Awaitable[Injected]], **settings: Any
) -> tuple[Injected, list[bytes], list[bytes]]:
    """Send steadily through the proxy while a fault is in force: what it did, what was sent, what is stored."""

    async def life() -> tuple[Injected, list[bytes], list[bytes]]:
        async with producing(broker, **settings) as producer:
            await producer.send_and_wait(topic, b"first", partition=0)
            sending = asyncio.create_task(send_all(producer, topic, pause_s=0.01))
            done = await fault()
            sent = await sending
        return done, [b"first", *sent], await stored(broker, topic)

    return run(life())


def test_without_a_fault_it_changes_nothing(broker: BrokerUnderTest, topic: str) -> None:
    """What is sent through the proxy, large and small, is stored as it was, and read through the proxy as it is."""

    async def life() -> list[bytes]:
        async with producing(broker) as producer:
            await send_all(producer, topic)
            await producer.send_and_wait(topic, LARGE, partition=0)
        consumer = AIOKafkaConsumer(bootstrap_servers=broker.proxied_bootstrap, auto_offset_reset="earliest")
        await consumer.start()
        try:
            consumer.assign([TopicPartition(topic, 0)])
            read = []
            while len(read) <= RECORDS:
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    read += [record.value for record in records]
            return read
        finally:
            await consumer.stop()

    before = broker.proxy.ask("counts").get("produce_requests", 0)
    wanted = [*(str(n).encode() for n in range(RECORDS)), LARGE]
    assert run(asyncio.wait_for(life(), PATIENCE_S)) == wanted
    assert run(stored(broker, topic)) == wanted
    assert broker.proxy.ask("counts")["produce_requests"] > before


def test_a_cut_is_survived_by_who_connects_again(broker: BrokerUnderTest, topic: str) -> None:
    """All connections are cut; the producer opens new ones, and nothing is lost or doubled."""
    done, sent, found = under(broker, topic, lambda: proxy_faults.cut(broker.proxy))
    assert done.done["cut"] >= 1
    assert found == sent


def test_a_share_of_the_connections_is_chosen_by_the_seed(broker: BrokerUnderTest) -> None:
    """Of four connections half are cut, the others stand."""

    async def life() -> tuple[Injected, int]:
        await _until(lambda: not broker.proxy.ask("counts")["open"])
        ends = [await asyncio.open_connection("127.0.0.1", broker.proxy.port) for _ in range(4)]
        await _until(lambda: broker.proxy.ask("counts")["open"] == 4)
        done = await proxy_faults.cut(broker.proxy, share=0.5, seed=3)
        await _until(lambda: sum(reader.at_eof() or bool(reader.exception()) for reader, _ in ends) == 2)
        standing = broker.proxy.ask("counts")["open"]
        for _, writer in ends:
            writer.close()
        return done, standing

    done, standing = run(life())
    assert (done.done["cut"], standing) == (2, 2)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - another process decides
            await asyncio.sleep(0.02)


def test_a_cut_in_mid_produce_stores_nothing_of_it_at_first_and_once_at_last(
    broker: BrokerUnderTest, topic: str
) -> None:
    """A connection is cut when half of a Produce request went through: sent again, each record is stored once."""
    done, sent, found = under(
        broker, topic, lambda: proxy_faults.cut_in_produce(broker.proxy, times=3, seconds=PATIENCE_S)
    )
    assert done.done["times"] == 3
    assert found == sent


@pytest.mark.parametrize("value", [b"small", LARGE], ids=len)
def test_half_a_produce_stores_nothing(broker: BrokerUnderTest, topic: str, value: bytes) -> None:
    """Whoever does not try again after a cut in mid-produce finds nothing stored."""

    async def life() -> list[bytes]:
        async with producing(broker, enable_idempotence=False, request_timeout_ms=1500) as producer:
            fault = asyncio.create_task(proxy_faults.cut_in_produce(broker.proxy, times=10_000, seconds=PATIENCE_S))
            await asyncio.sleep(0)
            with pytest.raises(KafkaError):
                await producer.send_and_wait(topic, value, partition=0)
            fault.cancel()
        return await stored(broker, topic)

    assert run(life()) == []
    assert broker.proxy.ask("counts").get("cut_in_produce", 0) > 0


def test_a_lost_answer_means_stored_and_not_known(broker: BrokerUnderTest, topic: str) -> None:
    """The request went through and its answer is lost: without idempotence the record is there twice."""

    async def life() -> list[bytes]:
        async with producing(broker, enable_idempotence=False) as producer:
            fault = asyncio.create_task(proxy_faults.lose_produce_answer(broker.proxy, times=1, seconds=PATIENCE_S))
            await asyncio.sleep(0)
            await producer.send_and_wait(topic, b"once", partition=0)
            assert (await fault).done["times"] == 1
        return await stored(broker, topic)

    assert run(life()) == [b"once", b"once"]


def test_a_lost_answer_doubles_nothing_for_the_lanes_producer(broker: BrokerUnderTest, topic: str) -> None:
    """With an idempotent producer, as the lanes have it, lost answers double nothing."""
    done, sent, found = under(
        broker, topic, lambda: proxy_faults.lose_produce_answer(broker.proxy, times=3, seconds=PATIENCE_S)
    )
    assert done.done["times"] == 3
    assert found == sent


def test_answers_are_held_back_and_keep_their_order(broker: BrokerUnderTest, topic: str) -> None:
    """While the broker is slow an answer takes as long as was said, and everything still arrives in order."""

    async def life() -> tuple[float, list[bytes], Injected]:
        async with producing(broker) as producer:
            await producer.send_and_wait(topic, b"quick", partition=0)
            fault = asyncio.create_task(proxy_faults.slow_answers(broker.proxy, delay_s=0.8, seconds=4.0))
            await asyncio.sleep(0)
            began = time.monotonic()
            await producer.send_and_wait(topic, b"slow", partition=0)
            took_s = time.monotonic() - began
            await send_all(producer, topic, 20, 0.05)
            done = await fault
        return took_s, await stored(broker, topic), done

    took_s, found, done = run(life())
    assert took_s >= 0.8
    assert found == [b"quick", b"slow", *(str(n).encode() for n in range(20))]
    assert done.ended - done.began >= 4.0


def test_an_answer_never_overtakes_an_earlier_one(broker: BrokerUnderTest) -> None:
    """An answer that is not held back any more waits for those that still are: clients count on the order."""

    async def life() -> list[int]:
        reader, writer = await asyncio.open_connection("127.0.0.1", broker.proxy.port)
        broker.proxy.ask("delay", answers_s=1.0, seconds=PATIENCE_S)
        writer.write(harmless_question(1))
        await asyncio.sleep(0.3)  # its answer is in the proxy by then; if not, the order is right anyway
        broker.proxy.ask("end", what="delay")
        writer.write(harmless_question(2))
        order = []
        for _ in range(2):
            length = int.from_bytes(await reader.readexactly(4), "big")
            order.append(int.from_bytes((await reader.readexactly(length))[:4], "big"))
        writer.close()
        return order

    assert run(asyncio.wait_for(life(), PATIENCE_S)) == [1, 2]


def test_a_stall_holds_everything_and_loses_nothing(broker: BrokerUnderTest, topic: str) -> None:
    """While connections stall nothing is stored; afterwards everything is, once."""

    async def life() -> tuple[list[bytes], list[bytes]]:
        async with producing(broker) as producer:
            await producer.send_and_wait(topic, b"before", partition=0)
            fault = asyncio.create_task(proxy_faults.stall(broker.proxy, seconds=2.0))
            await asyncio.sleep(0)
            sending = asyncio.create_task(send_all(producer, topic, 5))
            await asyncio.wait([fault], timeout=1.0)
            meanwhile = await stored(broker, topic)
            await fault
            await sending
        return meanwhile, await stored(broker, topic)

    meanwhile, afterwards = run(life())
    assert meanwhile == [b"before"]
    assert afterwards == [b"before", *(str(n).encode() for n in range(5))]


def test_a_full_disk_is_answered_and_nothing_is_stored(broker: BrokerUnderTest, topic: str) -> None:
    """While the disk is full a producer that does not wait hears KAFKA_STORAGE_ERROR, and nothing is stored."""

    async def life() -> list[bytes]:
        fault = asyncio.create_task(proxy_faults.refuse_produce(broker.proxy, seconds=PATIENCE_S))
        await asyncio.sleep(0)
        async with producing(broker, enable_idempotence=False, request_timeout_ms=1000) as producer:
            with pytest.raises(KafkaStorageError):
                await producer.send_and_wait(topic, b"no room", partition=0)
        fault.cancel()
        return await stored(broker, topic)

    assert run(life()) == []


def test_a_full_disk_is_ridden_through(broker: BrokerUnderTest, topic: str) -> None:
    """The lanes' producer waits until there is room again: nothing lost, nothing twice."""
    done, sent, found = under(broker, topic, lambda: proxy_faults.refuse_produce(broker.proxy, seconds=2.0))
    assert done.done["refused"] > 0
    assert found == sent
