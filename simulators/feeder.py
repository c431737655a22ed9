"""The partners as one client of the broker: sends their messages, hears our instructions, answers, tells the time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Final

import msgspec
import orjson
from aiokafka import AIOKafkaProducer
from milepost.contracts.events import Event
from milepost.contracts.identifiers import digest
from milepost.contracts.instructions import Instruction
from milepost.contracts.tms import MemberAssigned
from milepost.runtime import desk, kafka_access
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.simulators.instructed import OUTAGE_MAX_S, InstructionReader, Manner, answer_to, gate_of
from milepost.simulators.script import Script
from milepost.simulators.strangers import Strangers

BATCH_ROWS: Final = 100
"""Most rows of the optimiser in one message."""


@dataclass(frozen=True, slots=True)
class Topics:
    """Where the partners' world meets the pipeline."""

    events: str = "partner.events"
    wms_instructions: str = "wms.instructions"
    tms_instructions: str = "tms.instructions"
    ticks: str = "orders.ticks"
    partitions: int = PARTITIONS


def messages_of(events: list[Event]) -> Iterator[tuple[bytes, bytes]]:
    """Return key and value of each message that brings ``events``: one each, but the rows of the TMS's optimiser that
    go one after the other come as a batch, keyed by its own id.
    """
    for optimised, run in groupby(events, key=lambda event: isinstance(event.body, MemberAssigned)):
        if not optimised:
            yield from ((event.owner.encode(), msgspec.json.encode(event)) for event in run)
            continue
        rows = list(run)
        for first in range(0, len(rows), BATCH_ROWS):
            part = rows[first : first + BATCH_ROWS]
            batch_id = "b-" + digest("batch", [row.event_id for row in part])
            yield batch_id.encode(), msgspec.json.encode({"batch_id": batch_id, "events": part})


Pace = Callable[[], Awaitable[None]]
"""Awaited before each message: returns when it may go."""


class Feeder:
    """Plays a script on a broker. ``manners``: how partners answer for each owner of this run.

    ``strangers`` say their part in words of their own, and hear what is for them by their own ways.
    """

    def __init__(
        self, bootstrap: str, script: Script, manners: Mapping[str, Manner], topics: Topics, pace: Pace | None = None,
        strangers: Strangers | None = None,
    ) -> None:  # fmt: skip
        self._script, self._manners, self._topics, self._pace = script, manners, topics, pace
        self._strangers = strangers
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap,
            acks="all",
            linger_ms=5,
            request_timeout_ms=int(1000 * OUTAGE_MAX_S),
            **kafka_access.options(),
        )
        heard = (topics.wms_instructions, topics.tms_instructions)
        self._reader = InstructionReader(bootstrap, heard, self._mine)
        self.sent = self.answered = 0

    async def __aenter__(self) -> Feeder:
        await self._producer.start()
        await self._reader.start(self._topics.partitions)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._reader.stop()
        await self._producer.stop()

    async def send(self, now: datetime) -> int:
        """Send what is due; return once the broker has it all."""
        events = self._script.due(now)
        await self._publish(events)
        self.sent += len(events)
        return len(events)

    async def hear(self) -> int:
        """Take in the instructions given while the pipeline came to rest, and answer each once."""
        self._script.quiet()
        instructions = await self._reader.new()
        for instruction in instructions:
            if self._strangers and self._strangers.partner_of(instruction):
                await self._strangers.heard(instruction)
            gate = gate_of(instruction)
            if gate:
                self._script.opened(gate)
        answers = [answer_to(one, self._manners[one.owner]) for one in instructions]
        await self._publish(answers)
        self.answered += len(answers)
        return len(answers)

    async def tick(self, now: datetime) -> None:
        """Tell every partition the simulated time."""
        value = orjson.dumps({"now": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")})
        for partition in range(self._topics.partitions):
            await self._producer.send(self._topics.ticks, value, partition=partition)
        await self._producer.flush()

    async def _publish(self, events: list[Event]) -> None:
        # One message per fact in the order of their times; waiting for each would take a round trip per message.
        if self._strangers:
            said = [(event, self._strangers.speech_of(event)) for event in events]
            await self._strangers.say(speech for _, speech in said if speech)
            events = [event for event, speech in said if speech is None]
        sent = []
        for key, value in messages_of(events):
            if self._pace:
                await self._pace()
            headers = desk.proof(key, value)
            sent.append(await self._producer.send(self._topics.events, value, key=key, headers=headers))
        for one in sent:
            await one

    def _mine(self, instruction: Instruction) -> bool:
        return instruction.owner in self._manners
