"""Lane fulfilment on stores in memory, with an ERP and partners that take everything, and a clock that is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from milepost.agents.closing import Closing
from milepost.agents.fulfilment import SOURCES, Fulfilment
from milepost.codecs import canonical
from milepost.contracts.events import Event
from milepost.contracts.identifiers import digest
from milepost.contracts.instructions import Instruction, ShipmentReadied
from milepost.contracts.postings import PostingAnswered, PostingCommand
from milepost.contracts.wms import InstructionAnswered
from milepost.runtime.durable.interface import Incoming, Output, Progress
from milepost.runtime.partitioner import partition_of
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import (
    ERP_COMMANDS,
    ERP_RECEIPTS,
    ORDERS_FACTS,
    ORDERS_JOURNAL,
    ORDERS_REOPENED,
    ORDERS_REOPENINGS,
    ORDERS_TICKS,
    TMS_INSTRUCTIONS,
    WMS_INSTRUCTIONS,
    WMS_MILESTONES,
)
from milepost.tests.intake.partner import MemoryStore
from milepost.tests.workflow.known_rules import RULES, at
from milepost.workflow.reopening import answer, decode_asked, decode_entry, encode_reopening
from milepost.workflow.rules import Rules
from milepost.workflow.ticks import Tick

START = at(0)
DAY = timedelta(days=1)
KEPT, REMEMBERED = 30 * DAY, 430 * DAY


class ClosedLane:
    """One process over the stores of all partitions. Every chunk is committed at once, unless ``crashing``."""

    def __init__(self, *, shrinking: bool = True, rules: Rules = RULES) -> None:
        self.rules = rules
        self.inputs: list[tuple[str, Event]] = []  # all that was heard, in order
        self.stores = [MemoryStore() for _ in range(PARTITIONS)]
        self.offsets: dict[tuple[str, int], int] = defaultdict(int)
        self.committed: dict[tuple[str, int], int] = defaultdict(int)
        self.said: list[Output] = []
        self.journal: dict[bytes, list[bytes]] = defaultdict(list)
        self.requests: list[bytes] = []
        self.shrinking, self.epoch = shrinking, 0
        self.restart()

    def restart(self) -> None:
        """The process dies and comes back: only the stores are left. What it says is kept in ``said``."""
        self.epoch += 1
        kept = KEPT if self.shrinking else timedelta(days=100_000)
        closing = Closing(kept.total_seconds(), REMEMBERED.total_seconds(), SOURCES, self.progress)
        self.lane = Fulfilment(self.rules, 1000, closing)
        for partition, store in enumerate(self.stores):
            self._heard(self.lane.recovered(partition, store, self.epoch))

    def progress(self) -> dict[tuple[str, int], Progress]:
        return {
            (topic, p): Progress(topic, p, 0, 0, self.committed[topic, p], None)
            for topic in SOURCES
            for p in range(PARTITIONS)
        }

    def hear(self, *events: Event, topic: str = WMS_MILESTONES) -> list[Output]:
        """Read these events, and whatever is answered to what follows; return all that was said."""
        before, waiting = len(self.said), [(topic, e) for e in events]
        while waiting:
            where, event = waiting.pop(0)
            self.inputs.append((where, event))
            waiting += self.answers_to(self.read(where, event.owner, canonical.encode(event)))
        return self.said[before:]

    def read(self, topic: str, owner: str, value: bytes, *, partition: int | None = None, again: int | None = None,
             lost: bool = False) -> list[Output]:  # fmt: skip
        """Read one record, at the offset ``again`` once more; what is ``lost`` was never said nor committed."""
        if partition is None:
            partition = partition_of(owner.encode(), PARTITIONS)
        offset = self.offsets[topic, partition] if again is None else again
        self.offsets[topic, partition] = max(offset + 1, self.offsets[topic, partition])
        record = Incoming(topic, partition, offset, owner.encode(), value, 0, ())
        outputs = list(self.lane.chunk([record], self.stores[partition]))
        if not lost:
            self.committed[topic, partition] = max(offset + 1, self.committed[topic, partition])
            self._heard(outputs)
        return outputs

    def tick(self, now: datetime, times: int = 1) -> None:
        """Let the clock read ``now`` in every partition."""
        for _ in range(times):
            for partition in range(PARTITIONS):
                self.read(ORDERS_TICKS, "", msgspec.json.encode(Tick(now=now)), partition=partition)

    def reopen(self, *, lost: bool = False, journal: bool = True) -> list[Output]:
        """Answer what closed orders asked for, out of the journal."""
        said: list[Output] = []
        requests, self.requests = self.requests, []
        for asked in map(decode_asked, requests):
            entries = map(decode_entry, self.journal[asked.owner.encode()] if journal else ())
            told = encode_reopening(answer(asked.owner, entries, asked.version))
            outputs = self.read(ORDERS_REOPENED, asked.owner, told, lost=lost)
            if lost:
                self.requests.append(msgspec.json.encode(asked))
            else:
                said += outputs
                for topic, event in self.answers_to(outputs):
                    said += self.hear(event, topic=topic)
        return said

    def rest(self, owner: str) -> bytes | None:
        """Return what is kept of an order."""
        return self.stores[partition_of(owner.encode(), PARTITIONS)].get("orders", owner)

    def _heard(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            self.said.append(output)
            if output.topic == ORDERS_JOURNAL:
                self.journal[output.key].append(output.value or b"")
            elif output.topic == ORDERS_REOPENINGS:
                self.requests.append(output.value or b"")

    def answers_to(self, outputs: Iterable[Output]) -> list[tuple[str, Event]]:
        """What the ERP, the partners and the lane itself answer to these outputs."""
        found: list[tuple[str, Event]] = []
        for output in outputs:
            if output.topic == ERP_COMMANDS:
                command = msgspec.json.decode(output.value or b"", type=PostingCommand)
                body = PostingAnswered(outcome="accepted", command=command, document_number="D" + command.id[:8])
                found.append((ERP_RECEIPTS, _event(command.owner, f"receipt/{command.id}/{command.attempt}", body)))
            elif output.topic in (WMS_INSTRUCTIONS, TMS_INSTRUCTIONS):
                told = msgspec.json.decode(output.value or b"", type=Instruction)
                if not isinstance(told.body, ShipmentReadied):
                    taken = InstructionAnswered(instruction=told.id, accepted=True)
                    found.append((WMS_MILESTONES, _event(told.owner, f"answer/{told.id}", taken)))
            elif output.topic == ORDERS_FACTS:
                found.append((ORDERS_FACTS, canonical.decode(output.value or b"")))
        return found


def _event(owner: str, key: str, body: object) -> Event:
    return Event(event_id=digest(key), business_key=key, owner=owner, occurred_at=START, source="answers", body=body)  # type: ignore[arg-type]
