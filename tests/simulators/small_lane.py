"""A lane in miniature: reads the partners' topic in a group, lets the core in memory work, publishes instructions."""

from __future__ import annotations

import asyncio

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from milepost.codecs import batch
from milepost.contracts.events import Event
from milepost.simulators.feeder import Topics
from milepost.tests.simulators.pipeline import Pipeline


def _events(key: bytes, value: bytes) -> list[Event]:
    """Return the event of a message, or those of a batch."""
    if not batch.is_batch(value):
        event = msgspec.json.decode(value, type=Event)
        assert key == event.owner.encode()
        return [event]
    whole = batch.decode(value)
    assert key == whole.batch_id.encode()
    return [msgspec.json.decode(row, type=Event) for row in whole.events]


class SmallLane:
    """Commits what it has read only after what follows from it was published, as a real lane does."""

    def __init__(self, bootstrap: str, topics: Topics, group: str) -> None:
        self.pipeline = Pipeline()
        self.messages: list[Event] = []
        self._topics = topics
        self._producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
        self._consumer = AIOKafkaConsumer(
            topics.events,
            bootstrap_servers=bootstrap,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> SmallLane:
        await self._producer.start()
        await self._consumer.start()
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._consumer.stop()
        await self._producer.stop()

    async def _run(self) -> None:
        while True:
            batches = await self._consumer.getmany(timeout_ms=100)
            for record in (record for read in batches.values() for record in read):
                for event in _events(record.key, record.value):
                    self.messages.append(event)
                    self.pipeline.take(event)
            await self._publish()
            if batches:
                await self._consumer.commit()

    async def _publish(self) -> None:
        given, self.pipeline.instructions = self.pipeline.instructions, []
        for instruction in given:
            topics = {"wms": self._topics.wms_instructions, "tms": self._topics.tms_instructions}
            topic = topics.get(instruction.recipient)
            if topic:
                value = msgspec.json.encode(instruction)
                await self._producer.send_and_wait(topic, value, key=instruction.owner.encode())
