"""How many records a chunk may have: as many as the loop can be held for, since a chunk is applied in one go.

Large chunks are cheap, and small ones are quick: a processor of a microsecond a record gets the most there may be, one
of a tenth of a millisecond a few hundred, and the heartbeat and the neighbours' records wait for neither.
"""

from __future__ import annotations

FIRST = 500
LEAST = 50
_SMOOTHING = 0.2


class ChunkSize:
    """``most`` records; ``hold_s``: how long one chunk may hold the loop, infinite for no bound but ``most``."""

    def __init__(self, most: int, hold_s: float) -> None:
        self._most, self._hold_s = most, hold_s
        self._record_s = 0.0

    @property
    def records(self) -> int:
        if not self._record_s:
            return min(FIRST, self._most)
        return min(self._most, max(LEAST, int(min(self._most, self._hold_s / self._record_s))))

    def took(self, records: int, seconds: float) -> None:
        """A chunk of so many records held the loop for so long."""
        mean = seconds / records
        self._record_s += (mean - self._record_s) * (_SMOOTHING if self._record_s else 1.0)
