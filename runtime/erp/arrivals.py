"""How fast commands come in now: over the longest stretch of the past in which the rate was the same.

A short look is right soon after a change and uncertain; a long one is the other way round. So the look is doubled as
long as its older half held about as many as its newer one (as counts of a Poisson stream of one rate differ).
"""

from __future__ import annotations

import math
from collections import deque

SLICE_S = 5.0
WINDOWS_S = (60.0, 120.0, 240.0, 480.0, 960.0)
KEPT = int(WINDOWS_S[-1] / SLICE_S) + 1
DEVIATIONS = 3.0  # standard deviations by which halves of one rate may differ


class Arrivals:
    """Counts what comes by slices of time. Before the first slice there was nothing. Read from any thread."""

    def __init__(self, now: float) -> None:
        self._slices: deque[int] = deque([0], maxlen=KEPT)
        self._began = now  # of the newest slice

    def came(self, now: float) -> None:
        """Note a command that came now."""
        self._slices.extend(self._empty(now))
        self._began += max(0, int((now - self._began) / SLICE_S)) * SLICE_S
        self._slices[-1] += 1

    def per_s(self, now: float) -> float:
        """Return the present rate."""
        slices = [*self._slices, *self._empty(now)]
        newest_s = (now - self._began) % SLICE_S
        counts = [_within(slices, newest_s, window_s) for window_s in WINDOWS_S]
        rate = counts[0] / WINDOWS_S[0]
        for newer, both, window_s in zip(counts, counts[1:], WINDOWS_S[1:], strict=False):
            if abs(both - 2 * newer) > DEVIATIONS * math.sqrt(max(both, 1.0)):
                break
            rate = both / window_s
        return rate

    def _empty(self, now: float) -> list[int]:
        """The slices since the newest one, in which nothing came."""
        return [0] * min(KEPT, max(0, int((now - self._began) / SLICE_S)))


def _within(slices: list[int], newest_s: float, window_s: float) -> float:
    """Return what came in the last ``window_s``; of the oldest slice only the part that is in it."""
    whole, rest = divmod(window_s - newest_s, SLICE_S)
    recent = slices[-1 - int(whole) :]
    oldest = slices[-2 - int(whole)] if len(slices) > 1 + whole else 0
    return sum(recent) + oldest * rest / SLICE_S
