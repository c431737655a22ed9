"""How long to wait before the next try: exponential with full jitter, from a generator that is passed in."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

EXPONENT_MAX = 20  # keeps 2**tries a modest number however long an outage lasts


@dataclass(frozen=True, slots=True)
class Backoff:
    """Full jitter (AWS Architecture Blog, "Exponential Backoff and Jitter"): anything from 0 to the capped double."""

    rng: Random
    base_s: float = 0.2
    cap_s: float = 30.0

    def delay_s(self, tries: int, retry_after_s: float | None = None) -> float:
        """Return the wait after the ``tries``-th failure in a row, never less than what the ERP asked for."""
        ceiling = min(self.cap_s, self.base_s * 2 ** min(max(tries - 1, 0), EXPONENT_MAX))
        return max(self.rng.uniform(0.0, ceiling), retry_after_s or 0.0)
