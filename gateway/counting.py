"""A partner's count of its messages: which numbers are missing, whatever the order in which they are told.

The topic has partitions, so two gateways read the same records in different orders, and one that reads them back reads
some twice. So the last numbers are kept by the time the broker took them, and the count is taken over them in that
order; what is older is only filled in. A partner that counts from 0 or 1 again has begun anew, and what it had missed
before is no longer asked for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from math import inf
from typing import NamedTuple

from milepost.gateway.holes import Holes

RECENT_MAX = 4000
"""So many numbers of one partner are put in order; the older half is then counted for good."""
LATELY_MAX = 1000
"""So many numbers before one that begins anew may be of the new count: they came out of order."""
POLL = -1
GRACE_S = 60.0
"""So long a number may be late before it is missed."""


class Told(NamedTuple):
    """One number, or POLL: that the partner's list was asked for at that time. ``place``: partition and offset."""

    at_s: float
    place: tuple[int, int]
    number: int


class Count:
    """The count over numbers in the order of their times."""

    def __init__(self) -> None:
        self.highest: int | None = None
        self.holes = Holes()
        self.missed = False
        """Whether something was missing for longer than it may be late, and is no more."""
        self._began_s = self._polled_s = -inf
        self._lately: deque[tuple[float, int]] = deque(maxlen=LATELY_MAX)
        self._before = frozenset[int]()  # told shortly before the first of this count

    def copy(self) -> Count:
        other = Count()
        other.missed = self.missed
        other.highest, other.holes = self.highest, self.holes.copy()
        other._began_s, other._polled_s = self._began_s, self._polled_s
        other._lately, other._before = self._lately.copy(), self._before
        return other

    def take(self, told: Told, *, late: bool = False) -> None:
        """Count one. ``late``: it is older than others that were counted for good, and begins nothing anew."""
        if told.number == POLL:
            self._polled_s = max(self._polled_s, told.at_s)
            self._gone(told.at_s)
            self.holes.close_until(told.at_s)
        elif told.at_s >= self._began_s:
            self._placed(told.at_s, told.number, late)
            self._lately.append((told.at_s, told.number))

    def _placed(self, at_s: float, number: int, late: bool) -> None:
        if self.highest is None:
            self.highest = number
        elif number <= 1 < self.highest - 1 and number not in self.holes and not late:
            self._begin(at_s, number)
        elif number <= self.highest:
            since_s = self.holes.fill(number)
            self.missed |= since_s is not None and since_s <= at_s - GRACE_S
        else:
            if at_s > self._polled_s:
                self._open(self.highest + 1, number, at_s)
            self.highest = number

    def _begin(self, at_s: float, number: int) -> None:
        self._gone(at_s)
        self.highest, self.holes, self._began_s = number, Holes(), at_s
        self._before = frozenset(one for told_s, one in self._lately if told_s > at_s - GRACE_S)

    def _open(self, start: int, stop: int, at_s: float) -> None:
        self.holes.open(start, stop, at_s)
        if self._before:
            for number in self._before:
                if start <= number < stop:
                    self.holes.fill(number)
            if at_s > self._began_s + GRACE_S:
                self._before = frozenset()

    def _gone(self, at_s: float) -> None:
        self.missed |= self.holes.missing(at_s - GRACE_S) > 0


class Counting:
    """``count`` is the count over all that was told."""

    def __init__(self, most: int = RECENT_MAX) -> None:
        self._most = most
        self._settled = Count()
        self._until: Told | None = None
        self._recent = list[Told]()
        self._count: Count | None = Count()  # None: to be counted anew

    def tell(self, told: Told) -> None:
        """Take one number; told twice it is told once."""
        if self._until is not None and told <= self._until:
            self._settled.take(told, late=True)
            self._count = None
        elif not self._recent or told > self._recent[-1]:
            self._recent.append(told)
            if self._count is not None:
                self._count.take(told)
        else:
            at = bisect_left(self._recent, told)
            if self._recent[at] == told:
                return
            self._recent.insert(at, told)
            self._count = None
        if len(self._recent) > self._most:
            self._settle(self._most // 2)

    @property
    def count(self) -> Count:
        if self._count is None:
            self._count = self._settled.copy()
            for told in self._recent:
                self._count.take(told)
        return self._count

    def _settle(self, how_many: int) -> None:
        for told in self._recent[:how_many]:
            self._settled.take(told)
        self._until = self._recent[how_many - 1]
        del self._recent[:how_many]
