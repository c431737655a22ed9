"""The clock of benches that time single events, and what a look at it takes."""

from __future__ import annotations

import time

LOOKS = 10_000

clock = time.perf_counter


def look_s() -> float:
    """Return the least time between two looks: so much too long is every span that was measured."""
    return min(-(clock() - clock()) for _ in range(LOOKS))
