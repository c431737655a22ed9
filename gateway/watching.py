"""Is somebody silent, is something missing? One partner's messages as they are heard; pure, the clock is given.

Vendors deliver out of order, so a number that is skipped counts as missing only after a while. Silence counts from the
start of the process: what was heard before it nobody told it. A partner that counts from 0 or 1 again has begun anew,
and what it had missed before is no longer asked for.
"""

from __future__ import annotations

from typing import Literal

from milepost.gateway.holes import Holes

GRACE_S = 60.0
"""So long a number may be late before it is missed."""
Cause = Literal["silence", "sequence"]


class Heard:
    """``silence_s`` None: not watched for silence. Times are seconds of any monotonic clock."""

    def __init__(self, now_s: float, *, silence_s: float | None) -> None:
        self._silence_s = silence_s
        self.last_s = now_s
        self._highest: int | None = None
        self._holes = Holes()

    def heard(self, now_s: float, number: int | None) -> None:
        """A message was taken in; ``number`` is its place in the partner's sequence, None without one."""
        self.last_s = max(self.last_s, now_s)
        if number is not None:
            self._placed(now_s, number)

    def _placed(self, now_s: float, number: int) -> None:
        if self._highest is None or (number <= 1 < self._highest - 1 and number not in self._holes):
            self._highest, self._holes = number, Holes()
        elif number <= self._highest:
            self._holes.fill(number)
        else:
            self._holes.open(self._highest + 1, number, now_s)
            self._highest = number

    def polled(self, asked_s: float) -> None:
        """The partner's own list, asked for at ``asked_s``, was taken in: what was missing by then has come."""
        self._holes.close_until(asked_s)

    def missing(self, now_s: float) -> int:
        """How many numbers are missing for longer than they may be late."""
        return self._holes.missing(now_s - GRACE_S)

    def first_missing(self) -> int | None:
        return self._holes.first()

    def silent(self, now_s: float) -> bool:
        return self._silence_s is not None and now_s - self.last_s > self._silence_s

    def open(self, now_s: float) -> set[Cause]:
        """What is wrong now."""
        found: set[Cause] = {"sequence"} if self.missing(now_s) else set()
        return found | {"silence"} if self.silent(now_s) else found
