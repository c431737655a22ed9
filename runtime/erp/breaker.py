"""Circuit breaker: after failures in a row nothing is sent for a while, then one probe decides."""

from __future__ import annotations

from typing import Literal

State = Literal["closed", "open", "half_open"]


class Breaker:
    """Every call takes a ticket from ``began`` and hands it back with ``ended``.

    A ticket of an earlier state says nothing about the present one: a call that was under way when the breaker opened
    can neither close it nor count as its probe.
    """

    def __init__(self, failures: int = 5, cool_down_s: float = 5.0) -> None:
        self.state: State = "closed"
        self.opened = 0
        self._limit, self._cool_down_s = failures, cool_down_s
        self._failures = self._generation = 0
        self._until, self._probing = 0.0, False

    def allows(self, now: float) -> bool:
        """Say whether a call may begin at ``now``."""
        if self.state == "open" and now >= self._until:
            self._turn("half_open")
        return self.state == "closed" or (self.state == "half_open" and not self._probing)

    def began(self) -> int:
        self._probing = self.state == "half_open"
        return self._generation

    def ended(self, ticket: int, now: float, *, well: bool | None) -> None:
        """Note how a call ended: ``well`` if the ERP answered, if only to reject; None if nothing was asked."""
        if ticket != self._generation:
            return
        self._probing = False
        if well is None:
            return
        if well:
            self._failures = 0
            if self.state == "half_open":
                self._turn("closed")
            return
        self._failures += 1
        if self.state == "half_open" or self._failures >= self._limit:
            self._until = now + self._cool_down_s
            self._turn("open")
            self.opened += 1

    def wait_s(self, now: float) -> float:
        """Return how long no call may begin; 0 when the end of a probe is all that is waited for."""
        return max(0.0, self._until - now) if self.state == "open" else 0.0

    def _turn(self, state: State) -> None:
        self.state, self._failures, self._probing = state, 0, False
        self._generation += 1
