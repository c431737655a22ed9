"""How much the gateway takes at once: named limits, a partner's rate, the room for what is under way."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from milepost.codecs.documents import DOCUMENT_MAX_BYTES

X12_MAX_BYTES = 16 * 1024 * 1024
"""Of an X12 file by HTTP, which is cut into messages of at most DOCUMENT_MAX_BYTES before it is published."""


class Limits(NamedTuple):
    """Times in seconds, sizes in bytes."""

    in_flight: int = 1000
    in_flight_bytes: int = 64 * 1024 * 1024
    connections: int = 4096
    """So many at once; the next one ends the oldest that asks nothing."""
    body_s: float = 10.0
    """From a request's head to its last byte."""
    idle_s: float = 75.0
    """Without a complete head of a request, on a new connection or a kept one; longer than proxies keep theirs."""
    line_bytes: int = 8190
    header_bytes: int = 8190
    headers: int = 100
    retry_s: int = 2
    """What Retry-After says under pressure."""
    away_s: int = 10
    """What it says while there is no broker."""


def body_limit(format_: str) -> int:
    """Return how many bytes one delivery may have."""
    return X12_MAX_BYTES if format_ == "x12" else DOCUMENT_MAX_BYTES


class Bucket:
    """A partner's rate: ``rate`` a second on average, a second's worth at once."""

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        self._rate, self._most, self._clock = rate, max(1.0, rate), clock
        self._left, self._at = self._most, clock()

    def wait_s(self) -> int:
        """Take one; 0 where it could be had, else after how many whole seconds to come again."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left >= 1:
            self._left -= 1
            return 0
        return max(1, math.ceil((1 - self._left) / self._rate))


class NoRoom(Exception):
    """There is no room for what came."""


class Room:
    """Requests and bytes under way, of all partners together. A request counts when all of it has come."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._of = Counter[str]()
        self.requests = 0  # beside the counts of each: other threads look at it
        self.bytes = 0

    def full(self, partner: str) -> bool:
        """Say whether there is no room for one more of this partner: half of it is for the others."""
        most = self._limits.in_flight
        return self.requests >= most or self._of[partner] >= max(1, most // 2)

    @contextmanager
    def one(self, partner: str) -> Iterator[None]:
        """Hold a request's place. Raises NoRoom."""
        if self.full(partner):
            raise NoRoom
        self.requests += 1
        self._of[partner] += 1
        try:
            yield
        finally:
            self.requests -= 1
            self._of[partner] -= 1
            if not self._of[partner]:
                del self._of[partner]

    def fits(self, size: int) -> bool:
        return self.bytes + size <= self._limits.in_flight_bytes


class Held:
    """Room for one body, taken as it comes: who only says how much it is going to send takes none."""

    def __init__(self, room: Room) -> None:
        self._room, self._size = room, 0

    def more(self, size: int) -> None:
        """Take room for so many bytes more. Raises NoRoom."""
        if not self._room.fits(size):
            raise NoRoom
        self._room.bytes += size
        self._size += size

    def give_back(self) -> None:
        self._room.bytes -= self._size
        self._size = 0
