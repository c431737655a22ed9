"""Which deliveries are on their way or wait for an acknowledgement: by owner, and by when they are overdue."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from milepost.tables.delivery import Delivery


class _Partition:
    def __init__(self) -> None:
        self.by_owner: dict[str, dict[str, int]] = {}
        self.due: list[tuple[float, str]] = []


class Waiting:
    """An index over the rows of the owned partitions; whoever changes a row notes it here."""

    def __init__(self) -> None:
        self._partitions: dict[int, _Partition] = {}

    def note(self, partition: int, row: Delivery) -> None:
        """Take in how a row is now."""
        part = self._partitions.setdefault(partition, _Partition())
        ids = part.by_owner.setdefault(row.owner, {})
        if row.is_open or row.is_awaiting:
            ids[row.id] = row.sequence
        else:
            ids.pop(row.id, None)
        if not ids:
            del part.by_owner[row.owner]
        if (due_s := row.due_s) is not None:
            heapq.heappush(part.due, (due_s, row.id))

    def of(self, partition: int, owner: str) -> list[str]:
        """Return the ids of what an owner waits for, the oldest first."""
        part = self._partitions.get(partition)
        ids = part.by_owner.get(owner, {}) if part is not None else {}
        return sorted(ids, key=lambda one: (ids[one], one))

    def next_sequence(self, partition: int, owner: str) -> int:
        """Return a place behind all that is on its way for the owner."""
        part = self._partitions.get(partition)
        return 1 + max(part.by_owner.get(owner, {}).values(), default=0) if part is not None else 1

    def due(self, partition: int, now_s: float) -> Iterator[str]:
        """Yield ids whose time had come by ``now_s``; that they still wait is for the caller to see."""
        heap = self._partitions[partition].due if partition in self._partitions else []
        while heap and heap[0][0] <= now_s:
            yield heapq.heappop(heap)[1]

    def forget(self, partition: int) -> None:
        self._partitions.pop(partition, None)
