"""The watchdog's pulse in virtual time. Its thread is left out: in one thread only a frozen process holds its loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from milepost.runtime.durable import lane, watchdog
from milepost.tests.simulation.clock import now


class Pulse(watchdog.Watchdog):
    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._heart())]

    def check_pulse(self) -> None:
        if self._lane.guarded:
            super().check_pulse()


@contextmanager
def in_virtual_time() -> Iterator[None]:
    """Let the product's watchdog read the simulation's clock."""
    product: Any = (lane.Watchdog, watchdog.time)
    lane.Watchdog, watchdog.time = Pulse, SimpleNamespace(monotonic=now)
    try:
        yield
    finally:
        lane.Watchdog, watchdog.time = product
