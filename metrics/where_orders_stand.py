"""Where all orders and loads stand, as gauges: kept by owner, and brought up to date a little at a time.

How an order stands follows from a decision, and deciding costs as much as a step. So a step only notes its owner, and
those noted are looked at between the chunks, a bounded time at once; after a recovery every owner is. What is not yet
counted is a gauge of its own.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from milepost.metrics.labels import closed
from milepost.metrics.registry import Registry
from milepost.metrics.standing import Standing, standing
from milepost.metrics.tallies import Labels, Read, one
from milepost.metrics.watches import Read as ReadRecord
from milepost.workflow.rules import Rules

PAUSE_S = 0.1
BUSY_S = 0.002  # of each pause while the lane works: 2 % of its time at most
IDLE_S = 0.01  # while it does not: 100,000 orders that were never looked at take some five minutes
STUBS: Labels = ("closed", "closed")
"""Stage and status of what shrank."""

log = logging.getLogger(__name__)


class _Partition:
    """``closed``: stubs. ``changed``: noted by a step; ``unseen``: not looked at since the recovery."""

    def __init__(self, owners: Iterable[str], stubs: int, read: ReadRecord) -> None:
        self.unseen = dict.fromkeys(owners)
        self.changed: dict[str, None] = {}
        self.queue: deque[str] = deque()  # of changed ones, taken over whole: a dictionary loses its first slowly
        self.closed, self.read = stubs, read
        self.owners: dict[str, Standing] = {}
        self.totals: dict[Standing, int] = {}

    def set(self, owner: str, now: Standing | None) -> None:
        before = self.owners.get(owner)
        if before == now:
            return
        if before is not None:
            self._add(before, -1)
            del self.owners[owner]
        if now is not None:
            self.owners[owner] = now
            self._add(now, 1)

    def _add(self, shape: Standing, by: int) -> None:
        left = self.totals.get(shape, 0) + by
        if left:
            self.totals[shape] = left
        else:
            del self.totals[shape]

    def forget(self, owner: str) -> None:
        self.changed.pop(owner, None)  # in the queue it may stay: it is looked at as it is then
        self.unseen.pop(owner, None)
        self.set(owner, None)


class WhereOrdersStand:
    """The gauges of one process. All but ``expose``'s reading is called from the lane's own loop.

    ``clock`` tells how long a look has taken, in seconds.
    """

    def __init__(self, rules: Rules, clock: Callable[[], float] = time.perf_counter) -> None:
        self._rules, self._clock = rules, clock
        self._partitions: dict[int, _Partition] = {}
        self.noted: dict[int, dict[str, None]] = {}
        """By partition: owners that may stand otherwise than they are counted. A step adds to it, and that is all."""
        self._shapes: dict[Standing, Standing] = {}  # one object for all owners that stand alike

    def recovered(self, partition: int, owners: Iterable[str], stubs: int, read: ReadRecord) -> None:
        kept = self._partitions[partition] = _Partition(owners, stubs, read)
        self.noted[partition] = kept.changed

    def revoked(self, partition: int) -> None:
        self._partitions.pop(partition, None)
        self.noted.pop(partition, None)

    def changed(self, partition: int, owner: str) -> None:
        """Note that the owner may stand otherwise now."""
        self.noted[partition][owner] = None

    def shrank(self, partition: int, owner: str) -> None:
        kept = self._partitions[partition]
        kept.forget(owner)
        kept.closed += 1

    def opened(self, partition: int, owner: str) -> None:
        self._partitions[partition].closed -= 1
        self.changed(partition, owner)

    def forgotten(self, partition: int, owner: str) -> None:
        kept = self._partitions[partition]
        kept.forget(owner)
        kept.closed -= 1

    async def run(self) -> None:
        """Look for ever, a little at a time."""
        while True:
            await asyncio.sleep(PAUSE_S)
            busy = any(kept.changed for kept in self._partitions.values())
            self.look(BUSY_S if busy else IDLE_S)

    def look(self, most_s: float = IDLE_S) -> int:
        """Look at owners for about so long, those that changed before those never seen; return how many wait still."""
        until = self._clock() + most_s
        for kept, owner in self._next():
            self._look(kept, owner)
            if self._clock() >= until:
                break
        return self.uncounted()

    def _next(self) -> Iterator[tuple[_Partition, str]]:
        for kept in self._partitions.values():
            while kept.queue or kept.changed:
                if not kept.queue:
                    kept.queue.extend(kept.changed)
                    kept.changed.clear()
                while kept.queue:
                    owner = kept.queue.popleft()
                    kept.unseen.pop(owner, None)
                    yield kept, owner
        for kept in self._partitions.values():
            while kept.unseen:
                yield kept, kept.unseen.popitem()[0]

    def _look(self, kept: _Partition, owner: str) -> None:
        try:
            found = standing(kept.read(owner), self._rules)
        except Exception:  # the lane will meet it when it has to; a gauge ends no process
            log.exception("%s cannot be counted", owner)
            return
        kept.set(owner, None if found is None else self._shapes.setdefault(found, found))

    def uncounted(self) -> int:
        every = list(self._partitions.values())
        return sum(len(kept.changed) + len(kept.queue) + len(kept.unseen) for kept in every)

    # --- read at a scrape, in the page's thread

    def expose(self, registry: Registry) -> None:
        Read(registry, "orders", self._orders)
        Read(registry, "orders_held", self._held)
        Read(registry, "orders_stuck", self._stuck)
        Read(registry, "orders_uncounted", lambda: one(self.uncounted()))

    def _totals(self) -> Iterator[tuple[Standing, int]]:
        for kept in list(self._partitions.values()):
            yield from list(kept.totals.items())

    def _orders(self) -> dict[Labels, float]:
        found: dict[Labels, float] = {STUBS: sum(kept.closed for kept in list(self._partitions.values()))}
        for shape, count in self._totals():
            if shape.status:
                _add(found, (closed("stage", shape.stage), closed("status", shape.status)), count)
        return found

    def _held(self) -> dict[Labels, float]:
        found: dict[Labels, float] = {}
        for shape, count in self._totals():
            for hold in shape.holds:
                _add(found, (closed("hold", hold),), count)
        return found

    def _stuck(self) -> dict[Labels, float]:
        found: dict[Labels, float] = {}
        for shape, count in self._totals():
            for stage, cause, system, severity in shape.stuck:
                where = (closed("stage", stage), closed("cause", cause))
                _add(found, (*where, closed("system", system), closed("severity", severity)), count)
        return found


def _add(found: dict[Labels, float], labels: Labels, count: int) -> None:
    found[labels] = found.get(labels, 0) + count
