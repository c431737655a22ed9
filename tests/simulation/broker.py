"""A broker in memory: logs per partition, idempotent producers, and a trace of everything it stored.

Offsets without a record (transaction markers) are `None` in a log. Nothing is compacted: readers may not need it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple, Protocol

from aiokafka.errors import OutOfOrderSequenceNumber

Partition = tuple[str, int]
Headers = tuple[tuple[str, bytes], ...]


class Stored(NamedTuple):
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class Watcher(Protocol):
    """Told of every effect, at the moment it takes place; the writer is a process name."""

    def stored(self, writer: str, at: Partition, base: int, records: Sequence[Stored]) -> None: ...

    def committed(self, writer: str, at: Partition, offset: int) -> None: ...


class Broker:
    def __init__(self) -> None:
        self.logs: dict[Partition, list[Stored | None]] = {}
        self.partitions: dict[str, int] = {}
        self.offsets: defaultdict[str, dict[Partition, int]] = defaultdict(dict)
        self.watchers: list[Watcher] = []
        self._accepted: dict[tuple[str, Partition], tuple[int, int]] = {}
        """(producer, partition) -> its last sequence number and the offset it was stored at"""
        self._trace = blake2b(digest_size=12)

    def create(self, topic: str, partitions: int) -> None:
        self.partitions[topic] = partitions
        self.logs.update({(topic, p): [] for p in range(partitions)})

    def append(self, at: Partition, records: Sequence[Stored], producer: str = "", sequence: int = 0) -> int:
        """Store a batch and return its first offset. A repeated batch is not stored again: its old offset returns."""
        if producer:
            last, stored_at = self._accepted.get((producer, at), (-1, -1))
            if sequence == last:
                return stored_at
            if sequence != last + 1:
                raise OutOfOrderSequenceNumber(f"{producer} {at}: {sequence} after {last}")
        log = self.logs[at]
        base = len(log)
        log.extend(records)
        if producer:
            self._accepted[producer, at] = (sequence, base)
        self.note("stored", producer, at, base, *((r.key, r.value) for r in records))
        for watcher in self.watchers:
            watcher.stored(producer, at, base, records)
        return base

    def mark(self, at: Partition) -> None:
        """An offset without a record."""
        self.logs[at].append(None)

    def commit(self, group: str, writer: str, offsets: dict[Partition, int]) -> None:
        for at, offset in sorted(offsets.items()):
            self.offsets[group][at] = offset
            self.note("committed", group, at, offset)
            for watcher in self.watchers:
                watcher.committed(writer, at, offset)

    def end(self, at: Partition) -> int:
        return len(self.logs[at])

    def records(self, topic: str) -> list[Stored]:
        """All records of a topic, partition by partition."""
        return [r for p in range(self.partitions[topic]) for r in self.logs[topic, p] if r is not None]

    def note(self, *what: object) -> None:
        """Add to the trace, with the time."""
        self._trace.update(repr((asyncio.get_running_loop().time(), *what)).encode())

    def trace(self) -> str:
        return self._trace.hexdigest()
