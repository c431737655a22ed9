"""What it means that a lane stands still: one function per thing to watch, each a complaint with its own limit.

They read the lane and judge nothing: whether the broker answers, and with it whether a complaint counts, is the
watchdog's to find out.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from milepost.runtime.durable.lane import DurableLane


class Complaint(NamedTuple):
    """Something stands still since `for_s` seconds; from `limit_s` on the process is better ended."""

    for_s: float
    limit_s: float
    reason: str


class ProgressWatch:
    """Since when has something with work left not moved? Pure: it is told the time."""

    def __init__(self) -> None:
        self._seen: dict[Hashable, tuple[Hashable, float]] = {}

    def stuck_s(self, now: float, at: Hashable, done: Hashable, lag: int | None) -> float:
        """Seconds since `done` of `at` changed, as far as was looked; 0 while there is no lag."""
        before = self._seen.get(at)
        if before is None or before[0] != done or not lag:
            self._seen[at] = (done, now)
            return 0.0
        return now - before[1]

    def forgive(self) -> None:
        self._seen.clear()


def complaints(lane: DurableLane, watch: ProgressWatch, now: float) -> Iterator[Complaint]:
    """What stands still at this moment, some of it since 0 seconds. Looked at in regular rounds."""
    if not lane.joined.is_set():
        yield _joining(lane, watch, now)
    elif lane.era is None:
        yield _not_flowing(lane, watch, now)
    else:
        watch.stuck_s(now, "flow", None, 0)
        yield _reading(lane, watch, now)
        yield _membership(lane, watch, now)
        yield from _committing(lane, watch, now)


def _joining(lane: DurableLane, watch: ProgressWatch, now: float) -> Complaint:
    stuck = watch.stuck_s(now, "join", None, 1)
    return Complaint(stuck, lane.tuning.start_timeout_s, f"not in the group {stuck:.0f} s after start")


def _not_flowing(lane: DurableLane, watch: ProgressWatch, now: float) -> Complaint:
    """Reading changelogs, writing and publishing are progress; another rebalance is none, else they could go on so."""
    positions = sum(sum(store.next_offset.values()) for store in lane.stores.values())
    done = (positions, lane.stats.changelog_writes, lane.stats.outputs)
    stuck = watch.stuck_s(now, "flow", done, 1)
    what = "the recovery" if lane.recovering else "the rebalance"
    reason = f"{what} does not end: nothing was read or written for {stuck:.0f} s"
    return Complaint(stuck, lane.tuning.recovery_timeout_s, reason)


def _reading(lane: DurableLane, watch: ProgressWatch, now: float) -> Complaint:
    """Lag is not asked for: without records the loop comes round as well, and a dead one may not know of any."""
    era = lane.era
    waits = era is None or era.in_flight >= lane.tuning.records_in_flight  # for durability, which _committing watches
    stuck = watch.stuck_s(now, "read", lane.read_rounds, 0 if waits else 1)
    return Complaint(stuck, lane.tuning.read_silence_s, f"the loop that reads has not come round for {stuck:.0f} s")


def _membership(lane: DurableLane, watch: ProgressWatch, now: float) -> Complaint:
    """Between hearing that the group has moved on and giving up the assignment there is a moment, and no more."""
    wrong = lane.out_of_group()
    stuck = watch.stuck_s(now, "group", None, 1 if wrong else 0)
    reason = f"the assignment is lost and no rebalance has brought a new one for {stuck:.0f} s: {wrong}"
    return Complaint(stuck, lane.tuning.unassigned_timeout_s, reason)


def _committing(lane: DurableLane, watch: ProgressWatch, now: float) -> Iterator[Complaint]:
    lane.progress()  # brings the ends of the logs into the books
    for at, book in lane.era.books.items() if lane.era else ():
        waiting = book.committable - book.committed
        lag = None if book.end is None else book.end - book.committable
        stuck = watch.stuck_s(now, at, book.committed, max(waiting, lag or 0))
        where = f"{book.topic}[{book.partition}]"
        reason = f"no progress on {where} for {stuck:.0f} s while there is lag and the broker answers"
        if waiting > 0:
            done = f"done up to {book.committable}, committed up to {book.committed}"
            reason = f"no commit on {where} for {stuck:.0f} s: {done}"
        yield Complaint(stuck, lane.tuning.progress_timeout_s, reason)
