"""What a worker takes of the machine: resident memory and open file descriptors, as the kernel counts them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from milepost.runtime.supervisor import Supervisor

EVERY_S: Final = 1.0
PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
PROC: Final = Path("/proc")


class Footprint(NamedTuple):
    """One process at one moment."""

    pid: int
    resident_bytes: int
    descriptors: int


class Look(NamedTuple):
    """All workers at one moment, by name, and the bytes of state by lane (keys and latest values)."""

    at_s: float
    workers: Mapping[str, Footprint]
    state_bytes: Mapping[str, int]


def footprint(pid: int) -> Footprint | None:
    """None where the process is gone, or there is no /proc to ask."""
    try:
        resident = int((PROC / str(pid) / "statm").read_text().split()[1]) * PAGE_BYTES
        return Footprint(pid, resident, len(os.listdir(PROC / str(pid) / "fd")))
    except (OSError, IndexError):
        return None


class Looks:
    """Looks once a second until it is cancelled; ``seen`` grows."""

    def __init__(
        self, supervisor: Supervisor, apart: frozenset[str], now_s: Callable[[], float],
        state_bytes: Callable[[], Mapping[str, int]],
    ) -> None:  # fmt: skip
        self._supervisor, self._apart, self._now_s, self._state_bytes = supervisor, apart, now_s, state_bytes
        self.seen: list[Look] = []

    async def run(self) -> None:
        while True:
            lives = self._supervisor.lives.items()
            pids = {name: life.pid for name, life in lives if name not in self._apart}
            found = {name: footprint(pid) for name, pid in pids.items() if pid is not None}
            there = {name: one for name, one in found.items() if one is not None}
            self.seen.append(Look(self._now_s(), there, dict(self._state_bytes())))
            await asyncio.sleep(EVERY_S)


def lane_of(worker: str) -> str:
    """fulfilment-1 belongs to fulfilment."""
    return worker.rpartition("-")[0] or worker
