"""Lane intake's topics in memory: what it says goes round until nothing is left to be read, crashes included."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random

import msgspec
from milepost.agents.intake import Intake
from milepost.agents.referring import Referring
from milepost.codecs import canonical
from milepost.contracts import tms
from milepost.contracts.events import Body, Event
from milepost.contracts.references import UNKNOWN, Counted, Linked, Pointed, Reference, Settled, Target
from milepost.contracts.reports import DeadLetter, ExceptionRaised
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.partitioner import partition_of
from milepost.runtime.topic_table import ORDERS_TICKS, PARTNER_EVENTS, PARTNER_REFERENCES
from milepost.tests.intake.partner import MemoryStore
from milepost.workflow.ticks import Tick

T0 = datetime(2026, 3, 2, 8, tzinfo=UTC)
ORPHAN_AFTER_S = 3600.0
PARTITIONS = 12


def reference(value: str = "P-1", kind: str = "pro", issuer: str = "ABCD") -> Reference:
    return Reference(kind=kind, issuer=issuer, value=value)  # type: ignore[arg-type]


def load(number: str) -> Reference:
    return reference(number, "load", "own")


def link(to: Reference, owner: str, shipment: str = "", **more: object) -> Linked:
    target = Target(owner=owner, shipment=shipment, instruction=str(more.pop("instruction", "")))
    said = {"said_at": T0, "source": "tms"} | more
    return Linked(reference=to, target=target, **said)  # type: ignore[arg-type]


def pointed(at: Reference, body: Body | None = None, ordinal: int = 0, message: str = "M-1", **more: object) -> Pointed:
    body = body or tms.Delivered(shipment=UNKNOWN, pod="POD")
    event = Event(
        event_id=f"{message}/{ordinal}", business_key=f"said/{message}/{ordinal}", owner=at.key, body=body,
        source="carrier", occurred_at=T0 + timedelta(minutes=ordinal), partner="acme",
    )  # fmt: skip
    return Pointed(reference=at, event=event, message=message, ordinal=ordinal, **more)  # type: ignore[arg-type]


class Pool:
    """One process over all partitions, and the logs it reads. ``told``: every event that came to ``partner.events``."""

    def __init__(self, seed: int = 0) -> None:
        self.stores = [MemoryStore() for _ in range(PARTITIONS)]
        self.logs: dict[tuple[str, int], list[Incoming]] = {}
        self.read: dict[tuple[str, int], int] = {}
        self.told: list[Event] = []
        self.passed: list[Output] = []  # by the gate of partner.events, to the topics of the lanes
        self.others: list[Output] = []
        self.random = Random(seed)
        self.now_ms = int(T0.timestamp() * 1000)
        self.restart()

    def restart(self) -> None:
        self.intake = Intake(10**9, referring=Referring(ORPHAN_AFTER_S, 430 * 86_400))
        for partition, store in enumerate(self.stores):
            self.intake.recovered(partition, store, 1)

    def append(self, topic: str, key: bytes, value: bytes | None, partition: int | None = None) -> Incoming:
        partition = partition_of(key, PARTITIONS) if partition is None else partition
        log = self.logs.setdefault((topic, partition), [])
        log.append(Incoming(topic, partition, len(log), key, value, self.now_ms, ()))
        return log[-1]

    def say(self, *said: Linked | Pointed | Counted | Settled) -> None:
        for one in said:
            key = one.snapshot if isinstance(one, Counted) else one.reference.key
            self.append(PARTNER_REFERENCES, key.encode(), msgspec.json.encode(one))

    def event(self, event: Event) -> None:
        self.append(PARTNER_EVENTS, event.owner.encode(), canonical.encode(event))

    def tick(self, at: datetime) -> None:
        self.now_ms = max(self.now_ms, int(at.timestamp() * 1000))
        for partition in range(PARTITIONS):
            self.append(ORDERS_TICKS, b"", msgspec.json.encode(Tick(now=at)), partition)

    def run(self, crashes: float = 0.0, whole: bool = False) -> Pool:
        """Read to the end, in chunks of any size or as ``whole`` as they are, partitions in any order. With
        ``crashes``, that part of the chunks is lost with the process after its state was written, and read again."""
        while behind := [at for at, log in self.logs.items() if self.read.get(at, 0) < len(log)]:
            at = self.random.choice(sorted(behind))
            begin = self.read.get(at, 0)
            chunk = self.logs[at][begin : None if whole else begin + self.random.randint(1, 50)]
            outputs = list(self.intake.chunk(chunk, self.stores[at[1]]))
            if self.random.random() < crashes:
                self._publish(outputs[: self.random.randint(0, len(outputs))])
                self.restart()
                continue
            self.read[at] = begin + len(chunk)
            self._publish(outputs)
        return self

    def _publish(self, outputs: Iterable[Output]) -> None:
        for one in outputs:
            if one.topic == PARTNER_EVENTS:
                self.told.append(canonical.decode(one.value or b""))
            if one.topic in (PARTNER_EVENTS, PARTNER_REFERENCES):
                self.append(one.topic, one.key, one.value, one.partition)
            elif one.topic.endswith((".milestones", "erp.orders", ".controls")):
                self.passed.append(one)
            else:
                self.others.append(one)

    def exceptions(self) -> list[ExceptionRaised]:
        values = [one.value or b"" for one in self.others if one.topic == "orders.exceptions"]
        return [msgspec.json.decode(value, type=ExceptionRaised) for value in values]

    def letters(self) -> list[DeadLetter]:
        values = [one.value or b"" for one in self.others if one.topic == "dead.letters"]
        return [msgspec.json.decode(value, type=DeadLetter) for value in values]

    def facts(self) -> set[tuple[str, str, str]]:
        """What was told: id, owner and content; each id names one content."""
        return {(one.event_id, one.owner, repr((one.business_key, one.body))) for one in self.told}
