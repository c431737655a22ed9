"""The simulated clock: it stands until the pipeline is quiet, so that no deadline fires before what came before it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

Quiet = Callable[[], Awaitable[None]]
"""Returns when the pipeline has read all there is; raises when it does not come to rest."""

ROUNDS_MAX: Final = 4
"""Most times one step sends what the last sending's consequences set free; the rest goes with the next step."""


class SimulatedClock:
    """Advances in steps. A step is: send what is due, wait for quiet, hear the answers, again while more is due; tick.

    ``send`` sends what is due at a time and returns how many messages went. ``hear`` takes in what the pipeline said
    since, and returns how many messages it sent in answer. ``tick`` tells the pipeline the time.
    """

    def __init__(
        self,
        start: datetime,
        *,
        quiet: Quiet,
        send: Callable[[datetime], Awaitable[int]],
        hear: Callable[[], Awaitable[int]],
        tick: Callable[[datetime], Awaitable[None]],
        rounds_max: int = ROUNDS_MAX,
    ) -> None:
        self.now = start
        self.rounds = 0
        self._quiet, self._send, self._hear, self._tick = quiet, send, hear, tick
        self._rounds_max = rounds_max

    async def step(self, to: datetime) -> int:
        """Advance to ``to`` and return how many messages went. ValueError for a time that has passed."""
        if to < self.now:
            raise ValueError(f"the clock reads {self.now.isoformat()} and never goes back to {to.isoformat()}")
        self.now = to
        total = answered = 0
        for n in range(self._rounds_max):
            sent = await self._send(to)
            if n and not sent and not answered:
                break
            await self._quiet()
            self.rounds += 1
            answered = await self._hear()
            total += sent + answered
        await self._tick(to)
        return total
