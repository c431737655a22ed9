"""How late each lane is, watched on a real Kafka: whatever its workers do, and whatever times its records claim."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from milepost.commands.lag_watching import LagWatch, Times
from milepost.metrics.lag_series import LagSeries
from milepost.metrics.lag_watch import Place
from milepost.metrics.registry import Registry
from milepost.runtime.topic_kinds import Lane, app_id
from milepost.runtime.topic_table import ERP_COMMANDS

WITHIN_S = 30.0
LOOK_EVERY_S = 0.2
EXACT_S = 5.0  # ages in these tests are hundreds of seconds apart


class Watched:
    """A watch that runs, and a group's side of the broker."""

    def __init__(self, bootstrap: str, series: LagSeries) -> None:
        self.bootstrap, self.series = bootstrap, series

    def lag_s(self, lane: Lane, partition: int) -> float | None:
        one = self.series.waiting.get(Place(lane, ERP_COMMANDS, partition))
        return None if one is None else one.lag_s(time.time())

    def records(self, lane: Lane, partition: int) -> int:
        one = self.series.waiting[Place(lane, ERP_COMMANDS, partition)]
        return one.end - one.offset

    async def late(self, lane: Lane, partition: int, seconds: float) -> None:
        """Wait until the watch says so; what it says instead fails the test."""

        def said() -> bool:
            found = self.lag_s(lane, partition)
            return found is not None and (found == 0 if seconds == 0 else abs(found - seconds) < EXACT_S)

        await until(said, lambda: f"{lane} {partition} is {self.lag_s(lane, partition)} s late, not {seconds}")

    async def write(self, partition: int, *ages_s: float, transaction: str | None = None) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, transactional_id=transaction)
        await producer.start()
        try:
            if transaction:
                await producer.begin_transaction()
            for age_s in ages_s:
                at = int((time.time() - age_s) * 1000)
                await producer.send_and_wait(ERP_COMMANDS, b"x", partition=partition, timestamp_ms=at)
            if transaction:
                await producer.commit_transaction()
        finally:
            await producer.stop()

    async def commit(self, lane: Lane, partition: int, offset: int) -> None:
        group = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, group_id=app_id(lane), enable_auto_commit=False)
        await group.start()
        try:
            where = TopicPartition(ERP_COMMANDS, partition)
            group.assign([where])
            await group.commit({where: offset})
        finally:
            await group.stop()


async def until(condition: Callable[[], bool], otherwise: Callable[[], str]) -> None:
    deadline = asyncio.get_running_loop().time() + WITHIN_S
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, otherwise()
        await asyncio.sleep(0.05)


@asynccontextmanager
async def admin_of(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


@asynccontextmanager
async def watching(bootstrap: str) -> AsyncIterator[Watched]:
    series, stop = LagSeries(Registry("lag-watcher")), asyncio.Event()
    watch = asyncio.create_task(LagWatch(bootstrap, series, LOOK_EVERY_S).run(stop))
    try:
        await until(lambda: series.complete, lambda: "no complete look")
        yield Watched(bootstrap, series)
    finally:
        stop.set()
        await watch


def watched(bootstrap: str, work: Callable[[Watched], Awaitable[None]]) -> None:
    """Run ``work`` on the topic of commands, with times as their writers give them."""

    async def run() -> None:
        async with admin_of(bootstrap) as admin:
            own_times = {"message.timestamp.type": "CreateTime"}
            await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, ERP_COMMANDS, own_times)])
        async with watching(bootstrap) as one:
            await work(one)

    asyncio.run(run())


@pytest.mark.timeout(120)
def test_lag_is_the_age_of_the_record_that_waits(spoilt_kafka: str) -> None:
    """A group that never committed counts from the log's start; each lane is as late as its own next record is old; who
    has caught up is 0 s late; what the log has dropped does not count any more."""

    async def work(one: Watched) -> None:
        await one.write(0, 500, 400, 300)
        await one.late("posting", 0, 500)
        await one.late("reconciliation", 0, 500)
        await one.commit("posting", 0, 1)
        await one.late("posting", 0, 400)
        await one.late("reconciliation", 0, 500)
        await one.commit("posting", 0, 3)
        await one.late("posting", 0, 0)
        await one.write(0, 100)
        await one.late("posting", 0, 100)
        async with admin_of(one.bootstrap) as admin:
            await admin.delete_records({TopicPartition(ERP_COMMANDS, 0): RecordsToDelete(before_offset=2)})
        await one.late("reconciliation", 0, 300)
        assert one.records("reconciliation", 0) == 2
        gone = Place("reconciliation", ERP_COMMANDS, 0)  # dropped after it was found to be the next
        async with Times(one.bootstrap) as times:
            (time_ms,) = (await times.read([(gone, 0)], {gone: 4})).values()
        assert abs(time.time() - 300 - (time_ms or 0) / 1000) < EXACT_S

    watched(spoilt_kafka, work)


@pytest.mark.timeout(120)
def test_offsets_without_a_record_are_passed_over(spoilt_kafka: str) -> None:
    """Where the committed offset holds a transaction's mark, the next record tells the age; where only marks are left,
    nobody is late although offsets are left."""

    async def work(one: Watched) -> None:
        await one.write(1, 500, transaction="smoke")
        await one.late("posting", 1, 500)
        await one.commit("posting", 1, 1)
        await one.late("posting", 1, 0)
        assert one.records("posting", 1) == 1
        await one.write(1, 200)
        await one.late("posting", 1, 200)

    watched(spoilt_kafka, work)


@pytest.mark.timeout(120)
def test_a_time_that_has_not_come_hides_nobody(spoilt_kafka: str) -> None:
    """A record whose time is half an hour ahead makes its lane late from the moment at which it was seen to wait."""

    async def work(one: Watched) -> None:
        await one.write(2, -1800)
        await until(lambda: (one.lag_s("posting", 2) or 0) > 1, lambda: f"{one.lag_s('posting', 2)} s late")

    watched(spoilt_kafka, work)
