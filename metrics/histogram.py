"""A histogram of plain numbers: many observations of one value cost as much as one, and nothing is locked.

One thread adds, any thread reads: what is read may lack what is being added, and is always consistent in itself.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Sequence

from prometheus_client.core import Exemplar
from prometheus_client.utils import floatToGoString

Bucket = tuple[str, float] | tuple[str, float, Exemplar]


class Buckets:
    """One series. ``bounds`` are the inclusive upper ends, ascending; the last bucket has none."""

    __slots__ = ("_bounds", "_counts", "_exemplars", "_names", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._names = [*map(floatToGoString, self._bounds), "+Inf"]
        self._counts = [0] * len(self._names)
        self._exemplars: list[Exemplar | None] = [None] * len(self._names)
        self.sum = 0.0

    def add(self, value: float, times: int = 1, trace_id: str | None = None) -> None:
        """Count ``value`` so many times; ``trace_id`` names one that can be looked at, the latest of its bucket."""
        at = bisect_left(self._bounds, value)
        self._counts[at] += times
        self.sum += value * times
        if trace_id is not None:
            self._exemplars[at] = Exemplar({"trace_id": trace_id}, value, time.time())

    def cumulative(self) -> list[Bucket]:
        """Return the buckets as a page shows them: each with all below it, the last with the number of all."""
        total, found = 0, list[Bucket]()
        for name, count, exemplar in zip(self._names, tuple(self._counts), self._exemplars, strict=True):
            total += count
            found.append((name, total) if exemplar is None else (name, total, exemplar))
        return found
