"""Numbers of a sequence that have not come, as ranges: a hole of any size is one of them."""

from __future__ import annotations

from bisect import bisect_right

HOLES_MAX = 10_000
"""More holes than that at once: the numbers of the lowest are only counted, and no longer known when they come."""


class Holes:
    """Ranges in ascending order, each with the time it opened, in seconds."""

    def __init__(self, most: int = HOLES_MAX) -> None:
        self._most = most
        self._starts = list[int]()
        self._holes = dict[int, tuple[int, float]]()  # start -> end (not in it), since when
        self._forgotten = 0

    def __contains__(self, number: int) -> bool:
        return self._at(number) is not None

    def open(self, start: int, stop: int, since_s: float) -> None:
        """From ``start`` to before ``stop`` nothing has come; it lies above all other holes."""
        if start < stop:
            self._starts.append(start)
            self._holes[start] = stop, since_s
            self._bound()

    def fill(self, number: int) -> float | None:
        """The number has come; since when it was missing, None where it was not."""
        at = self._at(number)
        if at is None:
            return None
        start = self._starts[at]
        stop, since_s = self._holes.pop(start)
        parts = [(first, end) for first, end in ((start, number), (number + 1, stop)) if first < end]
        self._starts[at : at + 1] = [first for first, _ in parts]
        self._holes.update((first, (end, since_s)) for first, end in parts)
        self._bound()
        return since_s

    def missing(self, since_s: float) -> int:
        """How many numbers are missing since then or longer."""
        return self._forgotten + sum(stop - start for start, (stop, since) in self._holes.items() if since <= since_s)

    def since(self) -> float | None:
        """Since when the one that is missing longest is missing; None where none is."""
        return min((since for _, since in self._holes.values()), default=None)

    def copy(self) -> Holes:
        other = Holes(self._most)
        other._starts, other._holes, other._forgotten = list(self._starts), dict(self._holes), self._forgotten
        return other

    def first(self) -> int | None:
        return self._starts[0] if self._starts else None

    def close_until(self, moment_s: float) -> None:
        """What was missing by then counts as come."""
        self._holes = {start: hole for start, hole in self._holes.items() if hole[1] > moment_s}
        self._starts = sorted(self._holes)
        self._forgotten = 0

    def _at(self, number: int) -> int | None:
        at = bisect_right(self._starts, number) - 1
        return at if at >= 0 and number < self._holes[self._starts[at]][0] else None

    def _bound(self) -> None:
        while len(self._starts) > self._most:
            start = self._starts.pop(0)
            self._forgotten += self._holes.pop(start)[0] - start
