"""What a schedule's processes share: broker, groups, wire, judge; and what kind of lane they run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from milepost.runtime.durable.interface import EpochOf, Merge, Processor, Tuning
from milepost.runtime.durable.rebuild import fold
from milepost.runtime.durable.setup import LaneSetup
from milepost.runtime.durable.store import PartitionStore
from milepost.runtime.partitioner import partition_of
from milepost.tests.simulation.broker import Broker, Stored
from milepost.tests.simulation.group import Group
from milepost.tests.simulation.judge import Judge
from milepost.tests.simulation.parts import Parts
from milepost.tests.simulation.wire import Wire

if TYPE_CHECKING:
    from milepost.tests.simulation.worker import Worker

APP = "lane"
SESSION_S, HEARTBEAT_S, REBALANCE_S = 3.0, 0.75, 4.0


def tuning(draw: Random) -> Tuning:
    """Small limits, so that a few dozen records meet all of them."""
    return Tuning(
        chunk_records=draw.randint(1, 6),
        poll_records=draw.randint(4, 16),
        records_in_flight=draw.randint(6, 24),
        commit_interval_s=draw.choice([0.1, 0.5]),
        commit_records=draw.randint(5, 20),
        session_timeout_s=SESSION_S,
        heartbeat_interval_s=HEARTBEAT_S,
        drain_timeout_s=120.0,
    )


class Record(NamedTuple):
    topic: str
    key: bytes
    value: bytes


class Job:
    """One kind of lane: its topics, its processor, its input, and what must have come of it in the end."""

    name = ""
    partitions = 4
    sources: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    merge: Merge | None = None
    epoch_of: EpochOf | None = None

    def __init__(self, variant: int) -> None:
        self.variant = variant

    def input(self) -> list[Record]:
        raise NotImplementedError

    def prepare(self, world: World) -> None:
        """Whatever else is in the world."""

    def begin(self, worker: Worker) -> Processor:
        """Build one process's processor, and start what belongs to it."""
        raise NotImplementedError

    async def before_start(self, worker: Worker) -> None:
        """What a process waits for before its lane starts."""

    def rested(self, world: World) -> bool:
        return True

    def digest(self, world: World) -> Any:
        """What must equal that of a run without accidents."""
        raise NotImplementedError

    def complaints(self, world: World) -> list[str]:
        """What is lost, doubled or unexplained, told from this run alone."""
        return []


@dataclass
class World:
    job: Job
    draw: Random
    broker: Broker
    wire: Wire
    group: Group
    judge: Judge
    tuning: Tuning
    parts: Parts
    guarded: bool
    """Whether processes watch their own pulse: without it a thawed zombie writes on."""
    extra: dict[str, Any] = field(default_factory=dict)

    def setup(self, factory: Any) -> LaneSetup:
        job = self.job
        return LaneSetup(APP, "", job.sources, job.tables, factory, self.tuning, job.outputs, job.merge, job.epoch_of)

    def feed(self, records: Sequence[Record]) -> None:
        for topic, key, value in records:
            at = (topic, partition_of(key, self.job.partitions))
            if self.draw.random() < 0.05:
                self.broker.mark(at)
            self.broker.append(at, [Stored(key, value)])

    def table(self, table: str) -> dict[str, bytes]:
        """A table as a new owner would recover it from its changelog."""
        setup, found = self.setup(None), {}
        for p in range(self.job.partitions):
            store = PartitionStore(p, 10**9)
            records = [r for r in self.broker.logs[changelog(table), p] if r is not None]
            fold(setup, store, table, records)
            found.update(store.tables[table])
        return found


def changelog(table: str) -> str:
    return f"{APP}-{table}-changelog"


def a_world(job: Job, seed: int, parts: Parts, *, trouble: float, lost: float, guarded: bool) -> World:
    draw = Random(f"{seed}/world")
    broker = Broker()
    for topic in (*job.sources, *job.outputs, *map(changelog, job.tables)):
        broker.create(topic, job.partitions)
    judge = Judge(broker, {t: changelog(t) for t in job.tables})
    broker.watchers.append(judge)
    world = World(
        job=job, draw=draw, broker=broker, wire=Wire(draw, trouble=trouble, lost=lost),
        group=Group(broker, APP, job.sources, SESSION_S, REBALANCE_S), judge=judge, tuning=tuning(draw), parts=parts,
        guarded=guarded,
    )  # fmt: skip
    job.prepare(world)
    return world


async def settled(world: World) -> bool:
    """Whether all that was fed is committed."""
    offsets = world.broker.offsets[APP]
    await asyncio.sleep(0.25)
    read = [(s, p) for s in world.job.sources for p in range(world.job.partitions)]
    return all(offsets.get(at, 0) == world.broker.end(at) for at in read) and world.job.rested(world)
