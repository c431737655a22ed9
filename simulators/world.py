"""The partners' world: plays the lives of one seed into the pipeline, step by step of a simulated clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from milepost.simulators.acts import Act
from milepost.simulators.catalogue import START
from milepost.simulators.clock import Quiet, SimulatedClock
from milepost.simulators.feeder import Feeder, Pace, Topics
from milepost.simulators.instructed import manners_of
from milepost.simulators.life import Lives, lives
from milepost.simulators.month_end import Close, MonthEnd
from milepost.simulators.script import Script, sendings, step_times
from milepost.simulators.strangers import Strangers

STEPS: Final = 16
"""Steps of the clock. Each costs a few moments of quiet, so fewer steps make a faster and coarser run."""

AFTERWARDS: Final = (timedelta(days=1), timedelta(days=60))
"""How far the clock runs on after the last message, so that every deadline has fired."""

STUCK_STEPS: Final = 3
"""So many steps without any message, with messages left that wait for us, end the run."""


Cut = Callable[[tuple[datetime, ...]], list[datetime]]
"""From the times of all messages, in order, to the times of the clock's steps; the last is the last."""


def end_of(world: Lives) -> datetime:
    """Return a moment that the clock has passed at the end of a run, and by which every deadline has fired."""
    return max(act.at for act in world.acts) + max(AFTERWARDS)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: messages sent and left to send (answers apart), and the simulated time."""

    sent: int
    left: int
    now: datetime


@dataclass(frozen=True, slots=True)
class WorldSummary:
    """``waiting``: what never went because an instruction did not come, with numbers; empty in a sound run."""

    seed: int
    orders: int
    faults: tuple[str, ...]
    acts: int
    sent: int
    answered: int
    steps: int
    rounds: int
    ended_at: datetime
    elapsed_s: float
    waiting: dict[str, int] = field(default_factory=dict)


async def run_world(
    bootstrap: str,
    seed: int,
    orders: int,
    faults: frozenset[str],
    *,
    quiet: Quiet,
    within_deadlines: bool = False,
    steps: int = STEPS,
    hours_per_s: float | None = None,
    progress: Callable[[Progress], None] | None = None,
    topics: Topics | None = None,
    close: Close | None = None,
) -> WorldSummary:
    """Play orders 1 to ``orders`` of ``seed`` to their ends and past every deadline.

    ``quiet`` returns when the pipeline is at rest; what it raises ends the run. ``hours_per_s`` bounds the simulated
    hours per second of the wall; None goes as fast as the pipeline comes to rest.
    """
    return await play(
        bootstrap,
        lives(seed, orders),
        seed,
        faults,
        quiet=quiet,
        within_deadlines=within_deadlines,
        steps=steps,
        hours_per_s=hours_per_s,
        progress=progress,
        topics=topics,
        close=close,
    )


async def play(
    bootstrap: str,
    world: Lives,
    seed: int,
    faults: frozenset[str],
    *,
    quiet: Quiet,
    within_deadlines: bool = False,
    steps: int = STEPS,
    hours_per_s: float | None = None,
    progress: Callable[[Progress], None] | None = None,
    topics: Topics | None = None,
    close: Close | None = None,
    pace: Pace | None = None,
    cut: Cut | None = None,
    strangers: Strangers | None = None,
) -> WorldSummary:
    """Play given lives; ``seed`` draws the network's faults. ``cut`` instead of ``steps`` where they are not even."""
    began_s = time.monotonic()
    acts: tuple[Act, ...] = world.acts
    script = Script(sendings(acts, seed, faults, within_deadlines))
    async with Feeder(bootstrap, script, manners_of(world), topics or Topics(), pace, strangers) as feeder:
        send = _after(MonthEnd(START, close), feeder.send) if close else feeder.send
        clock = SimulatedClock(START, quiet=quiet, send=send, hear=feeder.hear, tick=feeder.tick)
        taken = 0
        for to in cut(script.times) if cut else step_times(script.times, steps):
            await _pace(clock.now, to, hours_per_s)
            await clock.step(max(to, clock.now))
            taken += 1
            _tell(progress, feeder, script, clock)
        taken += await _finish(clock, script, lambda: _tell(progress, feeder, script, clock))
        return WorldSummary(
            seed=seed,
            orders=len(world.orders),
            faults=tuple(sorted(faults)),
            acts=len(acts),
            sent=feeder.sent,
            answered=feeder.answered,
            steps=taken,
            rounds=clock.rounds,
            ended_at=clock.now,
            elapsed_s=time.monotonic() - began_s,
            waiting=script.waiting(),
        )


def _after(month_end: MonthEnd, send: Callable[[datetime], Awaitable[int]]) -> Callable[[datetime], Awaitable[int]]:
    async def sent(now: datetime) -> int:
        await month_end(now)
        return await send(now)

    return sent


async def _finish(clock: SimulatedClock, script: Script, tell: Callable[[], None]) -> int:
    """Send what still waits for earlier messages or for our instructions, then let every deadline pass."""
    taken = idle = 0
    while not script.finished and idle < STUCK_STEPS:
        moved = await clock.step(clock.now + timedelta(hours=1))
        idle = 0 if moved else idle + 1
        taken += 1
        tell()
    last = clock.now
    for after in AFTERWARDS:
        await clock.step(last + after)
        taken += 1
        tell()
    return taken


async def _pace(now: datetime, to: datetime, hours_per_s: float | None) -> None:
    if hours_per_s:
        await asyncio.sleep(max(0.0, (to - now).total_seconds() / 3600 / hours_per_s))


def _tell(progress: Callable[[Progress], None] | None, feeder: Feeder, script: Script, clock: SimulatedClock) -> None:
    if progress:
        progress(Progress(feeder.sent, script.left, clock.now))


if __name__ == "__main__":
    from milepost.simulators.world_process import main

    main()
