"""Milestones that wait for what their native id means: how many, how long the oldest, how many ids are orphans."""

from __future__ import annotations

from milepost.metrics.registry import Registry
from milepost.metrics.tallies import Read, one
from milepost.metrics.watches import ReferencesWatch


class ReferencesCounted(ReferencesWatch):
    """Keeps a few numbers of each id that waits; of all others nothing."""

    def __init__(self, registry: Registry) -> None:
        self._waits: dict[int, dict[str, tuple[int, int, bool]]] = {}
        self._now_ms: dict[int, int] = {}
        Read(registry, "partner_references_waiting", lambda: one(self.numbers()[0]))
        Read(registry, "partner_references_waiting_seconds", lambda: one(self.oldest_s()))
        Read(registry, "partner_references_orphaned", lambda: one(self.numbers()[1]))

    def waits(self, partition: int, key: str, milestones: int, since_ms: int, orphan: bool) -> None:
        rows = self._waits.setdefault(partition, {})
        if milestones:
            rows[key] = (milestones, since_ms, orphan)
        else:
            rows.pop(key, None)

    def ticked(self, partition: int, now_ms: int) -> None:
        self._now_ms[partition] = now_ms

    def revoked(self, partition: int) -> None:
        self._waits.pop(partition, None)
        self._now_ms.pop(partition, None)

    def numbers(self) -> tuple[int, int]:
        """Return how many milestones wait, and how many ids are orphans."""
        found = [row for _, row in self._all()]
        return sum(milestones for milestones, _, _ in found), sum(orphan for _, _, orphan in found)

    def oldest_s(self) -> float:
        ages = [self._now_ms.get(partition, 0) - since_ms for partition, (_, since_ms, _) in self._all() if since_ms]
        return max(0, *ages, 0) / 1000

    def _all(self) -> list[tuple[int, tuple[int, int, bool]]]:
        # Copies, made at once: the page is written in another thread.
        return [(partition, row) for partition, rows in list(self._waits.items()) for row in list(rows.values())]
