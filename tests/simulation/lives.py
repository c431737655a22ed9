"""The fulfilment lane on real orders' lives: facts, what ought to exist and the ERP's net know of no accident."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
from milepost.agents.fulfilment import Fulfilment
from milepost.bench.core import answered
from milepost.codecs import canonical
from milepost.contracts.documents import journal_of
from milepost.contracts.events import payload_digest
from milepost.contracts.postings import PostingCommand
from milepost.runtime.durable.interface import Processor
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import ERP_COMMANDS, ERP_RECEIPTS, ORDERS_FACTS, TOPICS, WMS_MILESTONES
from milepost.simulators.life import lives
from milepost.tables import records as rows
from milepost.tables.records import LOADS, ORDERS
from milepost.tests.simulation.broker import Partition, Stored
from milepost.tests.simulation.clock import WORLD
from milepost.tests.simulation.worker import Worker
from milepost.tests.simulation.world import Job, Record, World
from milepost.workflow import record as records
from milepost.workflow.rules import Rules
from milepost.workflow.step import decide


@cache
def rules() -> Rules:
    settings = Settings()
    return load_rules(settings.policy_dir, settings.reference_dir, "main")


class Erp:
    """Accepts every command some time after it was said, as often as it was said."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.working = 0

    def stored(self, writer: str, at: Partition, base: int, stored: Sequence[Stored]) -> None:
        if at[0] == ERP_COMMANDS:
            for record in stored:
                told = answered(msgspec.json.decode(record.value or b"", type=PostingCommand))
                receipt = Record(ERP_RECEIPTS, told.owner.encode(), canonical.encode(told))
                due_s = self._world.draw.random()
                asyncio.get_running_loop().call_later(due_s, self._answer, receipt, context=WORLD)
                self.working += 1

    def _answer(self, receipt: Record) -> None:
        self.working -= 1
        self._world.feed([receipt])

    def committed(self, writer: str, at: Partition, offset: int) -> None:
        """The ERP does not care."""


class LivesJob(Job):
    name = "lives"
    partitions = PARTITIONS
    sources = (WMS_MILESTONES, ORDERS_FACTS, ERP_RECEIPTS)
    tables = (ORDERS, LOADS)
    merge = staticmethod(rows.merge)
    epoch_of = staticmethod(rows.epoch_of)

    def __init__(self, variant: int) -> None:
        super().__init__(variant)
        self.events = [act.event for act in lives(variant, 2).acts]

    def input(self) -> list[Record]:
        return [Record(WMS_MILESTONES, e.owner.encode(), canonical.encode(e)) for e in self.events]

    def prepare(self, world: World) -> None:
        for topic in TOPICS:
            if topic not in world.broker.partitions:
                world.broker.create(topic, self.partitions)
        world.extra["erp"] = erp = Erp(world)
        world.broker.watchers.append(erp)

    def begin(self, worker: Worker) -> Processor:
        return Fulfilment(rules(), 1000)

    def rested(self, world: World) -> bool:
        return not world.extra["erp"].working

    def digest(self, world: World) -> Any:
        kept = self._kept(world)
        facts = {
            key: {name: sorted(payload_digest(f.occurred_at, f.body) for f in found) for name, found in r.facts.items()}
            for key, r in kept.items()
        }
        ought = {key: {c: one.document for c, one in decide(r, rules()).ought.items()} for key, r in kept.items()}
        return facts, ought, self._net(kept)

    def complaints(self, world: World) -> list[str]:
        """Nobody answers a command that was never said."""
        entries = [(p, entry) for r in self._kept(world).values() for p, entry in r.outbox.items()]
        return [f"a command never answered: {posting}" for posting, entry in entries if not entry.receipts]

    def _kept(self, world: World) -> dict[str, records.Record]:
        found = {**world.table(ORDERS), **world.table(LOADS)}
        return {key: records.decode(value) for key, value in found.items()}

    def _net(self, kept: dict[str, records.Record]) -> dict[tuple[str, str, str, str], int]:
        """What the ERP's books say when every command of every outbox is booked once."""
        sums: dict[tuple[str, str, str, str], int] = {}
        for record in kept.values():
            for entry in record.outbox.values():
                for line in journal_of(entry.document):
                    place = (record.key, entry.chain, line.account, line.currency)
                    sums[place] = sums.get(place, 0) + (-line.amount_minor if entry.reverses else line.amount_minor)
        return {place: amount for place, amount in sums.items() if amount}
