"""Topics, records, worker processes and what they leave behind, for the tests of the durable batch."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    NotCoordinatorForGroupError,
)
from milepost.runtime.partitioner import partition_of
from milepost.tests.durable.processors import TABLE
from milepost.tests.durable.worker import Job

T = TypeVar("T")
PARTITIONS = 4


def run(work: Awaitable[T]) -> T:
    async def main() -> T:
        return await work

    return asyncio.run(main())


class World:
    """The topics of one test and everything done to them."""

    def __init__(self, bootstrap: str, folder: Path, partitions: int = PARTITIONS) -> None:
        self.bootstrap = bootstrap
        self.folder = folder
        self.partitions = partitions
        name = uuid.uuid4().hex[:10]
        self.app_id = f"lane-{name}"
        self.source = f"in-{name}"
        self.output = f"out-{name}"
        self.changelog = f"{self.app_id}-{TABLE}-changelog"
        self.workers: list[Worker] = []

    def create(self, configs: Mapping[str, Mapping[str, str]] | None = None) -> World:
        compact = {self.changelog: {"cleanup.policy": "compact"}}
        all_configs = {self.source: {}, self.output: {}, **compact, **(configs or {})}
        run(create_topics(self.bootstrap, {t: (self.partitions, c) for t, c in all_configs.items()}))
        return self

    def job(self, **changes: Any) -> Job:
        given = {
            "bootstrap": self.bootstrap,
            "app_id": self.app_id,
            "sources": [self.source],
            "output": self.output,
            "datadir": str(self.folder),
        }
        return Job(**{**given, **changes})

    def start(self, name: str | None = None, module: str = "worker", **changes: Any) -> Worker:
        log = self.folder / f"worker-{len(self.workers)}.log"
        worker = Worker(self.job(instance_id=name, **changes), log, module)
        self.workers.append(worker)
        return worker

    def stop_all(self) -> None:
        for worker in self.workers:
            worker.kill()

    def alter(self, topic: str, config: Mapping[str, str]) -> None:
        run(alter(self.bootstrap, topic, config))

    # -- records ------------------------------------------------------------------------------------------------

    def send(self, events: Iterable[tuple[str, str]]) -> None:
        """(key, text) to the source topic, where murmur2 of the key points."""
        run(send(self.bootstrap, self.source, events, self.partitions))

    def outputs(self) -> list[str]:
        return [(r.value or b"").decode() for r in run(read_all(self.bootstrap, self.output))]

    def table(self) -> dict[str, bytes]:
        """The table as its changelog tells it: the last record per key."""
        state: dict[str, bytes] = {}
        for record in run(read_all(self.bootstrap, self.changelog)):
            key = (record.key or b"").decode()
            if record.value is None:
                state.pop(key, None)
            else:
                state[key] = record.value
        return state

    def committed(self) -> dict[int, int]:
        return run(committed(self.bootstrap, self.app_id, self.source, self.partitions))

    def ends(self) -> dict[int, int]:
        return run(ends(self.bootstrap, self.source, self.partitions))

    def await_caught_up(self, timeout_s: float = 60.0) -> None:
        """Until the group's commit stands at the end of every source partition."""
        wanted = {p: end for p, end in self.ends().items() if end}

        def caught_up() -> bool:
            if self.workers and all(w.process.poll() is not None for w in self.workers):
                raise AssertionError(f"no worker is left: {self.describe()}")
            found = self.committed()  # beyond it, where the lane itself wrote more there meanwhile
            return all(found.get(p, 0) >= end for p, end in wanted.items())

        await_true(caught_up, timeout_s, self.describe)

    def describe(self) -> str:
        logs = "\n".join(f"--- {w.log}\n{w.tail()}" for w in self.workers)
        return f"committed {self.committed()}, ends {self.ends()}\n{logs}"


class Worker:
    def __init__(self, job: Job, log: Path, module: str = "worker") -> None:
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", f"milepost.tests.durable.{module}", json.dumps(asdict(job))],
                stdout=out,
                stderr=out,
                cwd=log.parent,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )

    def await_line(self, text: str, timeout_s: float = 30.0) -> None:
        await_true(lambda: text in self.log.read_text() or self._ended(text), timeout_s, self.tail)

    def _ended(self, text: str) -> bool:
        if self.process.poll() is not None and text not in self.log.read_text():
            raise AssertionError(f"worker ended with {self.process.returncode} before {text!r}:\n{self.tail()}")
        return False

    def flowing(self) -> Worker:
        self.await_line("flowing:")
        return self

    def tail(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text().splitlines()[-lines:])

    def terminate(self, timeout_s: float = 30.0) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.ended(timeout_s)

    def ended(self, timeout_s: float = 30.0) -> int:
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"worker still runs:\n{self.tail()}") from None

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def await_true(holds: Callable[[], bool], timeout_s: float, describe: Callable[[], str]) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s} s: {describe()}")
        time.sleep(0.1)


async def create_topics(bootstrap: str, topics: Mapping[str, tuple[int, Mapping[str, str]]]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics(
            [NewTopic(name, count, 1, topic_configs=dict(config)) for name, (count, config) in topics.items()]
        )
    finally:
        await admin.close()


async def alter(bootstrap: str, topic: str, config: Mapping[str, str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, dict(config))])
    finally:
        await admin.close()


async def send(bootstrap: str, topic: str, events: Iterable[tuple[str, str]], partitions: int) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_batch_size=262_144, linger_ms=5)
    await producer.start()
    try:
        futures = [
            await producer.send(topic, value.encode(), key.encode(), partition=partition_of(key.encode(), partitions))
            for key, value in events
        ]
        await asyncio.gather(*futures)
    finally:
        await producer.stop()


async def read_all(bootstrap: str, topic: str, committed_only: bool = True) -> list[Any]:
    """Every record from beginning to end, per partition in order; the position decides where the end is."""
    level = "read_committed" if committed_only else "read_uncommitted"
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False, isolation_level=level
    )
    await consumer.start()
    try:
        await consumer._client.force_metadata_update()
        found = await consumer._client.fetch_all_metadata()
        tps = [TopicPartition(topic, p) for p in sorted(found.partitions_for_topic(topic) or ())]
        last = await consumer.end_offsets(tps)
        left = {tp for tp in tps if last[tp] > 0}
        if not left:
            return []
        consumer.assign(list(left))
        await consumer.seek_to_beginning(*left)
        records: list[Any] = []
        while left:
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                records.extend(batch)
            left = {tp for tp in left if await consumer.position(tp) < last[tp]}
        return records
    finally:
        await consumer.stop()


async def committed(bootstrap: str, group: str, topic: str, partitions: int) -> dict[int, int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        offsets = await _group_offsets(admin, group)
        return {tp.partition: o.offset for tp, o in offsets.items() if tp.topic == topic}
    finally:
        await admin.close()


async def _group_offsets(admin: Any, group: str) -> Any:
    """The first question about any group creates the offsets topic, and is refused until that stands."""
    while True:
        try:
            return await admin.list_consumer_group_offsets(group)
        except (GroupCoordinatorNotAvailableError, NotCoordinatorForGroupError, GroupLoadInProgressError):
            await asyncio.sleep(0.1)


async def ends(bootstrap: str, topic: str, partitions: int) -> dict[int, int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        found = await consumer.end_offsets([TopicPartition(topic, p) for p in range(partitions)])
        return {tp.partition: offset for tp, offset in found.items()}
    finally:
        await consumer.stop()
