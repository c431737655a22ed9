"""Ends a process that is alive and does nothing, or that was held so long that others may own its partitions.

Each watch ends the process with one line; the supervisor restarts it with backoff. None of them may turn an outage of
the broker into a row of restarts: while something stands still the broker is asked in every round, and each time it
does not answer, all clocks begin again. So the limits count the time in which it answered, and no other.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from typing import TYPE_CHECKING

from milepost.runtime.durable.stillness import Complaint, ProgressWatch, complaints

if TYPE_CHECKING:
    from milepost.runtime.durable.lane import DurableLane

log = logging.getLogger(__name__)

_BEAT_S = 0.5
_LOOK_S = 5.0
_ANSWER_S = 5.0
"""An answer that takes longer is none: it may have been asked for before an outage and given after it."""
_LOOKS_PER_LIMIT = 4


class Watchdog:
    def __init__(self, lane: DurableLane) -> None:
        self._lane = lane
        self._tasks: list[asyncio.Task[None]] = []
        self._beat: float | None = None
        self._stopped = threading.Event()
        self._watch = ProgressWatch()

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

    # -- what the lane does, watched from the loop ---------------------------------------------------------------

    async def _rounds(self) -> None:
        tuning = self._lane.tuning
        limits = (
            tuning.start_timeout_s,
            tuning.recovery_timeout_s,
            tuning.progress_timeout_s,
            tuning.read_silence_s,
            tuning.unassigned_timeout_s,
        )
        pause_s = min(_LOOK_S, min(limits) / _LOOKS_PER_LIMIT)
        while True:
            if not self._lane.app.should_stop:  # what stops has limits of its own, and stands still in the end
                reason = await self._guarded_look()
                if reason is not None:
                    self._lane.die(reason)
            await asyncio.sleep(pause_s)

    async def _guarded_look(self) -> str | None:
        try:
            return await self.look(time.monotonic())
        except Exception as error:  # a dog that died in silence would be worse than none
            log.exception("watchdog")
            return f"the watchdog failed: {error!r}"

    async def look(self, now: float) -> str | None:
        """One round: why the process is better ended, or None. No outage may pass unseen between two rounds."""
        dead = self._lane.app.consumer.reading.coordinator_death()
        if dead is not None:
            return f"the group's coordinator task is dead: {dead!r}"
        found = [*complaints(self._lane, self._watch, now), *await self._unassigned(now)]
        still = [complaint for complaint in found if complaint.for_s > 0]
        if still and not await self._broker_answers():
            self._watch.forgive()
            return None
        return next((complaint.reason for complaint in still if complaint.for_s >= complaint.limit_s), None)

    async def _broker_answers(self) -> bool:
        try:
            metadata = self._lane.app.producer._producer.client.fetch_all_metadata()
            return await asyncio.wait_for(metadata, _ANSWER_S) is not None
        except Exception:
            return False

    async def _unassigned(self, now: float) -> list[Complaint]:
        """No partitions is normal for a spare member; not while nobody in the group makes progress on its lag."""
        if self._lane.era is None or self._lane.era.books:
            self._watch.stuck_s(now, "unassigned", None, 0)
            return []
        try:
            committed, lag = await asyncio.wait_for(self._group(), _ANSWER_S)
        except Exception:
            self._watch.forgive()
            return []
        stuck = self._watch.stuck_s(now, "unassigned", committed, lag)
        reason = f"no partitions assigned while the group stands still with a lag of {lag} for {stuck:.0f} s"
        return [Complaint(stuck, self._lane.tuning.unassigned_timeout_s, reason)]

    async def _group(self) -> tuple[int, int]:
        """(sum of what the whole group has committed, its lag)"""
        thread = self._lane.app.consumer.reading
        bounds = await thread.inside(thread.bounds(thread.partitions_of(self._lane.setup.sources)))
        lag = sum(b.end - max(b.committed, b.begin) for b in bounds.values())
        return sum(b.committed for b in bounds.values()), lag
