"""A backlog that really piles up in an outage of the ERP, and a poster that is killed in the middle of it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from milepost.chaos import erp_faults
from milepost.chaos.broker_under_test import BrokerUnderTest
from milepost.chaos.erp_faults import ErpUnderTest
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingAnswered, PostingCommand
from milepost.runtime import topics
from milepost.runtime.erp.protocol import ErpDocument
from milepost.runtime.erp.simulated import SimulatedErp
from milepost.runtime.partitioner import partition_of
from milepost.runtime.settings import Settings, to_environment
from milepost.runtime.topic_kinds import PARTITIONS, app_id
from milepost.runtime.topic_table import ERP_COMMANDS, ERP_RECEIPTS, topics_of
from milepost.tests.chaos.erp_process import ErpProcess
from milepost.tests.durable.kit import committed
from milepost.tests.posting.commands import accrual, reversal

COMMANDS = int(os.environ.get("BACKLOG_COMMANDS", "24000"))
PATIENCE_S = 240.0
LOOK_EVERY_S = 0.2


def backlog() -> list[PostingCommand]:
    """Three commands of each owner, the second a reversal of the first."""
    commands = []
    for n in range(COMMANDS // 3):
        first = accrual(f"load/{n}", 0)
        commands += [first, reversal(first, 1), accrual(first.owner, 2, amount_minor=7)]
    return commands


class Poster:
    """The posting lane as a process, always under the same name."""

    def __init__(self, broker: str, erp: str, folder: Path) -> None:
        settings = Settings(
            broker=broker, erp_url=erp, instance="poster", data_dir=folder, session_timeout_s=6.0,
            erp_longest_processing_s=1.0, erp_timeout_s=5.0, erp_rate_per_s=10_000.0, erp_concurrency=32,
        )  # fmt: skip
        self._environment = os.environ | to_environment(settings)
        self.log = folder / "poster.log"
        self.process = self._started()

    def kill(self) -> None:
        """kill -9, and start it again."""
        self.end()
        self.process = self._started()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()

    def _started(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "milepost.commands.main", "worker", "posting"]
            return subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)


@pytest.fixture
def broker() -> Iterator[str]:
    """A broker of this test alone: its topics hold nothing else."""
    with BrokerUnderTest.start() as started:
        topics.create_missing(started.bootstrap, topics_of("posting"))
        yield started.bootstrap


async def send(broker: str, commands: list[PostingCommand]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=broker, linger_ms=5, max_batch_size=262_144)
    await producer.start()
    try:
        for command in commands:
            key = command.owner.encode()
            where = partition_of(key, PARTITIONS)
            await producer.send(ERP_COMMANDS, msgspec.json.encode(command), key, partition=where)
        await producer.flush()
    finally:
        await producer.stop()


async def receipts(broker: str, wanted: int) -> list[PostingAnswered]:
    """Read receipts until so many commands have been answered for good."""
    consumer = AIOKafkaConsumer(bootstrap_servers=broker, auto_offset_reset="earliest")
    await consumer.start()
    told: list[PostingAnswered] = []
    answered: set[str] = set()
    try:
        consumer.assign([TopicPartition(ERP_RECEIPTS, p) for p in range(PARTITIONS)])
        while len(answered) < wanted:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                bodies = [msgspec.json.decode(record.value, type=Event).body for record in records]
                told += [body for body in bodies if isinstance(body, PostingAnswered)]
            answered = {body.command.id for body in told if body.outcome != "unknown"}
    finally:
        await consumer.stop()
    return told


async def documents(url: str) -> list[ErpDocument]:
    gateway = SimulatedErp(url)
    try:
        found: list[ErpDocument] = []
        more = True
        while more:
            page = await gateway.documents(len(found))
            found, more = found + page.documents, page.more
        return found
    finally:
        await gateway.close()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    while not await holds():  # noqa: ASYNC110 - other processes decide
        await asyncio.sleep(LOOK_EVERY_S)


async def outage_and_drain(
    broker: str, erp: ErpUnderTest, poster: Poster, commands: list[PostingCommand]
) -> list[PostingAnswered]:
    """The backlog is complete, the poster dies; the ERP is back, the poster dies again half-way; then to the end."""
    complete = asyncio.Event()

    async def all_taken_in() -> bool:
        at = await committed(broker, app_id("posting"), ERP_COMMANDS, PARTITIONS)
        return sum(at.values()) == len(commands)

    async def booked(share: float) -> bool:
        return bool((await erp.health())["documents"] >= share * len(commands))

    began = time.monotonic()
    outage = asyncio.create_task(erp_faults.outage(erp, seconds=PATIENCE_S, enough=complete.is_set, at_end=poster.kill))
    await send(broker, commands)
    await until(all_taken_in)
    assert not await booked(1e-9)
    complete.set()
    done = await outage
    back = time.monotonic()
    await until(lambda: booked(0.4))
    poster.kill()
    told = await receipts(broker, len(commands))
    print(f"{len(commands)} commands piled up in {back - began:.1f} s ({done.done['refused']} calls refused), "
          f"drained in {time.monotonic() - back:.1f} s over two kills")  # fmt: skip
    return told


@pytest.mark.timeout(300)
def test_a_backlog_and_a_poster_killed_in_its_middle(broker: str, tmp_path: Path) -> None:
    """All commands pile up in an outage; the poster is killed with the backlog complete and again while it drains;
    at the end a naive ERP has exactly one document per command, in each owner's order, each with one accepted receipt.
    """
    commands = backlog()
    wanted = {command.id for command in commands}
    with ErpProcess(tmp_path) as process:
        poster = Poster(broker, process.url, tmp_path)
        try:
            erp = ErpUnderTest(process.url)
            told = asyncio.run(asyncio.wait_for(outage_and_drain(broker, erp, poster, commands), PATIENCE_S))
            assert poster.process.poll() is None, poster.log.read_text()[-2000:]
            found = asyncio.run(documents(process.url))
        finally:
            poster.end()
    assert Counter(d.reference for d in found) == Counter(dict.fromkeys(wanted, 1))
    accepted = {(a.command.id, a.document_number) for a in told if a.outcome == "accepted"}
    assert accepted == {(d.reference, d.number) for d in found}
    assert {a.outcome for a in told} <= {"accepted", "unknown"}
    place = {document.reference: number for number, document in enumerate(found)}
    for first, second, third in zip(commands[::3], commands[1::3], commands[2::3], strict=True):
        assert place[first.id] < place[second.id] < place[third.id]
