"""Whether a lane's process lives and whether it is of use: what /livez and /readyz answer.

Alive means that its two loops come round. That depends neither on Kafka nor on a recovery nor on a rebalance: what
these need is patience, and a restart would only begin them again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from milepost.runtime.durable.lane import DurableLane

START_LIMIT_S = 90.0
"""Imports, policies and the first start may hold the loop longer than anything later."""

LOOP_LIMIT_S = 10.0
"""Below the 15 s after which the watchdog ends the process: it is the one that says why, if it still can."""

SETTLE_S = 20.0
"""A rebalance makes every member of the group stop for a moment; all pods unready at once would be news of nothing."""


class Health:
    """Beaten by the pulse, asked from other threads. ``clock`` is monotonic, in seconds."""

    def __init__(
        self,
        lane: DurableLane,
        *,
        loop_limit_s: float = LOOP_LIMIT_S,
        settle_s: float = SETTLE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lane, self._clock = lane, clock
        self._loop_limit_s, self._settle_s = loop_limit_s, settle_s
        self._began = clock()
        self._loop_beat: float | None = None
        self._thread_beat: float | None = None
        self._ready_at: float | None = None

    def beat(self) -> None:
        """The app's event loop has come round; once the group was joined, its consumer's thread is asked as well."""
        self._loop_beat = self._clock()
        if self._lane.joined.is_set():
            self._thread_beat = self._thread_beat or self._clock()
            self._lane.app.consumer.reading.beat(self._heard)
        self.ready()  # so that it is known since when it is not

    def _heard(self) -> None:
        self._thread_beat = self._clock()

    def live(self) -> str | None:
        """Return None while both loops come round, else which does not."""
        now = self._clock()
        if self._loop_beat is None:
            return f"not begun after {START_LIMIT_S:.0f} s" if now - self._began > START_LIMIT_S else None
        if now - self._loop_beat > self._loop_limit_s:
            return f"the event loop has not come round for {now - self._loop_beat:.0f} s"
        thread = self._thread_beat
        if thread is not None and now - thread > self._loop_limit_s and not self._lane.app.should_stop:
            return f"the consumer's thread has not come round for {now - thread:.0f} s"
        return None

    def ready(self) -> str | None:
        """Return None while partitions flow, be they none, or the process stands by; else what it waits for."""
        if self._lane.app.should_stop:
            return "stopping"
        wrong, now = self._wrong(), self._clock()
        if wrong is None:
            self._ready_at = now
        elif self._ready_at is not None and now - self._ready_at < self._settle_s:
            return None
        return wrong

    def _wrong(self) -> str | None:
        lane = self._lane
        if lane.standing_by() or lane.era is not None:
            return None
        if not lane.joined.is_set():
            return "the group has not answered yet"
        if lane.recovering_since_s is not None:
            return f"recovering, {lane.recovery_remaining} changelog records to be read"
        return "between two assignments"
