"""How much the gateway takes at once: named limits, a partner's rate, the room for what is under way."""

from __future__ import annotations

import math
from collections.abc import Callable
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


class Room:
    """Requests and bytes under way, of all partners together."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.requests = 0
        self.bytes = 0

    def full(self) -> bool:
        return self.requests >= self._limits.in_flight

    def take(self, size: int) -> bool:
        """Take room for so many bytes; false where there is none."""
        if self.bytes + size > self._limits.in_flight_bytes:
            return False
        self.bytes += size
        return True

    def give_back(self, size: int) -> None:
        self.bytes -= size
