"""The posting lane: the product's processor and pump, one active process by a lease, and an ERP with bad days."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

import msgspec
from milepost.agents.posting_processor import PostingProcessor
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingCommand
from milepost.runtime.durable.interface import Processor
from milepost.runtime.erp.backoff import Backoff
from milepost.runtime.erp.breaker import Breaker
from milepost.runtime.erp.budget import Budget
from milepost.runtime.erp.protocol import Answer, ErpDocument, Page
from milepost.runtime.erp.pump import Pump
from milepost.runtime.topic_table import DEAD_LETTERS, ERP_COMMANDS, ERP_COMMANDS_RECONCILIATION, ERP_RECEIPTS
from milepost.simulators.erp.faults import FaultSettings
from milepost.tables import command_log
from milepost.tests.posting.commands import accrual, reversal
from milepost.tests.posting.erp import VirtualErp
from milepost.tests.posting.lane import EPOCH
from milepost.tests.simulation.clock import now
from milepost.tests.simulation.group import Group
from milepost.tests.simulation.wire import Wire
from milepost.tests.simulation.worker import Worker
from milepost.tests.simulation.world import HEARTBEAT_S, SESSION_S, Job, Record, World

_LATENCY_S, _LATE_S, _ON_THE_WAY_S = 0.3, 3.0, 1.0
_LEASES = "leases"


class Lease:
    """The account is held by one process at a time, as long as it is heard; whoever loses it ends."""

    def __init__(self, worker: Worker) -> None:
        self._worker, self._group = worker, worker.world.extra["lease"]
        self._confirmed = -math.inf
        self.held = asyncio.Event()

    def heartbeat_age_s(self) -> float:
        return now() - self._confirmed

    async def keep(self) -> None:
        name, wire, group = self._worker.name, self._worker.world.wire, self._group
        while True:
            joined = await wire.request(lambda: group.join(name), "lease")
            if joined.assigned:
                self._confirmed = now()
                self.held.set()
            elif self.held.is_set():
                self._worker.process.die("lease lost")
            while await self._confirm(joined.generation) == "ok":
                pass

    async def _confirm(self, generation: int) -> str:
        await asyncio.sleep(HEARTBEAT_S / 2)
        name, asked = self._worker.name, now()
        answer: str = await self._worker.world.wire.request(lambda: self._group.heartbeat(name, generation), "lease")
        if answer == "unknown" and self.held.is_set():
            self._worker.process.die("lease lost")
        if answer != "unknown":
            self._confirmed = asked
        return answer


class Gateway:
    """What has left the process arrives at the ERP, and is worked on to its end whatever becomes of its sender."""

    longest_processing_s = _LATENCY_S + _LATE_S + _ON_THE_WAY_S

    def __init__(self, erp: VirtualErp, wire: Wire) -> None:
        self._erp, self._wire = erp, wire

    async def post(self, command: PostingCommand) -> Answer:
        answer: Answer = await self._wire.request(lambda: self._erp.arrive(command))
        return answer

    async def find(self, reference: str) -> list[ErpDocument]:
        known: list[ErpDocument] = await self._wire.request(lambda: self._erp.asked(reference))
        return known

    async def documents(self, after: int = 0) -> Page:
        raise NotImplementedError("the pump never lists")

    async def close(self) -> None:
        """Nothing is open."""


class Ownership:
    """What the pump may ask of its lane."""

    def __init__(self, worker: Worker, lease: Lease) -> None:
        self._worker, self._lease = worker, lease

    def committed(self, topic: str, partition: int) -> int | None:
        found = self._worker.lane.progress().get((topic, partition))
        return found.committed if found else None

    def heartbeat_age_s(self) -> float:
        return self._lease.heartbeat_age_s()


class PostingJob(Job):
    name = "posting"
    partitions = 2
    sources = (ERP_COMMANDS, ERP_COMMANDS_RECONCILIATION, ERP_RECEIPTS)
    tables = (command_log.TABLE,)
    outputs = (DEAD_LETTERS,)
    merge = staticmethod(command_log.merge_bytes)

    def __init__(self, variant: int) -> None:
        super().__init__(variant)
        self.unique = bool(variant % 2)
        self.commands = _commands(Random(f"{variant}/commands"))

    def input(self) -> list[Record]:
        draw, records = Random(f"{self.variant}/again"), []
        for command in self.commands:
            topic = ERP_COMMANDS if command.priority == "fulfilment" else ERP_COMMANDS_RECONCILIATION
            record = Record(topic, command.owner.encode(), msgspec.json.encode(command))
            records += [record] * (2 if draw.random() < 0.2 else 1)
        return records

    def prepare(self, world: World) -> None:
        faults = FaultSettings(
            seed=self.variant, latency_s=_LATENCY_S, busy=0.05, throttled=0.05, retry_after_s=0.3, answer_lost=0.15,
            late=0.1, late_s=_LATE_S,
        )  # fmt: skip
        world.broker.create(_LEASES, 1)
        world.extra["erp"] = VirtualErp(faults, unique=self.unique)
        world.extra["wire"] = Wire(world.draw, lost=0.0)
        world.extra["lease"] = Group(world.broker, _LEASES, (_LEASES,), SESSION_S, SESSION_S)

    async def before_start(self, worker: Worker) -> None:
        worker.lease = lease = Lease(worker)
        worker.process.spawn(lease.keep())
        await lease.held.wait()

    def begin(self, worker: Worker) -> Processor:
        world = worker.world
        pump = Pump(
            gateway=world.parts.gateway(Gateway(world.extra["erp"], world.extra["wire"])),
            ownership=Ownership(worker, worker.lease),
            publish=lambda outputs: worker.lane.publish(outputs),
            budget=Budget(now=now(), rate_per_s=50.0, concurrency=3, burst=3.0, floor=0.2),
            breaker=Breaker(failures=4, cool_down_s=0.5),
            backoff=Backoff(world.draw, base_s=0.1, cap_s=1.0),
            heartbeat_limit_s=SESSION_S / 2,
            now=now,
            wall=lambda: EPOCH + timedelta(seconds=now()),
        )
        pump.passing = worker.passing
        worker.process.spawn(pump.run())
        return PostingProcessor(pump)

    def rested(self, world: World) -> bool:
        answers = [msgspec.json.decode(r.value, type=Event).body for r in world.broker.records(ERP_RECEIPTS)]
        final = {a.command.id for a in answers if a.outcome != "unknown"}
        return final >= {c.id for c in self.commands} and not world.extra["erp"].working

    def digest(self, world: World) -> Any:
        rows = {
            key: msgspec.json.decode(value, type=command_log.Entry)
            for key, value in world.table(command_log.TABLE).items()
        }
        return {key: (row.state, row.attempt, row.reversed_by) for key, row in rows.items()}

    def complaints(self, world: World) -> list[str]:
        erp, found = world.extra["erp"], []
        documents = Counter(b.draft.reference for b in erp.books.documents)
        most = 1 if self.unique else world.extra["lease"].generation
        for c in self.commands:
            if not 1 <= documents[c.id] <= most:
                found.append(f"{documents[c.id]} documents of {c.id}, at most {most} allowed")
        found += [f"nobody asked for {reference}" for reference in documents if reference not in self._ids()]
        if sum(documents.values()) - len(documents) >= most:
            found.append(f"{sum(documents.values()) - len(documents)} extra documents, {most} owners")
        return found + [f"dead letter {r!r:.100}" for r in world.broker.records(DEAD_LETTERS)] + self._disorder(world)

    def _disorder(self, world: World) -> list[str]:
        first: dict[str, int] = {}
        for booked in world.extra["erp"].books.documents:
            first.setdefault(booked.draft.reference, booked.position)
        pairs = [(a, b) for a in self.commands for b in self.commands if a.owner == b.owner and a.sequence < b.sequence]
        return [f"{b.id} was booked before {a.id}" for a, b in pairs if first.get(a.id, 0) > first.get(b.id, math.inf)]

    def _ids(self) -> set[str]:
        return {c.id for c in self.commands}


def _commands(draw: Random) -> list[PostingCommand]:
    commands: list[PostingCommand] = []
    for owner in range(draw.randint(2, 5)):
        posted: list[PostingCommand] = []
        priority: Any = draw.choice(("fulfilment", "fulfilment", "reconciliation"))
        for sequence in range(draw.randint(1, 4)):
            if posted and draw.random() < 0.4:
                commands.append(reversal(posted.pop(), sequence))
            else:
                posted.append(accrual(f"load/{owner}", sequence, amount_minor=100 + sequence, priority=priority))
                commands.append(posted[-1])
    return commands
