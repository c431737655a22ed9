"""One ERP account's budget of calls: a token bucket and a limit of calls under way, shared by both command topics."""

from __future__ import annotations

import math

from milepost.contracts.postings import Priority

ROUNDING = 1e-9  # of a token: a wait that was computed exactly must not end an ulp short


class Budget:
    """Fulfilment first; while both wait, reconciliation gets the share ``floor`` of all calls.

    In any span of t seconds at most ``burst + rate_per_s * t`` calls begin, and never are more than ``concurrency``
    under way. Reconciliation leaves one place free, so that a fulfilment call never waits for its slow ones alone.
    """

    def __init__(
        self, *, rate_per_s: float, concurrency: int, burst: float = 1.0, floor: float = 0.1, now: float = 0.0
    ) -> None:
        if rate_per_s <= 0 or concurrency < 1 or burst < 1 or not 0 <= floor < 1:
            raise ValueError("a budget needs rate > 0, concurrency >= 1, burst >= 1 and 0 <= floor < 1")
        self.rate_per_s, self.concurrency, self.burst, self.floor = rate_per_s, concurrency, burst, floor
        self.under_way: dict[Priority, int] = {"fulfilment": 0, "reconciliation": 0}
        self._tokens, self._at = burst, now
        self._owed = 0.0  # calls that reconciliation waited for and has not had
        self._paused_until = -math.inf

    def take(self, now: float, *, fulfilment: bool, reconciliation: bool) -> Priority | None:
        """Take a token and a place for one of the lanes that wait, and say for which; None when there is none."""
        chosen = self._choose(fulfilment, reconciliation)
        if chosen is None or self.wait_s(now) > 0:
            return None
        self._refill(now)
        self._tokens -= 1.0
        self.under_way[chosen] += 1
        if chosen == "reconciliation":
            self._owed = max(0.0, self._owed - (1.0 - self.floor)) if fulfilment else 0.0
        elif reconciliation:
            self._owed += self.floor
        return chosen

    def release(self, priority: Priority) -> None:
        """Give back the place of a call that ended."""
        self.under_way[priority] -= 1

    def pause(self, until: float) -> None:
        """Begin no call before ``until``: the ERP asked for it (Retry-After), and it means the account."""
        self._paused_until = max(self._paused_until, until)

    def wait_s(self, now: float) -> float:
        """Return how long no token will be there; 0 when one is. Says nothing of free places."""
        self._refill(now)
        short = 1.0 - self._tokens
        return max(0.0, self._paused_until - now, short / self.rate_per_s if short > ROUNDING else 0.0)

    def _choose(self, fulfilment: bool, reconciliation: bool) -> Priority | None:
        free = self.concurrency - sum(self.under_way.values())
        if free < 1:
            return None
        seats = max(1, self.concurrency - 1)
        reconciliation = reconciliation and self.under_way["reconciliation"] < seats
        if reconciliation and (not fulfilment or self._owed + ROUNDING >= 1.0 - self.floor):
            return "reconciliation"
        return "fulfilment" if fulfilment else None

    def _refill(self, now: float) -> None:
        self._tokens = min(self.burst, self._tokens + max(0.0, now - self._at) * self.rate_per_s)
        self._at = max(self._at, now)
