"""The partners' ears: what we instruct, the gates it opens in their script, and what they answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from milepost.contracts.events import Event
from milepost.contracts.identifiers import digest, load_key
from milepost.contracts.instructions import (
    Instruction,
    LoadingReleased,
    ReceiptExpected,
    ReturnExpected,
    TenderCancelled,
    TenderRequested,
    TransportPlanned,
    WarehouseInstructed,
    Withdrawn,
)
from milepost.contracts.wms import InstructionAnswered
from milepost.runtime import kafka_access
from milepost.runtime.consumer import Consumer
from milepost.simulators.acts import loading_gate, message_id, return_gate, tender_gate, tms_gate, wms_gate
from milepost.simulators.life import Lives

READ_TIMEOUT_MS = 200
ASK_AGAIN_S = 0.5
OUTAGE_MAX_S = 240.0
"""So long a partner keeps a message that the broker does not take, and asks for instructions that it does not give."""

ANSWER_WITHIN_MINUTES = 30


def gate_of(instruction: Instruction) -> str | None:
    """Return the gate an instruction opens; None for what starts no work."""
    match instruction.body:
        case WarehouseInstructed(order_id=order_id, node=node) | ReceiptExpected(order_id=order_id, node=node):
            return wms_gate(order_id, node)
        case TransportPlanned(order_id=order_id):
            return tms_gate(order_id)
        case ReturnExpected(order_id=order_id, rma=rma):
            return return_gate(order_id, rma)
        case TenderRequested(load=load, attempt=attempt):
            return tender_gate(load, attempt)
        case TenderCancelled(load=load, tender=tender):
            return f"cancel/{load}/{tender}"
        case LoadingReleased(load=load):
            return loading_gate(load)
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Manner:
    """How partners answer for one owner: ``since`` its beginning; withdrawals from its cancellation on.

    ``refuses``: the sites will not stop, whatever they are told.
    """

    since: datetime
    cancelled_at: datetime | None = None
    refuses: bool = False


def manners_of(world: Lives) -> dict[str, Manner]:
    """Return how partners answer, for every owner of a world."""
    manners = {load_key(life.plan.story.load): Manner(life.plan.story.planned_at) for life in world.loads}
    manners |= {life.plan.order_id: Manner(life.plan.snapshots[0].at) for life in world.inbound}
    for plan in (life.plan for life in world.orders):
        released_at, cancel = plan.snapshots[0].at, plan.cancel
        asked_at, refuses = (max(cancel.at, released_at), cancel.refused) if cancel else (None, False)
        manners[plan.order_id] = Manner(released_at, asked_at, refuses)
    return manners


def answer_to(instruction: Instruction, manner: Manner) -> Event:
    """Return the recipient's answer, within half an hour: it takes what it is told, but not always a withdrawal.

    The time is a function of the instruction and the life, so that the answer is the same fact in every run.
    """
    minutes = 1 + int(digest(instruction.id), 16) % ANSWER_WITHIN_MINUTES
    withdrawn = isinstance(instruction.body, Withdrawn)
    asked_at = manner.cancelled_at if withdrawn and manner.cancelled_at else manner.since
    occurred_at = asked_at + timedelta(minutes=minutes)
    refused = withdrawn and manner.refuses and instruction.recipient == "wms"
    key = f"answer/{instruction.id}"
    body = InstructionAnswered(
        instruction=instruction.id, accepted=not refused, text="already on the truck" if refused else ""
    )
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
        self._consumer = Consumer(bootstrap_servers=bootstrap, enable_auto_commit=False, **kafka_access.options())
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
        ends = await self._ends()
        found: list[Instruction] = []
        while not await self._reached(ends):
            batches = await self._consumer.getmany(timeout_ms=READ_TIMEOUT_MS)
            for record in (record for batch in batches.values() for record in batch):
                instruction = msgspec.json.decode(record.value, type=Instruction)
                if instruction.id not in self._seen and self._wanted(instruction):
                    self._seen.add(instruction.id)
                    found.append(instruction)
        return found

    async def _ends(self) -> dict[TopicPartition, int]:
        """Ask until the broker answers: a partner waits for it, and gives up only when it is gone for good."""
        deadline = asyncio.get_running_loop().time() + OUTAGE_MAX_S
        while True:
            try:
                found: dict[TopicPartition, int] = await self._consumer.end_offsets(self._places)
                return found
            except (KafkaError, OSError):
                if asyncio.get_running_loop().time() > deadline:
                    raise
            await asyncio.sleep(ASK_AGAIN_S)

    async def _reached(self, ends: dict[TopicPartition, int]) -> bool:
        for place, end in ends.items():
            if end and await self._consumer.position(place) < end:
                return False
        return True
