"""A histogram of plain numbers: many observations of one value cost as much as one, and nothing is locked.

One thread adds, any thread reads: what is read may lack what is being added, and is always consistent in itself.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from prometheus_client.core import Exemplar
from prometheus_client.utils import floatToGoString

_NAME_CHARS = 100
"""Of what an exemplar names: it may have 128 characters in all."""

Bucket = tuple[str, float] | tuple[str, float, Exemplar]


class Buckets:
    """One series. ``bounds`` are the inclusive upper ends, ascending; the last bucket has none."""

    __slots__ = ("_bounds", "_counts", "_names", "_seen", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._names = [*map(floatToGoString, self._bounds), "+Inf"]
        self._counts = [0] * len(self._names)
        self._seen: list[tuple[str, str, float] | None] = [None] * len(self._names)
        self.sum = 0.0

    def add(self, value: float, times: int = 1, seen: tuple[str, str] | None = None) -> None:
        """Count ``value`` so many times; ``seen`` is the kind and name of one to be looked at, shown as exemplar while
        it is the latest of its bucket.
        """
        at = bisect_left(self._bounds, value)
        self._counts[at] += times
        self.sum += value * times
        if seen is not None:
            self._seen[at] = (*seen, value)

    def read(self) -> tuple[list[Bucket], float]:
        """Return the buckets and the sum: what is counted meanwhile may lack in the sum, never the other way round."""
        total = self.sum
        return self.cumulative(), total

    def cumulative(self) -> list[Bucket]:
        """Return the buckets as a page shows them: each with all below it, the last with the number of all."""
        total, found = 0, list[Bucket]()
        for name, count, seen in zip(self._names, tuple(self._counts), tuple(self._seen), strict=True):
            total += count
            found.append((name, total) if seen is None else (name, total, _exemplar(*seen)))
        return found


def _exemplar(kind: str, name: str, value: float) -> Exemplar:
    return Exemplar({kind: name[:_NAME_CHARS].encode("ascii", "replace").decode()}, value)
