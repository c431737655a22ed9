"""Is somebody silent, is something missing? One partner's messages as they are heard; pure, the clock is given.

Vendors deliver out of order, so a number that is skipped counts as missing only after a while. Silence counts from the
start of the process: what was heard before it nobody told it. A partner that counts from 0 or 1 again has begun anew,
and what it had missed before is no longer asked for.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal

GRACE_S = 60.0
"""So long a number may be late before it is missed."""
MISSED_MAX = 1000
"""Single numbers that are remembered as missing; of a larger hole the oldest are only counted."""
Cause = Literal["silence", "sequence"]


class Heard:
    """``silence_s`` None: not watched for silence. Times are seconds of any monotonic clock."""

    def __init__(self, now_s: float, *, silence_s: float | None) -> None:
        self._silence_s = silence_s
        self.last_s = now_s
        self._highest: int | None = None
        self._missing: OrderedDict[int, float] = OrderedDict()  # number -> since when
        self._beyond = 0  # missing ones that are no longer remembered singly

    def heard(self, now_s: float, number: int | None) -> None:
        """A message was taken in; ``number`` is its place in the partner's sequence, None without one."""
        self.last_s = max(self.last_s, now_s)
        if number is not None:
            self._placed(now_s, number)

    def _placed(self, now_s: float, number: int) -> None:
        if self._highest is None or self._began_anew(number):
            self._highest, self._beyond = number, 0
            self._missing.clear()
            return
        if number <= self._highest:
            self._missing.pop(number, None)
            return
        hole = range(self._highest + 1, number)
        self._beyond += max(0, len(hole) - MISSED_MAX)
        for one in hole[-MISSED_MAX:]:
            self._missing[one] = now_s
        while len(self._missing) > MISSED_MAX:
            self._missing.popitem(last=False)
            self._beyond += 1
        self._highest = number

    def _began_anew(self, number: int) -> bool:
        assert self._highest is not None
        return number <= 1 < self._highest - 1 and number not in self._missing

    def polled(self, asked_s: float) -> None:
        """The partner's own list, asked for at ``asked_s``, was taken in: what was missing by then has come."""
        self._missing = OrderedDict((n, since) for n, since in self._missing.items() if since > asked_s)
        self._beyond = 0

    def missing(self, now_s: float) -> int:
        """How many numbers are missing for longer than they may be late."""
        return self._beyond + sum(1 for since in self._missing.values() if now_s - since >= GRACE_S)

    def first_missing(self) -> int | None:
        return next(iter(self._missing), None)

    def silent(self, now_s: float) -> bool:
        return self._silence_s is not None and now_s - self.last_s > self._silence_s

    def open(self, now_s: float) -> set[Cause]:
        """What is wrong now."""
        found: set[Cause] = {"sequence"} if self.missing(now_s) else set()
        return found | {"silence"} if self.silent(now_s) else found
