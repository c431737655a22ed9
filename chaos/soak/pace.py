"""How fast the world's messages go: evenly at a rate, and what each round of the simulated clock came to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

CATCH_UP: Final = 2.0
"""While the clock waits for quiet nothing goes; afterwards messages go at most so many times faster than the rate."""

SLICE_S: Final = 0.002
"""Waits shorter than this are left out: a timer is no finer."""


class Round(NamedTuple):
    """Messages that went without a pause between them. ``quiet_s``: when every lane had read all that followed.

    Times are seconds since the pace was made."""

    messages: int
    began_s: float
    sent_s: float
    quiet_s: float


class Pace:
    """Awaited before each message. Without a rate messages go as fast as the broker takes them."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._began = clock()
        self._per_s: float | None = None
        self._since = self._last = 0.0
        self._count = 0  # since the rate was set
        self._round: tuple[int, float] | None = None  # messages before it, its beginning
        self._sent_s: float | None = None
        self.messages = 0
        self.rounds: list[Round] = []

    @property
    def now_s(self) -> float:
        return self._clock() - self._began

    def at(self, per_s: float | None) -> None:
        """From now on so many messages a second."""
        self._per_s, self._since, self._count = per_s, self.now_s, 0

    async def __call__(self) -> None:
        if self._per_s is not None:
            due_s = max(self._since + self._count / self._per_s, self._last + 1 / (CATCH_UP * self._per_s))
            if due_s > self.now_s + SLICE_S:
                await self._sleep(due_s - self.now_s)
            self._last = max(due_s, self.now_s - SLICE_S)
        self._sent_s = None
        if self._round is None:
            self._round = self.messages, self.now_s
        self._count += 1
        self.messages += 1

    def sent(self) -> None:
        """Told when no more messages go before the pipeline is at rest."""
        self._sent_s = self.now_s

    def rested(self) -> None:
        """Told when it is."""
        if self._round is not None:
            before, began_s = self._round
            sent_s = self.now_s if self._sent_s is None else self._sent_s
            self.rounds.append(Round(self.messages - before, began_s, sent_s, self.now_s))
        self._round = None


def maximum(rounds: Sequence[Round], least: int) -> float:
    """Messages a second, from the first that goes to nothing unread anywhere, over rounds of at least so many.

    ValueError where no round was that large."""
    large = [one for one in rounds if one.messages >= least]
    if not large:
        raise ValueError(f"no round had {least} messages: too few orders to measure with")
    return sum(one.messages for one in large) / sum(one.quiet_s - one.began_s for one in large)
