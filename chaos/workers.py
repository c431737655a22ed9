"""What happens to workers: ended, asked to end, suspended, more of them, fewer of them, one after the other anew."""

from __future__ import annotations

import asyncio
import signal
import time

from milepost.chaos.injected import Injected, injected
from milepost.chaos.lanes import Lanes
from milepost.runtime.child_run import send_signal

READY_WITHIN_S = 60.0
THERE_WITHIN_S = 30.0
"""A worker that another fault has just ended, or scaled away, is there again by then."""


async def kill(lanes: Lanes, worker: str) -> Injected:
    """kill -9; the supervisor starts it again."""
    began = time.time()
    pid = await _signalled(lanes, worker, signal.SIGKILL)
    return injected("kill", worker, began, met=int(pid is not None), pid=pid or 0)


async def terminate(lanes: Lanes, worker: str) -> Injected:
    """SIGTERM; the supervisor starts it again."""
    began = time.time()
    pid = await _signalled(lanes, worker, signal.SIGTERM)
    return injected("terminate", worker, began, met=int(pid is not None), pid=pid or 0)


async def suspend(lanes: Lanes, worker: str, lasts_s: float) -> Injected:
    """SIGSTOP, and SIGCONT to the same process after a while: by then others may own what it believes to be its own."""
    began = time.time()
    pid = await _signalled(lanes, worker, signal.SIGSTOP)
    if pid is not None:
        await wake_after(pid, lasts_s)
    return injected("suspend", worker, began, met=int(pid is not None), pid=pid or 0)


async def _signalled(lanes: Lanes, worker: str, number: signal.Signals) -> int | None:
    """Send a signal to a worker, waited for while it has no process; its pid, None when it did not come."""
    deadline = time.monotonic() + THERE_WITHIN_S
    while (pid := lanes.supervisor.signal(worker, number)) is None and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    return pid


async def wake_after(pid: int, lasts_s: float) -> None:
    """SIGCONT to a suspended process, also when the drill is given up meanwhile."""
    try:
        await asyncio.sleep(lasts_s)
    finally:
        send_signal(pid, signal.SIGCONT)


async def scale(lanes: Lanes, lane: str, stay_s: float) -> Injected:
    """One worker more, then a single one, then as many as before; each number stays for a while under load."""
    began = time.time()
    usual = lanes.count(lane)
    numbers = (usual + 1, 1, usual)
    for number in numbers:
        await lanes.scale(lane, number)
        await asyncio.sleep(stay_s)
    return injected("scale", lane, began, numbers=" ".join(map(str, (usual, *numbers))))


async def rolling_restart(lanes: Lanes, lane: str) -> Injected:
    """End each worker of a lane with SIGTERM, the next one when it is back."""
    began = time.time()
    restarted = 0
    for worker in lanes.of(lane):
        await terminate(lanes, worker)
        restarted += await _is_back(lanes, worker, began)
    return injected("rolling_restart", lane, began, workers=restarted)


async def _is_back(lanes: Lanes, worker: str, since: float) -> bool:
    """Wait until a new process of the worker is ready; False when it does not come, or left for good."""
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        life = lanes.supervisor.lives.get(worker)
        if life is None:
            return False
        if life.state == "ready" and life.started_at > since:
            return True
        await asyncio.sleep(0.1)
    return False
