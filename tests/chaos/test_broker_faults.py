"""A real broker that is killed, suspended, slowed down or loses a topic, under a producer that lives through it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator

import pytest
from aiokafka import AIOKafkaProducer
from milepost.broker.readiness import live_brokers
from milepost.chaos import broker_faults, topic_faults
from milepost.chaos.broker_under_test import BrokerUnderTest
from milepost.chaos.injected import Injected
from milepost.runtime import topics
from milepost.runtime.topic_table import CUSTOMER_NOTICES, ERP_COMMANDS, FULFILMENT_REQUESTS
from milepost.tests.durable.kit import read_all, run

PATIENCE_S = 90.0
EVERY_S = 0.02


@pytest.fixture(scope="module")
def broker() -> Iterator[BrokerUnderTest]:
    """One broker with the expendable topics, for the tests of this module."""
    with BrokerUnderTest.start() as started:
        topics.create_missing(started.bootstrap, topic_faults.EXPENDABLE)
        yield started


def under(
    broker: BrokerUnderTest, topic: str, fault: Callable[[], Awaitable[Injected]]
) -> tuple[Injected, list[bytes], list[bytes]]:
    """Send steadily through the proxy until the fault is over and a little more: the fault, what was acknowledged, and
    what is stored of it."""

    async def life() -> tuple[Injected, list[bytes]]:
        producer = AIOKafkaProducer(
            bootstrap_servers=broker.proxied_bootstrap, enable_idempotence=True, acks="all", request_timeout_ms=40_000
        )
        await producer.start()
        try:
            futures: list[tuple[bytes, Awaitable[object]]] = []
            task = asyncio.ensure_future(fault())
            prefix = f"{time.time_ns()}-"
            while not task.done() or len(futures) < 50:
                value = f"{prefix}{len(futures)}".encode()
                futures.append((value, await producer.send(topic, value, partition=0)))
                await asyncio.sleep(EVERY_S)
            await asyncio.wait_for(asyncio.gather(*(future for _, future in futures)), PATIENCE_S)
            return await task, [value for value, _ in futures]
        finally:
            await producer.stop()

    done, sent = run(life())
    ours = set(sent)
    found = [record.value for record in run(read_all(broker.bootstrap, topic)) if record.value in ours]
    return done, sent, found


@pytest.mark.timeout(300)
def test_a_killed_broker_comes_back_with_its_data_under_the_same_address(broker: BrokerUnderTest) -> None:
    """After kill -9 and a restart the broker has another process, the same addresses, and all that was acknowledged."""
    pid, starts = broker.pid, broker.starts
    addresses = (broker.bootstrap, broker.proxied_bootstrap)
    seen: list[bool] = []

    async def fault() -> Injected:
        task = asyncio.ensure_future(broker_faults.kill_and_revive(broker, down_s=2.0))
        async with asyncio.timeout(PATIENCE_S):
            while broker.pid is not None:  # noqa: ASYNC110 - a thread decides
                await asyncio.sleep(EVERY_S)
        in_order = broker.log_file.parent / "logs" / ".kafka_cleanshutdown"
        seen.extend((not live_brokers(broker.bootstrap), broker.died() is None, not in_order.exists()))
        return await task

    done, sent, found = under(broker, CUSTOMER_NOTICES, fault)
    assert seen == [True, True, True]  # away, on purpose, and without a word to anybody
    assert found == sent
    assert broker.pid != pid
    assert (broker.starts, broker.bootstrap, broker.proxied_bootstrap) == (starts + 1, *addresses)
    assert done.ended - done.began >= 2.0
    print(f"kill -9, 2 s down, answered after {done.ended - done.began:.1f} s")


def test_a_suspended_broker_answers_nobody_and_then_everybody(broker: BrokerUnderTest) -> None:
    """While it is stopped nothing is answered; afterwards nothing is lost or doubled."""
    seen: list[bool] = []

    async def fault() -> Injected:
        task = asyncio.ensure_future(broker_faults.suspend(broker, seconds=3.0))
        await asyncio.sleep(0.2)
        seen.append(live_brokers(broker.bootstrap, timeout_s=0.5) == 0)
        return await task

    done, sent, found = under(broker, CUSTOMER_NOTICES, fault)
    assert seen == [True]
    assert found == sent
    assert done.ended - done.began >= 3.0
    assert live_brokers(broker.bootstrap)


def test_a_cancelled_suspension_leaves_the_broker_running(broker: BrokerUnderTest) -> None:
    """A fault that is cancelled cleans up: the broker answers again."""

    async def life() -> None:
        task = asyncio.ensure_future(broker_faults.suspend(broker, seconds=PATIENCE_S))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(life())
    assert live_brokers(broker.bootstrap)


def test_a_stuttering_broker_is_slow_and_loses_nothing(broker: BrokerUnderTest) -> None:
    """Stopped and let run in turns, it stores everything once, and was stopped more than once."""
    done, sent, found = under(broker, CUSTOMER_NOTICES, lambda: broker_faults.stutter(broker, seconds=3.0))
    assert done.done["stops"] > 2
    assert found == sent


@pytest.mark.timeout(300)
@pytest.mark.parametrize("topic", [CUSTOMER_NOTICES, FULFILMENT_REQUESTS])
def test_a_missing_topic_comes_back_as_the_table_has_it(broker: BrokerUnderTest, topic: str) -> None:
    """A topic is gone and comes back with its partitions and settings; a lane's producer waits for it, and what it was
    told is stored from then on is there."""
    seen: list[list[str]] = []

    async def fault() -> Injected:
        task = asyncio.ensure_future(topic_faults.topic_missing(broker.bootstrap, topic=topic, seconds=3.0))
        await asyncio.sleep(1.5)
        seen.append(await asyncio.to_thread(topics.check, broker.bootstrap, [topic]))
        return await task

    done, sent, found = under(broker, topic, fault)
    assert seen == [[f"{topic} is missing"]]
    assert topics.check(broker.bootstrap, [topic]) == []
    assert found
    assert found == sent[-len(found) :]  # what was stored before the deletion is gone; nothing after it is
    assert done.target == topic


def test_a_topic_that_is_needed_is_not_deleted(broker: BrokerUnderTest) -> None:
    """Only expendable topics can be made missing."""
    with pytest.raises(ValueError, match="expendable"):
        run(topic_faults.topic_missing(broker.bootstrap, topic=ERP_COMMANDS, seconds=0.0))


def test_an_unexpected_death_is_told_and_a_stop_leaves_nothing() -> None:
    """A broker that dies by itself says so; after a stop neither its process nor its data nor its proxy are left."""
    broker = BrokerUnderTest.start()
    try:
        pid, data_dir = broker.pid, broker.log_file.parent
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + PATIENCE_S
        while broker.died() is None:
            assert time.monotonic() < deadline
            time.sleep(EVERY_S)
    finally:
        broker.stop()
    broker.stop()
    assert not data_dir.exists()
    for left in (pid, broker.proxy.pid):
        with pytest.raises(ProcessLookupError):
            os.kill(left, 0)
