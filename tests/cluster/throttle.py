"""A part of a core for a process, as a limit of CPU gives it: it runs for a part of each tenth of a second.

On one small machine several workers would otherwise share the cores that one of them takes, and a further one would
change nothing. With a share each, as on nodes of their own, twice the workers do twice the work.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import Final

from milepost.runtime.child_run import send_signal

PERIOD_S: Final = 0.1
"""That of Linux's own scheduler for limits. No heartbeat minds so short a stop."""


async def throttled(pid: Callable[[], int | None], share: float) -> None:
    """Hold a process to `share` of a core (1: not at all) until cancelled or until it has no `pid` any more."""
    if share >= 1:
        return
    stopped: int | None = None
    try:
        while (stopped := pid()) is not None:
            send_signal(stopped, signal.SIGSTOP)
            await asyncio.sleep(PERIOD_S * (1 - share))
            send_signal(stopped, signal.SIGCONT)
            await asyncio.sleep(PERIOD_S * share)
    finally:
        send_signal(stopped, signal.SIGCONT)
