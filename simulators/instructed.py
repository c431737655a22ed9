"""The partners' ears: what we instruct, the gates it opens in their script, and what they answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from milepost.contracts.events import Event
from milepost.contracts.identifiers import digest
from milepost.contracts.instructions import Instruction, TransportPlanned, WarehouseInstructed
from milepost.contracts.wms import InstructionAnswered
from milepost.simulators.acts import message_id, tms_gate, wms_gate

READ_TIMEOUT_MS = 200
ANSWER_WITHIN_MINUTES = 30


def gate_of(instruction: Instruction) -> str | None:
    """Return the gate an instruction opens; None for what starts no work."""
    match instruction.body:
        case WarehouseInstructed(order_id=order_id, node=node):
            return wms_gate(order_id, node)
        case TransportPlanned(order_id=order_id):
            return tms_gate(order_id)
        case _:
            return None


def answer_to(instruction: Instruction, released_at: datetime) -> Event:
    """Return the recipient's answer: it takes every instruction, withdrawals too, within half an hour of the release.

    The time is a function of the instruction and the life, so that the answer is the same fact in every run.
    """
    minutes = 1 + int(digest(instruction.id), 16) % ANSWER_WITHIN_MINUTES
    occurred_at = released_at + timedelta(minutes=minutes)
    key = f"answer/{instruction.id}"
    body = InstructionAnswered(instruction=instruction.id)
    return Event(
        event_id=message_id(key, occurred_at, body),
        business_key=key,
        owner=instruction.owner,
        occurred_at=occurred_at,
        source=instruction.recipient,
        correlation_id=instruction.owner,
        body=body,
    )


class InstructionReader:
    """Reads the instruction topics from their beginning to their present end, each instruction once."""

    def __init__(self, bootstrap: str, topics: tuple[str, ...], wanted: Callable[[Instruction], bool]) -> None:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
        self._topics, self._wanted = topics, wanted
        self._places: list[TopicPartition] = []
        self._seen: set[str] = set()

    async def start(self, partitions: int) -> None:
        await self._consumer.start()
        self._places = [TopicPartition(topic, n) for topic in self._topics for n in range(partitions)]
        self._consumer.assign(self._places)
        await self._consumer.seek_to_beginning()

    async def stop(self) -> None:
        await self._consumer.stop()

    async def new(self) -> list[Instruction]:
        """Return the instructions that were not read before. Repeated ones and those of other runs are left out."""
        ends = await self._consumer.end_offsets(self._places)
        found: list[Instruction] = []
        while not await self._reached(ends):
            batches = await self._consumer.getmany(timeout_ms=READ_TIMEOUT_MS)
            for record in (record for batch in batches.values() for record in batch):
                instruction = msgspec.json.decode(record.value, type=Instruction)
                if instruction.id not in self._seen and self._wanted(instruction):
                    self._seen.add(instruction.id)
                    found.append(instruction)
        return found

    async def _reached(self, ends: dict[TopicPartition, int]) -> bool:
        for place, end in ends.items():
            if end and await self._consumer.position(place) < end:
                return False
        return True
