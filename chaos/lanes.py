"""The workers of a drill: several processes per lane, added and taken away while they run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from milepost.runtime.child_process import Child, Restarts
from milepost.runtime.settings import Settings, to_environment
from milepost.runtime.supervisor import Supervisor

RESTARTS = Restarts(backoff_s=0.2, backoff_most_s=2.0, calm_after_s=5.0, loop_exits=1_000_000, misfits_are_final=False)
"""A drill ends processes faster than any crash loop would, so nothing is given up; what stays down is not quiet."""

GRACE_S = 15.0


class Lanes:
    """Which workers there are, and how one more is made. `traps`: directory that they look into at crash windows."""

    def __init__(self, supervisor: Supervisor, settings: Settings, traps: Path, without: Sequence[str]) -> None:
        self.supervisor = supervisor
        self._settings, self._traps, self._without = settings, traps, tuple(without)

    def child(self, lane: str, number: int) -> Child:
        """The process of one worker."""
        name = f"{lane}-{number}"
        return Child(
            name=name,
            module="milepost.chaos.lane",
            arguments=(lane, name, str(self._traps), *self._without),
            environment=to_environment(replace(self._settings, instance=str(number))),
        )

    def begin(self, workers: Mapping[str, int]) -> None:
        """Start all workers."""
        for lane, number in workers.items():
            for n in range(number):
                self.supervisor.add(self.child(lane, n))

    def of(self, lane: str) -> list[str]:
        """The names of a lane's workers, in order."""
        return sorted(name for name in self.supervisor.lives if name.rpartition("-")[0] == lane)

    def count(self, lane: str) -> int:
        return len(self.of(lane))

    async def scale(self, lane: str, number: int) -> None:
        """Make it so many workers; returns when those that leave are gone, not when those that come are ready."""
        there = self.of(lane)
        for name in there[number:]:
            await self.supervisor.remove(name, GRACE_S)
        for n in range(len(there), number):
            self.supervisor.add(self.child(lane, n))
