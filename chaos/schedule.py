"""Begins planned faults when their part of the messages was sent, and knows which of them go on."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from milepost.chaos.faults import KINDS, Fault
from milepost.chaos.gathered import Struck
from milepost.chaos.injected import MET_WITHIN_S, Injected

Perform = Callable[[Fault], Awaitable[Injected]]


class FaultFailed(Exception):
    """A fault could not be played: the drill says nothing. The text names it."""


class Schedule:
    """The faults of one drill. ``planned`` counts all by kind; ``struck`` are those that are over, in seconds since
    ``began`` (Unix). ``longest_s``: all are over by then, whenever they begin, but for windows that nobody passes.
    """

    def __init__(self, plan: Sequence[Fault], perform: Perform, say: Callable[[str], None], began: float) -> None:
        self._due, self._perform, self._say, self._began = list(plan), perform, say, began
        self._running: dict[asyncio.Task[None], Fault] = {}
        self._failed: list[str] = []
        self.struck: list[Struck] = []
        self.planned = Counter(fault.kind for fault in plan)
        in_turn = [fault.lasts_s for fault in plan if KINDS[fault.kind].family == "broker"]
        self.longest_s = MET_WITHIN_S + sum(in_turn) + max((fault.lasts_s for fault in plan), default=0.0)

    def begin_due(self, fraction: float) -> None:
        """Begin every fault whose part of the messages was sent. Raises FaultFailed for an earlier one that broke."""
        self.check()
        while self._due and self._due[0].at <= fraction:
            fault = self._due.pop(0)
            task = asyncio.create_task(self._one(fault), name=f"fault {fault.n} {fault.kind}")
            self._running[task] = fault
            task.add_done_callback(lambda done: self._running.pop(done, None))

    def check(self) -> None:
        """Raise FaultFailed when a fault could not be played."""
        if self._failed:
            raise FaultFailed(self._failed[0])

    async def over(self, within_s: float) -> list[Fault]:
        """Begin what is left, wait until every fault is over; those that were not in time are ended and returned."""
        self.begin_due(1.0)
        running = dict(self._running)
        late: list[Fault] = []
        if running:
            _, tasks = await asyncio.wait(running, timeout=within_s)
            late = [running[task] for task in tasks]
        await self.end()
        self.check()
        return late

    async def end(self) -> None:
        """End every fault under way; each leaves things as they were."""
        tasks = list(self._running)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _one(self, fault: Fault) -> None:
        try:
            done = await self._perform(fault)
        except Exception as error:
            self._failed.append(f"{fault.kind} of {fault.target}: {error!r}")
            return
        text = ", ".join(f"{name} {value}" for name, value in done.done.items())
        struck = Struck(done.began - self._began, done.ended - self._began, fault.kind, done.target, text, done.met)
        self.struck.append(struck)
        self._say(f"{time.time() - self._began:5.1f} s  {fault.kind} of {done.target} ({KINDS[fault.kind].family}) "
                  f"since {struck.at_s:.1f} s: {text}{'' if done.met else ' (met nobody)'}")  # fmt: skip
