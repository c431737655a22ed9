"""A lane that keeps every event id once per key and answers each event: what is lost or doubled shows by its id."""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec
from milepost.runtime.durable.interface import Processor
from milepost.tests.durable import processors
from milepost.tests.durable.processors import TABLE, Ledger, Seen
from milepost.tests.simulation.worker import Worker
from milepost.tests.simulation.world import Job, Record, World

_OUT = "out"


class LedgerJob(Job):
    name = "ledger"
    tables = (TABLE,)
    outputs = (_OUT,)
    merge = staticmethod(processors.merge)
    epoch_of = staticmethod(processors.epoch_of)

    def __init__(self, variant: int) -> None:
        super().__init__(variant)
        self.sources = ("in",) if variant % 2 else ("in", "in-too")

    def input(self) -> list[Record]:
        draw = Random(f"{self.variant}/ledger")
        events = []
        for n in range(draw.randint(30, 60)):
            if events and draw.random() < 0.15:
                events.append(draw.choice(events))  # delivered twice
            else:
                key = b"k%d" % min(int(draw.paretovariate(0.8)), 9)
                events.append(Record(draw.choice(self.sources), key, b"e%d x" % n))
        return events

    def begin(self, worker: Worker) -> Processor:
        return Ledger(_OUT)

    def digest(self, world: World) -> Any:
        return {key: sorted(_seen(value).ids) for key, value in world.table(TABLE).items()}

    def complaints(self, world: World) -> list[str]:
        sent = {(key, value.split(b" ")[0]) for _, key, value in self.input()}
        kept = {(key.encode(), i.encode()) for key, value in world.table(TABLE).items() for i in _seen(value).ids}
        counts = [i for value in world.table(TABLE).values() for i in _seen(value).ids]
        said = {(r.key, r.value) for r in world.broker.records(_OUT)}
        found = [f"lost: {one}" for one in sorted(sent - kept)] + [
            f"out of nowhere: {one}" for one in sorted(kept - sent)
        ]
        found += [f"never published: {one}" for one in sorted(sent - said)]
        found += [f"published, never sent: {one}" for one in sorted(said - sent)]
        return found + (["applied twice"] if len(counts) != len(set(counts)) else [])


def _seen(value: bytes) -> Seen:
    return msgspec.msgpack.decode(value, type=Seen)
