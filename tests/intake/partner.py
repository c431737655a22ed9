"""A partner's topic in memory: records with offsets and hours, a store that outlives the processor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from milepost.agents.intake import Intake
from milepost.contracts.reports import DeadLetter, ExceptionRaised
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.partitioner import partition_of
from milepost.runtime.topic_table import PARTNER_REFERENCES
from milepost.tests.codecs.events import written

T0_MS = 1_772_438_400_000
HOUR_MS = 3_600_000


class MemoryStore:
    """The bytes of one partition."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, bytes]] = {}

    def get(self, table: str, key: str) -> bytes | None:
        return self.tables.get(table, {}).get(key)

    def put(self, table: str, key: str, value: bytes | None) -> None:
        rows = self.tables.setdefault(table, {})
        rows.pop(key, None)
        if value is not None:
            rows[key] = value

    def items(self, table: str) -> Iterator[tuple[str, bytes]]:
        return iter(list(self.tables.get(table, {}).items()))


class Bench:
    """One intake process over all partitions; ``restart`` replaces the process and keeps the stores.

    What events teach of native ids is put aside in ``taught``.
    """

    def __init__(self, limit_per_hour: int = 36) -> None:
        self.limit_per_hour = limit_per_hour
        self.stores = [MemoryStore() for _ in range(12)]
        self.log: list[Incoming] = []
        self.offsets: dict[tuple[str, int], int] = {}
        self.taught: list[Output] = []
        self.restart()

    def restart(self) -> None:
        self.intake = Intake(self.limit_per_hour)
        for partition, store in enumerate(self.stores):
            assert list(self.intake.recovered(partition, store, 1)) == []

    def send(self, value: bytes | None, key: str | None = "O-1", *, partition: int | None = None, at_ms: int = T0_MS,
             headers: tuple[tuple[str, bytes], ...] = (), topic: str = "partner.events") -> list[Output]:  # fmt: skip
        """Take in one message; what is told on ``sources.paused`` is taken in too. All outputs."""
        if partition is None:
            partition = partition_of((key or "").encode(), 12)
        offset = self.offsets.get((topic, partition), 0)
        self.offsets[topic, partition] = offset + 1
        raw = None if key is None else key.encode()
        record = Incoming(topic, partition, offset, raw, value, at_ms, headers)
        self.log.append(record)
        outputs = self.take(record)
        for output in [o for o in outputs if o.topic == "sources.paused"]:
            assert output.partition is not None
            self.send(output.value, output.key.decode(), partition=output.partition, topic="sources.paused")
        return outputs

    def take(self, *records: Incoming) -> list[Output]:
        outputs = self.intake.chunk(records, self.stores[records[0].partition])
        self.taught += [output for output in outputs if output.topic == PARTNER_REFERENCES]
        return [output for output in outputs if output.topic != PARTNER_REFERENCES]

    def good(self, source: str = "wms-north", key: str = "O-1", **changes: Any) -> list[Output]:
        return self.send(written(source=source, owner=key), key, **changes)

    def bad(self, source: str = "wms-north", key: str = "O-1", **changes: Any) -> list[Output]:
        return self.send(written(source=source, owner=key, flavour="new"), key, **changes)

    def resume(self, source: str, sender: str = "milepost-operator", partitions: Sequence[int] = range(12)) -> None:
        body = {"type": "source.resumed", "source_resumed": source, "actor": "ann", "reason": "mended"}
        for partition in partitions:
            self.send(written(source=sender, owner=f"source/{source}", body=body), "x", partition=partition)


def topics(outputs: Sequence[Output]) -> list[str]:
    return [output.topic for output in outputs]


def letters(outputs: Sequence[Output]) -> list[DeadLetter]:
    return [msgspec.json.decode(o.value or b"", type=DeadLetter) for o in outputs if o.topic == "dead.letters"]


def exceptions(outputs: Sequence[Output]) -> list[ExceptionRaised]:
    raised = [o.value or b"" for o in outputs if o.topic == "orders.exceptions"]
    return [msgspec.json.decode(value, type=ExceptionRaised) for value in raised]
