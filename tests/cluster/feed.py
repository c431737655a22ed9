"""The load of the closed loop: one world of orders, played in parts, each at its rate, after what comes before it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import accumulate
from typing import Final

from milepost.chaos.patience import patiently
from milepost.chaos.soak.pace import Pace
from milepost.chaos.soak.parts import Part, cut
from milepost.commands.demo_periods import close_periods
from milepost.simulators.life import Lives
from milepost.simulators.quiet import GroupsQuiet
from milepost.simulators.world import Progress, WorldSummary, play

QUIET_WITHIN_S: Final = 300.0
ERP_WITHIN_S: Final = 60.0
STEADY, BURST, CALM, ROLLING, REST = "steady", "burst", "calm", "rolling update", "the rest"
PARTS: Final = (
    Part(STEADY, 0.04, 2, 40.0),
    Part(BURST, 0.66, 1, 1000.0),
    Part(CALM, 0.04, 2, 40.0),
    Part(ROLLING, 0.16, 2, 50.0),
    Part(REST, 0.10, 2, None),
)
"""The burst is 25 times the steady load and more than several workers do here; steady load is less than one does."""

Before = Callable[[], Awaitable[None]]


class Feed:
    """Plays a world. `before`: what is awaited before the first message of a part."""

    def __init__(self, bootstrap: str, erp_url: str, world: Lives, seed: int, before: Mapping[str, Before]) -> None:
        self._bootstrap, self._erp_url, self._world, self._seed, self._before = bootstrap, erp_url, world, seed, before
        self.pace = Pace()
        self._ends: Sequence[int] = ()
        self._steps, self._part = 0, -1

    async def run(self) -> WorldSummary:
        """Play to the end; raises NotQuiet when the pipeline does not come to rest."""
        async with GroupsQuiet(self._bootstrap, timeout_s=QUIET_WITHIN_S) as at_rest:
            return await play(self._bootstrap, self._world, self._seed, frozenset(), quiet=at_rest, pace=self._go,
                              progress=self._stepped, close=self._close, cut=self._cut)  # fmt: skip

    async def _go(self) -> None:
        part = next((n for n, end in enumerate(self._ends) if self._steps < end), len(PARTS) - 1)
        if part != self._part:
            self._part = part
            if before := self._before.get(PARTS[part].name):
                await before()
            self.pace.at(PARTS[part].per_s)
        await self.pace()

    def _cut(self, times: tuple[datetime, ...]) -> list[datetime]:
        steps = cut(times, PARTS)
        self._ends = list(accumulate(len(one) for one in steps))
        return [one for part in steps for one in part]

    def _stepped(self, seen: Progress) -> None:
        self._steps += 1

    async def _close(self, through: str) -> None:
        await patiently(partial(close_periods, self._erp_url, through), ERP_WITHIN_S)
