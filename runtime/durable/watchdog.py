"""Ends a process that is alive and does nothing, or that was held so long that others may own its partitions.

Each watch ends the process with one line; the supervisor restarts it with backoff. None of them may turn an outage of
the broker into a row of restarts, so progress is judged only while the broker answers.
"""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Any

from milepost.runtime.durable.interface import SourcePartition

if TYPE_CHECKING:
    from milepost.runtime.durable.lane import DurableLane

_BEAT_S = 0.5
_LOOK_S = 5.0
_ANSWER_S = 10.0


class ProgressWatch:
    """Since when has a source partition with lag not moved? Pure: it is told the time."""

    def __init__(self) -> None:
        self._seen: dict[SourcePartition, tuple[int, float]] = {}

    def stuck_s(self, now: float, at: SourcePartition, done: int, lag: int | None) -> float:
        before = self._seen.get(at)
        if before is None or before[0] != done or not lag:
            self._seen[at] = (done, now)
            return 0.0
        return now - before[1]

    def forgive(self) -> None:
        self._seen.clear()


class Watchdog:
    def __init__(self, lane: DurableLane) -> None:
        self._lane = lane
        self._tasks: list[asyncio.Task[None]] = []
        self._beat: float | None = None
        self._stopped = threading.Event()
        self._progress = ProgressWatch()
        self._group_progress = ProgressWatch()

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._heart()), asyncio.create_task(self._rounds())]
        threading.Thread(target=self._watch_loop, name="loop watch", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        for task in self._tasks:
            task.cancel()

    # -- the event loop, watched from a thread -------------------------------------------------------------------

    async def _heart(self) -> None:
        while True:
            self._beat = time.monotonic()
            await asyncio.sleep(_BEAT_S)
            self.check_pulse()

    def _watch_loop(self) -> None:
        while not self._stopped.wait(_BEAT_S):
            self.check_pulse()

    def check_pulse(self) -> None:
        """End the process if the loop was held too long; asked from a thread, and by the loop before it writes.

        A process that was suspended wakes with its loop and this thread in any order, and must not write first.
        """
        limit_s = min(self._lane.tuning.loop_lag_limit_s, self._lane.tuning.session_timeout_s / 2)
        # Armed by the first beat: imports and the first start may hold the loop longer than any lag allowed later.
        if self._beat is not None and time.monotonic() - self._beat > limit_s:
            self._lane.die(f"the event loop was held longer than {limit_s} s")

    # -- the group and its progress, watched from the loop -------------------------------------------------------

    async def _rounds(self) -> None:
        began = time.monotonic()
        while True:
            await asyncio.sleep(min(_LOOK_S, self._lane.tuning.progress_timeout_s / 4))
            now = time.monotonic()
            if not self._lane.joined.is_set():
                if now - began > self._lane.tuning.start_timeout_s:
                    self._lane.die(f"not in the group {self._lane.tuning.start_timeout_s} s after start")
                continue
            await self._look_at_progress(now)
            await self._look_at_assignment(now)

    async def _look_at_progress(self, now: float) -> None:
        era = self._lane.era
        if era is None:
            stuck = self._progress.stuck_s(now, ("recovery", self._lane.stats.rebalances), 0, 1)
            worst: tuple[float, Any] = (stuck, "recovery")
        else:
            lags = self._lane.progress()
            worst = max(
                ((self._progress.stuck_s(now, at, b.committable, lags[at].lag), at) for at, b in era.books.items()),
                key=lambda pair: pair[0],
                default=(0.0, None),
            )
        if worst[0] < self._lane.tuning.progress_timeout_s:
            return
        if await self._broker_answers():
            self._lane.die(f"no progress on {worst[1]} for {worst[0]:.0f} s while there is lag and the broker answers")
        self._progress.forgive()

    async def _broker_answers(self) -> bool:
        try:
            metadata = self._lane.app.producer._producer.client.fetch_all_metadata()
            return await asyncio.wait_for(metadata, _ANSWER_S) is not None
        except Exception:
            return False

    async def _look_at_assignment(self, now: float) -> None:
        """No partitions is normal for a spare member; not while nobody in the group makes progress on its lag."""
        if self._lane.era is None or self._lane.era.books:
            self._group_progress.forgive()
            return
        try:
            committed, lag = await asyncio.wait_for(self._group(), _ANSWER_S)
        except Exception:
            return
        if self._group_progress.stuck_s(now, ("group", 0), committed, lag) > self._lane.tuning.unassigned_timeout_s:
            self._lane.die(f"no partitions assigned while the group stands still with a lag of {lag}")

    async def _group(self) -> tuple[int, int]:
        """(sum of what the whole group has committed, its lag)"""
        thread = self._lane.app.consumer.reading
        cluster = self._lane.app.producer._producer.client.cluster
        sources = [(t, p) for t in self._lane.setup.sources for p in cluster.partitions_for_topic(t) or ()]
        bounds = await thread.inside(thread.bounds(sources))
        lag = sum(b.end - max(b.committed, b.begin) for b in bounds.values())
        return sum(b.committed for b in bounds.values()), lag
