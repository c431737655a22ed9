"""A posting lane without Kafka: topics as lists, a table with its changelog, processes that may die any time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import msgspec
from milepost.agents.posting_processor import PostingProcessor
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingAnswered, PostingCommand
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.erp.backoff import Backoff
from milepost.runtime.erp.breaker import Breaker
from milepost.runtime.erp.budget import Budget
from milepost.runtime.erp.pump import Pump
from milepost.tests.posting.erp import Client
from milepost.tests.posting.virtual_time import now

COMMANDS, RECONCILIATION, RECEIPTS = "erp.commands", "erp.commands.reconciliation", "erp.receipts"
PARTITION = 0
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class MemoryStore:
    """The tables of one partition as a dict."""

    def __init__(self, rows: dict[tuple[str, str], bytes] | None = None) -> None:
        self.rows = dict(rows or {})

    def get(self, table: str, key: str) -> bytes | None:
        return self.rows.get((table, key))

    def put(self, table: str, key: str, value: bytes | None) -> None:
        if value is None:
            self.rows.pop((table, key), None)
        else:
            self.rows[table, key] = value

    def items(self, table: str) -> Iterator[tuple[str, bytes]]:
        return ((key, value) for (name, key), value in list(self.rows.items()) if name == table)


class Broker:
    """What outlives every process: topics, the changelog's last state, committed offsets."""

    def __init__(self) -> None:
        self.topics: dict[str, list[tuple[bytes, bytes]]] = {COMMANDS: [], RECONCILIATION: [], RECEIPTS: []}
        self.dead: list[Output] = []
        self.table: dict[tuple[str, str], bytes] = {}
        self.committed = dict.fromkeys(self.topics, 0)

    def send(self, command: PostingCommand) -> None:
        topic = COMMANDS if command.priority == "fulfilment" else RECONCILIATION
        self.topics[topic].append((command.owner.encode(), msgspec.json.encode(command)))

    def publish(self, outputs: Sequence[Output]) -> None:
        for one in outputs:
            assert one.value is not None
            if one.topic == RECEIPTS:
                self.topics[RECEIPTS].append((one.key, one.value))
            else:
                self.dead.append(one)

    def answers(self) -> list[PostingAnswered]:
        bodies = [msgspec.json.decode(value, type=Event).body for _, value in self.topics[RECEIPTS]]
        return [body for body in bodies if isinstance(body, PostingAnswered)]

    def outcomes(self, posting: str) -> set[str]:
        return {answer.outcome for answer in self.answers() if answer.command.id == posting}


class Process:
    """One worker: reads chunks, makes them durable, publishes, commits - each a moment later than the one before."""

    def __init__(self, broker: Broker, client: Client, rng: Random, **limits: float) -> None:
        self.broker, self.client, self._rng = broker, client, rng
        self.silent_since: float | None = None
        self.limits = {"rate_per_s": 20.0, "concurrency": 3, "burst": 3.0, "floor": 0.2} | limits
        self.pump = Pump(
            gateway=client,
            ownership=self,
            publish=self._publish,
            budget=Budget(now=now(), **self.limits),  # type: ignore[arg-type]
            breaker=Breaker(failures=4, cool_down_s=1.0),
            backoff=Backoff(rng, base_s=0.1, cap_s=2.0),
            heartbeat_limit_s=1.0,
            now=now,
            wall=lambda: EPOCH + timedelta(seconds=now()),
        )
        self.processor = PostingProcessor(self.pump)
        self._store = MemoryStore(broker.table)
        self._position = dict(broker.committed)
        self._tasks: list[asyncio.Task[None]] = []

    def committed(self, topic: str, partition: int) -> int | None:
        return self.broker.committed[topic]

    def heartbeat_age_s(self) -> float:
        return 0.0 if self.silent_since is None else now() - self.silent_since

    async def run(self) -> None:
        """Work until cancelled, or raise what went wrong."""
        self.processor.recovered(PARTITION, self._store, epoch=1)
        async with asyncio.TaskGroup() as group:
            group.create_task(self.pump.run())
            group.create_task(self._consume())

    async def _publish(self, outputs: Sequence[Output]) -> None:
        await asyncio.sleep(self._rng.uniform(0.0, 0.02))
        self.broker.publish(outputs)

    async def _consume(self) -> None:
        while True:
            await asyncio.sleep(self._rng.uniform(0.01, 0.1))
            if self.silent_since is None:
                for topic in self.broker.topics:
                    await self._chunk(topic)

    async def _chunk(self, topic: str) -> None:
        at = self._position[topic]
        read = self.broker.topics[topic][at : at + self._rng.randint(1, 4)]
        if not read:
            return
        records = [Incoming(topic, PARTITION, at + i, key, value, 0, ()) for i, (key, value) in enumerate(read)]
        outputs = self.processor.chunk(records, self._store)
        self._position[topic] = at + len(read)
        await asyncio.sleep(self._rng.uniform(0.0, 0.05))
        self.broker.table = dict(self._store.rows)
        await asyncio.sleep(self._rng.uniform(0.0, 0.05))
        self.broker.publish(outputs)
        await asyncio.sleep(self._rng.uniform(0.0, 0.2))
        self.broker.committed[topic] = at + len(read)
