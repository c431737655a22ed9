"""How a window that rarely passes is made to pass: workers are provoked, and left the time to come to it."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest
from milepost.chaos import at_windows
from milepost.chaos.faults import Fault
from milepost.chaos.traps import Trapped
from milepost.runtime.windows import Window

START_S = 0.25
"""Longer than the first pauses of these tests, as a start is on a busy machine."""


class SlowLane:
    """Workers of lane posting that take a while to start, and pass the window only when they have."""

    def __init__(self, traps: Path) -> None:
        self.kills = 0
        self._passing = Trapped(traps, "posting", "posting-0")
        self._starting: asyncio.Task[None] | None = None

    def of(self, lane: str) -> list[str]:
        return ["posting-0"]

    def kill(self, worker: str) -> None:
        self.kills += 1
        if self._starting:
            self._starting.cancel()
        self._starting = asyncio.get_running_loop().create_task(self._start())

    async def _start(self) -> None:
        await asyncio.sleep(START_S)
        self._passing(Window.RECOVERY_BEFORE_SEEK)


def test_a_worker_that_starts_slowly_comes_to_its_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Provoked again and again, a worker whose start takes longer than the first pause is left the time it needs."""
    ended: list[int] = []
    monkeypatch.setattr("milepost.chaos.traps.os.kill", lambda pid, number: ended.append(number))
    monkeypatch.setattr(at_windows, "PROVOKED_EVERY_S", START_S / 4)
    monkeypatch.setattr(at_windows, "LOOK_S", 0.005)
    lane = SlowLane(tmp_path)
    ground = SimpleNamespace(traps=tmp_path, lanes=lane, supervisor=lane)
    fault = Fault(n=1, kind="window_kill", at=0.0, target="posting", window=Window.RECOVERY_BEFORE_SEEK)

    async def struck() -> None:
        async with asyncio.timeout(30):
            await at_windows.at_window(ground, fault)

    asyncio.run(struck())
    assert ended == [signal.SIGKILL]
    assert lane.kills > 1
