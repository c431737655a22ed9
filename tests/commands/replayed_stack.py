"""A stack on a broker of its own that is stopped, loses topics, is rebuilt by `milepost replay` and started again."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from milepost.broker.choose import Broker
from milepost.commands.demo_gathering import all_documents
from milepost.commands.demo_scene import quick
from milepost.commands.demo_watch import Watch, watching
from milepost.commands.stack import Plan, Stack, running_stack
from milepost.commands.topic_reading import read_to_end
from milepost.runtime.partitioner import partition_of
from milepost.runtime.settings import from_environment, to_environment
from milepost.runtime.topic_kinds import LANES, PARTITIONS, app_id
from milepost.runtime.topic_table import ERP_COMMANDS
from milepost.workflow.reopening import whole

SESSION_S = 3.0  # a stopped lane is waited for so long
QUIET_WITHIN_S = 120.0
VERB_WITHIN_S = 180.0


class Done(NamedTuple):
    code: int
    out: str
    err: str


class Standing(NamedTuple):
    """What must be the same before and after. ``commands``: how many records erp.commands has.

    ``facts`` leaves out closed orders that have shrunk: theirs are in the journal.
    """

    documents: list[object]
    outboxes: dict[str, frozenset[str]]
    facts: dict[str, frozenset[str]]
    commands: int

    def same_as(self, other: Standing) -> bool:
        """Say whether nothing was posted, forgotten or learned; an order may have shrunk, or not yet, meanwhile."""
        both = self.facts.keys() & other.facts.keys()
        posted = (self.documents, self.outboxes, self.commands) == (other.documents, other.outboxes, other.commands)
        return posted and all(self.facts[owner] == other.facts[owner] for owner in both)


class ReplayedStack:
    """Runs verbs, and the stack as often as it takes; the ERP's books outlive it."""

    def __init__(self, broker: Broker, data_dir: Path) -> None:
        settings = from_environment({"MILEPOST_DATA_DIR": str(data_dir), "MILEPOST_SESSION_TIMEOUT_S": str(SESSION_S)})
        self.broker, self.bootstrap = broker, broker.bootstrap
        self.settings = quick(settings)
        self._runs = data_dir
        self._number = 0

    @asynccontextmanager
    async def running(self, lanes: Sequence[str] = LANES) -> AsyncIterator[tuple[Stack, Watch]]:
        """Run the ERP and these lanes."""
        self._number += 1
        run_dir = self._runs / f"run{self._number}"
        run_dir.mkdir(parents=True)
        erp = ("--unique-reference", "--books", str(self._runs / "books.jsonl"))
        plan = Plan(kind="demo", settings=self.settings, run_dir=run_dir, lanes=tuple(lanes), erp_arguments=erp)
        async with (
            running_stack(plan, self.broker) as stack,
            watching(self.bootstrap, stack.settings.erp_url) as watch,
        ):
            self.settings = replace(self.settings, erp_url=stack.settings.erp_url)
            yield stack, watch

    async def standing(self, watch: Watch) -> Standing:
        """Wait until all is quiet, and look."""
        await watch.until_quiet(QUIET_WITHIN_S)
        records = {key: whole(value) for key, value in watch.raw_records().items()}
        documents = await all_documents(self.settings.erp_url)
        return Standing(
            documents=list(documents),
            outboxes={key: frozenset(record.outbox) for key, record in records.items()},
            facts={key: frozenset(record.facts) for key, record in records.items() if record.facts},
            commands=await self.count(ERP_COMMANDS),
        )

    async def count(self, topic: str) -> int:
        found = 0
        async for _ in read_to_end(self.bootstrap, [topic]):
            found += 1
        return found

    async def replay(self, *arguments: str, session_s: float = SESSION_S) -> Done:
        """Run `milepost replay`; ``session_s``: how long it believes that a process that ended stays in its group."""
        told = to_environment(replace(self.settings, session_timeout_s=session_s))
        environment = {**os.environ, **told, "MILEPOST_BROKER": self.bootstrap}
        verb = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "milepost.commands.main", "replay", *arguments, env=environment,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(VERB_WITHIN_S):
            out, err = await verb.communicate()
        return Done(verb.returncode or 0, out.decode(), err.decode())

    async def lose(self, *topics: str) -> None:
        """Delete topics, and wait until they are gone."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.delete_topics(list(topics))
            while set(topics) & set(await admin.list_topics()):  # noqa: ASYNC110 - a broker tells nobody
                await asyncio.sleep(0.1)
        finally:
            await admin.close()

    async def read_from_the_start(self, lane: str, topics: Sequence[str]) -> None:
        """Let a stopped lane begin at offset 0 of its sources."""
        places = {TopicPartition(t, p): 0 for t in topics for p in range(PARTITIONS)}
        reader = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, group_id=app_id(lane), enable_auto_commit=False)
        await reader.start()
        try:
            reader.assign(list(places))
            await reader.commit(places)
        finally:
            await reader.stop()

    async def write(self, topic: str, key: str, value: bytes | None) -> None:
        """Write one row behind the back of a stopped lane."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        try:
            at = partition_of(key.encode(), PARTITIONS)
            await producer.send_and_wait(topic, value, key=key.encode(), partition=at)
        finally:
            await producer.stop()
