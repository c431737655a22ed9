"""The whole posting lane: a real Kafka, the ERP as a process, the worker as a process that is killed."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingAnswered, PostingCommand
from milepost.runtime import topics
from milepost.runtime.erp.protocol import ErpDocument
from milepost.runtime.erp.simulated import SimulatedErp
from milepost.runtime.partitioner import partition_of
from milepost.runtime.settings import Settings, to_environment
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import ERP_COMMANDS, ERP_COMMANDS_RECONCILIATION, ERP_RECEIPTS, topics_of
from milepost.simulators.erp.faults import FaultSettings
from milepost.tests.posting.commands import accrual, reversal

PATIENCE_S = 120.0
FAULTS = FaultSettings(
    seed=11, busy=0.05, throttled=0.02, retry_after_s=0.1, answer_lost=0.05, late=0.05, late_s=0.5, latency_s=0.05
)
LONGEST_S = 0.8


def commands(run: str) -> list[PostingCommand]:
    """Three commands of each owner, the second a reversal of the first; every fifth owner is reconciliation's."""
    all_commands = []
    for n in range(60):
        priority = "reconciliation" if n % 5 == 0 else "fulfilment"
        first = accrual(f"load/{run}-{n}", 0, priority=priority)  # type: ignore[arg-type]
        all_commands += [first, reversal(first, 1), accrual(first.owner, 2, amount_minor=7, priority=first.priority)]
    return all_commands


@pytest.fixture
def erp(tmp_path: Path) -> Iterator[str]:
    """A naive ERP with faults, at an address."""
    options = ["--port", "0", "--faults", msgspec.json.encode(FAULTS).decode(), "--books", str(tmp_path / "books")]
    process = subprocess.Popen(
        [sys.executable, "-m", "milepost.simulators.erp", *options], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.kill()
    process.communicate()


@pytest.fixture
def worker(kafka: str, erp: str, tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Starts the posting lane under a stable name."""
    topics.create_missing(kafka, topics_of("posting"))
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str) -> subprocess.Popen[bytes]:
        settings = Settings(
            broker=kafka, erp_url=erp, erp_account="kafka-test", instance=name, data_dir=tmp_path,
            session_timeout_s=6.0, erp_longest_processing_s=LONGEST_S, erp_timeout_s=2.0, erp_rate_per_s=150.0,
        )  # fmt: skip
        log = (tmp_path / f"worker-{len(started)}.log").open("wb")
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "milepost.commands.main", "worker", "posting", "--no-supervise"],
                env=os.environ | to_environment(settings), stdout=log, stderr=subprocess.STDOUT,
            )
        )  # fmt: skip
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


async def _send(kafka: str, all_commands: list[PostingCommand]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    try:
        for command in all_commands:
            topic = ERP_COMMANDS if command.priority == "fulfilment" else ERP_COMMANDS_RECONCILIATION
            key = command.owner.encode()
            await producer.send(
                topic, key=key, value=msgspec.json.encode(command), partition=partition_of(key, PARTITIONS)
            )
        await producer.flush()
    finally:
        await producer.stop()


async def _answers(
    kafka: str, wanted: set[str], done: Callable[[list[PostingAnswered]], bool]
) -> list[PostingAnswered]:
    """Read the receipts of these postings until ``done``."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    told: list[PostingAnswered] = []
    try:
        consumer.assign([TopicPartition(ERP_RECEIPTS, p) for p in range(PARTITIONS)])
        await consumer.seek_to_beginning()
        async with asyncio.timeout(PATIENCE_S):
            while not done(told):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    bodies = [msgspec.json.decode(record.value, type=Event).body for record in records]
                    told += [b for b in bodies if isinstance(b, PostingAnswered) and b.command.id in wanted]
    finally:
        await consumer.stop()
    return told


async def _documents(url: str) -> list[ErpDocument]:
    gateway = SimulatedErp(url)
    try:
        documents: list[ErpDocument] = []
        page = await gateway.documents()
        while True:
            documents += page.documents
            if not page.more:
                return documents
            page = await gateway.documents(page.after)
    finally:
        await gateway.close()


def answered(told: list[PostingAnswered]) -> set[str]:
    return {answer.command.id for answer in told if answer.outcome != "unknown"}


def test_one_document_per_command_over_a_killed_worker_and_a_standby(
    kafka: str, erp: str, worker: Callable[[str], subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    """With lost answers, late bookings and refusals, a worker killed in the middle and its standby taking over, a naive
    ERP ends with exactly one document per command, in each owner's order, and every command is answered accepted."""
    all_commands = commands(uuid.uuid4().hex[:6])
    wanted = {command.id for command in all_commands}
    active = worker("a")
    asyncio.run(_send(kafka, all_commands))
    asyncio.run(_answers(kafka, wanted, lambda told: len(answered(told)) >= 40))
    standby = worker("b")
    active.kill()
    told = asyncio.run(_answers(kafka, wanted, lambda told: answered(told) == wanted))
    assert standby.poll() is None
    assert {answer.outcome for answer in told} <= {"accepted", "unknown"}
    time.sleep(LONGEST_S)  # nothing tells when the last late booking has come
    asyncio.run(_calm(erp))
    documents = [document for document in asyncio.run(_documents(erp)) if document.reference in wanted]
    assert Counter(Counter(d.reference for d in documents).values()) == {1: len(wanted)}
    by_owner: dict[str, list[str]] = {}
    for document in documents:
        by_owner.setdefault(document.owner, []).append(document.reference)
    for owner, references in by_owner.items():
        assert references == [c.id for c in all_commands if c.owner == owner]


async def _calm(url: str) -> None:
    async with aiohttp.ClientSession() as http, http.post(url + "/admin/faults", json={}) as response:
        assert response.status == 200
