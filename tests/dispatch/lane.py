"""A dispatch lane without Kafka: topics as lists, a table with its changelog, processes that may die any time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random

import msgspec
from milepost.agents.dispatch import Pumps, pump_of
from milepost.agents.dispatch_processor import DispatchProcessor
from milepost.codecs.dialects.model import Dialects
from milepost.contracts.deliveries import DeliveryWord
from milepost.contracts.instructions import CustomerNotice, Instruction
from milepost.contracts.reports import ExceptionRaised
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.erp.breaker import Breaker
from milepost.runtime.topic_table import (
    CUSTOMER_NOTICES,
    ORDERS_EXCEPTIONS,
    PARTNER_ANSWERS,
    PARTNER_DELIVERIES,
    PARTNER_REFERENCES,
    TMS_INSTRUCTIONS,
    TMS_MILESTONES,
    WMS_INSTRUCTIONS,
    WMS_MILESTONES,
)
from milepost.tables.deliveries import Outbox
from milepost.tables.delivery import Delivery
from milepost.tests.dispatch.partner import Line
from milepost.tests.dispatch.told import EPOCH
from milepost.tests.posting.lane import MemoryStore
from milepost.tests.posting.virtual_time import now

TOPICS = (
    WMS_INSTRUCTIONS, TMS_INSTRUCTIONS, CUSTOMER_NOTICES, PARTNER_ANSWERS, PARTNER_DELIVERIES, WMS_MILESTONES,
    TMS_MILESTONES,
)  # fmt: skip
PARTITION = 0
EPOCH_MS = int(EPOCH.timestamp() * 1000)


class Broker:
    """What outlives every process: topics, the changelog's last state, committed offsets."""

    def __init__(self) -> None:
        self.topics: dict[str, list[tuple[bytes, bytes, int]]] = {topic: [] for topic in TOPICS}
        self.others: list[Output] = []
        self.table: dict[tuple[str, str], bytes] = {}
        self.committed = dict.fromkeys(self.topics, 0)

    def send(self, told: Instruction | CustomerNotice, at_ms: int = EPOCH_MS) -> None:
        notice = isinstance(told, CustomerNotice)
        topic = CUSTOMER_NOTICES if notice else WMS_INSTRUCTIONS if told.recipient == "wms" else TMS_INSTRUCTIONS
        self.topics[topic].append((told.owner.encode(), msgspec.json.encode(told), at_ms))

    def publish(self, outputs: Sequence[Output]) -> None:
        for one in outputs:
            assert one.value is not None
            if one.topic in self.topics:
                self.topics[one.topic].append((one.key, one.value, EPOCH_MS))
            else:
                self.others.append(one)

    def linked(self) -> set[str]:
        """Ids of what a control number was published for."""
        return {
            msgspec.json.decode(one.value or b"")["target"]["instruction"]
            for one in self.others
            if one.topic == PARTNER_REFERENCES
        }

    def words(self) -> list[DeliveryWord]:
        return [msgspec.json.decode(value, type=DeliveryWord) for _, value, _ in self.topics[PARTNER_DELIVERIES]]

    def exceptions(self) -> dict[str, ExceptionRaised]:
        """The last word on each, by its id."""
        told = [one.value or b"" for one in self.others if one.topic == ORDERS_EXCEPTIONS]
        return {one.id: one for one in (msgspec.json.decode(value, type=ExceptionRaised) for value in told)}

    def rows(self) -> dict[str, Delivery]:
        return {row.id: row for row in Outbox(MemoryStore(self.table)).all()}


class Process:
    """One worker: reads chunks, makes them durable, publishes, commits - each a moment later than the one before."""

    def __init__(self, broker: Broker, dialects: Dialects, lines: Mapping[str, Line], rng: Random) -> None:
        self.broker, self._rng = broker, rng
        self.pumps = Pumps(
            {
                name: pump_of(dialects.partners[name], line, self, self._publish, 1.0, rng, now,
                              lambda: EPOCH + timedelta(seconds=now()))
                for name, line in lines.items()
            }
        )  # fmt: skip
        for pump in self.pumps.by_partner.values():
            pump._breaker = Breaker(failures=4, cool_down_s=1.0)
        self.processor = DispatchProcessor(self.pumps, dialects)
        self._store = MemoryStore(broker.table)
        self._position = dict(broker.committed)
        self._flowing = False

    def committed(self, topic: str, partition: int) -> int | None:
        return self.broker.committed[topic] if self._flowing else None

    def heartbeat_age_s(self) -> float:
        return 0.0

    async def run(self) -> None:
        """Work until cancelled, or raise what went wrong."""
        outputs = self.processor.recovered(PARTITION, self._store, epoch=1)
        async with asyncio.TaskGroup() as group:
            for pump in self.pumps.by_partner.values():
                group.create_task(pump.run())
            group.create_task(self._consume(outputs))

    async def _publish(self, outputs: Sequence[Output]) -> None:
        await asyncio.sleep(self._rng.uniform(0.0, 0.02))
        self.broker.publish(outputs)

    async def _consume(self, recovered: Sequence[Output]) -> None:
        await self._publish(recovered)
        self._flowing = True
        while True:
            await asyncio.sleep(self._rng.uniform(0.01, 0.1))
            for topic in self.broker.topics:
                await self._chunk(topic)

    async def _chunk(self, topic: str) -> None:
        at = self._position[topic]
        read = self.broker.topics[topic][at : at + self._rng.randint(1, 4)]
        if not read:
            return
        records = [Incoming(topic, PARTITION, at + i, key, value, ms, ()) for i, (key, value, ms) in enumerate(read)]
        outputs = self.processor.chunk(records, self._store)
        self._position[topic] = at + len(read)
        await asyncio.sleep(self._rng.uniform(0.0, 0.05))
        self.broker.table = dict(self._store.rows)
        await asyncio.sleep(self._rng.uniform(0.0, 0.05))
        self.broker.publish(outputs)
        await asyncio.sleep(self._rng.uniform(0.0, 0.2))
        self.broker.committed[topic] = at + len(read)
