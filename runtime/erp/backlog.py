"""What is open at the ERP, in plain numbers, and how long it will take."""

from __future__ import annotations

import math
from dataclasses import dataclass

SMOOTHING = 0.1  # weight of the newest call in the running mean of call times


@dataclass(frozen=True, slots=True)
class Backlog:
    """``drain_s`` assumes that the budget is used in full, that nothing fails and that as much keeps coming as now.

    It is infinite when more comes than the budget allows, and None while the breaker is open.
    """

    fulfilment: int
    reconciliation: int
    under_way: int
    unknown: int
    oldest_s: float
    drain_s: float | None
    oldest_unknown_s: float = 0.0
    rate_per_s: float = 0.0
    """Calls a second that the budget allows."""
    arriving_per_s: float = 0.0
    """Commands a second that come in now."""
    breaker_open: bool = False
    """The ERP is left alone, but for a probe now and then."""


@dataclass(slots=True)
class PumpStats:
    """Plain counters since the process started."""

    sends: int = 0
    queries: int = 0
    accepted: int = 0
    rejected: int = 0
    unknown: int = 0
    busy: int = 0
    throttled: int = 0
    resends: int = 0
    """Sends after an unknown outcome that a query found absent."""


class CallTime:
    """Running mean of how long calls take, in seconds."""

    def __init__(self) -> None:
        self.mean_s = 0.0

    def took(self, seconds: float) -> None:
        self.mean_s += SMOOTHING * (seconds - self.mean_s) if self.mean_s else seconds


def drain_s(calls: int, rate_per_s: float, concurrency: int, call_s: float, arriving_per_s: float = 0.0) -> float:
    """Return the seconds until nothing waits, at the slower of rate and concurrency less what keeps coming."""
    by_concurrency = concurrency / call_s if call_s > 0 else rate_per_s
    pace = min(rate_per_s, by_concurrency) - arriving_per_s
    if not calls:
        return 0.0
    return calls / pace if pace > 0 else math.inf
