"""A drill of messages alone, whose messages go at a pace, part by part, and which is looked at more closely."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from itertools import accumulate
from typing import Final, NamedTuple

from milepost.chaos.drill import Drill, Request, month_end
from milepost.chaos.gathered import Gathered
from milepost.chaos.ground import ERP, Ground
from milepost.chaos.schedule import Schedule
from milepost.chaos.soak.delays import Delay, to_journal, to_receipt
from milepost.chaos.soak.flat import Span
from milepost.chaos.soak.footprint import Look, Looks
from milepost.chaos.soak.pace import Pace
from milepost.chaos.soak.parts import Part, cut
from milepost.chaos.soak.state import State
from milepost.simulators.life import Lives
from milepost.simulators.quiet import GroupsQuiet
from milepost.simulators.world import Progress, WorldSummary, play

QUIET_WITHIN_S: Final = 600.0
"""A burst has to drain; that it does is the question, not how soon."""

AFTERWARDS: Final = "afterwards"
"""What still waited for our instructions, and every deadline; no part that was asked for."""


class Phase(NamedTuple):
    """A part as it was played."""

    name: str
    span: Span
    messages: int

    @property
    def per_s(self) -> float:
        length_s = self.span.until_s - self.span.since_s
        return self.messages / length_s if length_s else 0.0


class Paced(Drill):
    """One world, fed in parts. After ``run``: its ``pace``, ``phases``, ``looks``, and the delays of what it sent."""

    def __init__(self, request: Request, parts: Sequence[Part], say: Callable[[str], None]) -> None:
        super().__init__(request, say)
        self._parts, self._ends, self._steps = parts, [0], 0
        self.pace = Pace()
        self.phases: list[Phase] = []
        self.looks: list[Look] = []
        self.to_journal: list[Delay] = []
        self.to_receipt: dict[str, list[Delay]] = {}
        self._began = 0.0

    async def _played(self, world: Lives, ground: Ground, schedule: Schedule) -> WorldSummary:
        bootstrap = ground.broker.bootstrap
        self.pace, self._began = Pace(), time.time()
        state = State(bootstrap)
        looks = Looks(ground.supervisor, frozenset({ERP}), lambda: self.pace.now_s, lambda: state.bytes_of)
        self.looks = looks.seen
        tasks = [asyncio.create_task(state.run()), asyncio.create_task(looks.run())]
        try:
            summary = await self._fed(world, ground)
            self._ended()
            for task in tasks:
                if task.done():  # without it nothing can be judged: raise what ended it
                    task.result()
            return summary
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _fed(self, world: Lives, ground: Ground) -> WorldSummary:
        async with GroupsQuiet(ground.broker.bootstrap, timeout_s=QUIET_WITHIN_S) as at_rest:

            async def quiet() -> None:
                self.pace.sent()
                await at_rest()
                self.pace.rested()

            self._begin(0)
            return await play(ground.broker.bootstrap, world, self.request.seed, self.request.network, quiet=quiet,
                              progress=self._progressed, close=partial(month_end, ground), pace=self._go,
                              cut=self._cut)  # fmt: skip

    async def _go(self) -> None:
        await self.pace()
        self._sent = self.pace.messages

    def _cut(self, times: tuple[datetime, ...]) -> list[datetime]:
        steps = cut(times, self._parts)
        self._ends = list(accumulate(len(one) for one in steps))
        return [one for part in steps for one in part]

    def _progressed(self, seen: Progress) -> None:
        """Called after each step of the clock."""
        self._steps += 1
        if self._steps in self._ends:
            self._ended()
            self._begin(self._ends.index(self._steps) + 1)

    def _begin(self, number: int) -> None:
        part = self._parts[number] if number < len(self._parts) else Part(AFTERWARDS, 0, 0, None)
        self._part, self._part_began, self._part_messages = part, self.pace.now_s, self.pace.messages
        self.pace.at(part.per_s)
        rate = f"{part.per_s:,.0f} messages a second" if part.per_s else "as fast as it goes"
        self._say(f"{self.pace.now_s:6.0f} s  {part.name}: {rate}")

    def _ended(self) -> None:
        span = Span(self._part_began, self.pace.now_s)
        self.phases.append(Phase(self._part.name, span, self.pace.messages - self._part_messages))

    async def _gather(self, world: Lives, ground: Ground, summary: WorldSummary, began: float) -> Gathered:
        gathered = await super()._gather(world, ground, summary, began)
        self.to_journal = await to_journal(ground.broker.bootstrap, self._began)
        self.to_receipt = await to_receipt(ground.broker.bootstrap, self._began)
        return gathered
