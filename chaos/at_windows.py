"""A worker ends, or is suspended, at a named crash window. What rarely passes there is made to pass."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from typing import Final

from milepost.chaos.faults import Fault
from milepost.chaos.ground import Ground
from milepost.chaos.injected import Injected, injected
from milepost.chaos.patience import AWAY
from milepost.chaos.traps import Hit, arm, armed, disarm, hits
from milepost.chaos.windows import AT_A_START, AT_AN_END, SAID_AGAIN, name_of
from milepost.chaos.workers import wake_after
from milepost.commands.topic_reading import publish, read_to_end
from milepost.runtime.topic_table import ERP_COMMANDS
from milepost.runtime.windows import Window

LOOK_S: Final = 0.1
PROVOKED_EVERY_S: Final = 8.0
"""A worker that is just starting cannot be provoked; a later attempt finds it at work."""
PATIENCE_GROWS: Final = 1.5
"""On a busy machine a start takes longer than any fixed pause: ended each time before it was there, no worker of the
lane would ever work again."""

TOLD_WITHIN_S: Final = 5.0
"""Between the trap's taking away and the word about it a worker may have to wait for its turn on a busy machine."""

REPEATED: Final = 12
"""So many old commands are said again."""


async def at_window(ground: Ground, fault: Fault) -> Injected:
    """Set the trap, make the window pass where it would not by itself, and wait until the trap has sprung.

    When it is cancelled the trap is taken away: the window was not reached.
    """
    window, lane, began = fault.window, fault.target, time.time()
    assert window is not None
    number = signal.SIGKILL if fault.kind == "window_kill" else signal.SIGSTOP
    passage = 1 if window in AT_A_START | AT_AN_END | SAID_AGAIN else fault.passage
    hit = None
    try:
        while hit is None:
            arm(ground.traps, lane, window, number, passage)
            await _sprung(ground, lane, window)
            hit = await _told(ground, lane, window, began)
    except asyncio.CancelledError:
        disarm(ground.traps, lane, window)
        raise
    if number is signal.SIGSTOP:
        await wake_after(hit.pid, fault.lasts_s)
    return injected(fault.kind, hit.worker, began, window=name_of(lane, window), pid=hit.pid)


async def _sprung(ground: Ground, lane: str, window: Window) -> None:
    due_s, pause_s = time.monotonic(), PROVOKED_EVERY_S
    while armed(ground.traps, lane, window):
        if time.monotonic() >= due_s:
            due_s = time.monotonic() + pause_s
            pause_s *= PATIENCE_GROWS
            await _provoke(ground, lane, window)
        await asyncio.sleep(LOOK_S)


async def _told(ground: Ground, lane: str, window: Window, since: float) -> Hit | None:
    """What the worker wrote down before its end; None if another fault ended it before it could."""
    deadline = time.monotonic() + TOLD_WITHIN_S
    while time.monotonic() < deadline:
        for hit in hits(ground.traps):
            if (hit.lane, hit.window) == (lane, window) and hit.at >= since:
                return hit
        await asyncio.sleep(LOOK_S)
    return None


async def _provoke(ground: Ground, lane: str, window: Window) -> None:
    if window in AT_A_START:
        there = ground.lanes.of(lane)
        for worker in there if lane == "posting" else there[:1]:  # of posters one has partitions, and any may be it
            ground.supervisor.kill(worker)
    elif window in AT_AN_END:
        for worker in ground.lanes.of(lane):
            ground.supervisor.signal(worker, signal.SIGTERM)
    elif window in SAID_AGAIN and lane == "posting":
        with contextlib.suppress(*AWAY):  # the broker may be down; the next attempt comes soon
            await asyncio.wait_for(say_again(ground.broker.bootstrap), PROVOKED_EVERY_S)


async def say_again(bootstrap: str) -> int:
    """Publish some old commands once more, as a lane does that cannot know whether it had; returns how many."""
    commands: list[tuple[str, bytes]] = []
    async for one in read_to_end(bootstrap, [ERP_COMMANDS]):
        if one.value is not None:
            commands.append((one.key.decode(), one.value))
    return await publish(bootstrap, ERP_COMMANDS, commands[:REPEATED])
