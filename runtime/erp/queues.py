"""Which command may go next: per owner in order of sequence, one under way per owner, each not before its time."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, NamedTuple

from milepost.contracts.postings import Priority
from milepost.runtime.erp.protocol import C

Committed = Callable[[str, int], int | None]
"""(topic, partition) -> offset a new owner would start from, None while we do not own it."""

_Timed = tuple[float, int, str]  # not before, stamp, owner
_Parked = tuple[int, int, str]  # offset, stamp, owner


class Place(NamedTuple):
    """The record a command came with. Of one that was taken over: no topic, and it may go at once; or a source and
    offset -1, and it goes when the partition is ours for good, with all that its recovery had to say durable."""

    topic: str
    partition: int
    offset: int


@dataclass(slots=True, eq=False)
class Job(Generic[C]):
    """One attempt of one command on its way. Times are of the pump's clock, in seconds."""

    command: C
    place: Place
    inherited: bool = False
    since: float = 0.0  # when the pump got it
    unknown_since: float | None = None  # when we gave up on the last send, or took it over from another owner
    doubted: bool = False  # an ``unknown`` receipt went out
    not_before: float = 0.0
    failures: int = 0
    reverses_document: str = ""

    @property
    def priority(self) -> Priority:
        return self.command.priority

    @property
    def order(self) -> tuple[int, int, int]:
        return self.command.sequence, self.command.attempt, self.place.offset


@dataclass(slots=True)
class _Owner(Generic[C]):
    waiting: list[tuple[tuple[int, int, int], int, Job[C]]] = field(default_factory=list)
    current: Job[C] | None = None  # begun and not answered: stays first even when a lower sequence comes late
    busy: bool = False
    stamp: int = 0

    @property
    def head(self) -> Job[C] | None:
        return self.current or (self.waiting[0][2] if self.waiting else None)


class Queues(Generic[C]):
    """All open commands of this process. ``open`` counts them by priority."""

    def __init__(self, committed: Committed) -> None:
        self.open: Counter[Priority] = Counter()
        self._committed = committed
        self._owners: dict[str, _Owner[C]] = {}
        self._ready: dict[Priority, deque[tuple[int, str]]] = {"fulfilment": deque(), "reconciliation": deque()}
        self._timed: list[_Timed] = []
        self._parked: dict[tuple[str, int], list[_Parked]] = {}
        self._stamps = self._arrivals = 0

    def add(self, job: Job[C], now: float) -> None:
        owner = self._owners.setdefault(job.command.owner, _Owner())
        before = owner.head
        self._arrivals += 1
        heapq.heappush(owner.waiting, (job.order, self._arrivals, job))
        self.open[job.priority] += 1
        if owner.head is not before:
            self._place(job.command.owner, owner, now)

    def ready(self, priority: Priority) -> bool:
        """Say whether a command of this priority could go at once."""
        queue = self._ready[priority]
        while queue and not self._holds(*queue[0]):
            queue.popleft()
        return bool(queue)

    def begin(self, priority: Priority) -> Job[C]:
        """Take the longest waiting ready command; its owner has nothing else under way until end() or again()."""
        if not self.ready(priority):
            raise LookupError(f"no {priority} command is ready")
        owner = self._owners[self._ready[priority].popleft()[1]]
        job = owner.current or heapq.heappop(owner.waiting)[2]
        owner.current, owner.busy = job, True
        return job

    def again(self, job: Job[C], now: float) -> None:
        """The command has not been answered; it goes on at ``job.not_before``."""
        owner = self._owners[job.command.owner]
        owner.busy = False
        if owner.current is None:
            self.open[job.priority] -= 1  # it was dropped meanwhile
        self._place(job.command.owner, owner, now)

    def end(self, job: Job[C], now: float, *, accepted: bool) -> None:
        """The command was answered. What exists needs no further attempt, so those are taken out too."""
        owner = self._owners[job.command.owner]
        owner.busy, owner.current = False, None
        self.open[job.priority] -= 1
        if accepted:
            self._take_out(owner, lambda other: other.command.id == job.command.id)
        self._place(job.command.owner, owner, now)

    def answered(self, posting: str, name: str, attempt: int | None, now: float) -> None:
        """A receipt came from elsewhere: forget attempts up to ``attempt`` (None: all). One that is under way ends by
        itself, and is not tried again."""
        owner = self._owners.get(name)
        if owner is None:
            return

        def told(job: Job[C]) -> bool:
            return job.command.id == posting and (attempt is None or job.command.attempt <= attempt)

        if owner.busy and owner.current is not None and told(owner.current):
            owner.current = None  # again() and end() see that it is not wanted any more
        self._forget(name, owner, told, now)

    def drop(self, partition: int, now: float) -> None:
        """Forget what another owner has now. A call under way ends by itself and blocks its key until then."""
        for name, owner in list(self._owners.items()):
            if owner.busy and owner.current is not None and owner.current.place.partition == partition:
                owner.current = None  # again() and end() see that it is not wanted any more
            self._forget(name, owner, lambda job: job.place.partition == partition, now)
        # Nobody will ever tell us of commits there: what is listed would be asked for again and again.
        self._parked = {at: parked for at, parked in self._parked.items() if at[1] != partition}

    def _forget(self, name: str, owner: _Owner[C], which: Callable[[Job[C]], bool], now: float) -> None:
        before = owner.head
        if owner.current is not None and not owner.busy and which(owner.current):
            self.open[owner.current.priority] -= 1
            owner.current = None
        self._take_out(owner, which)
        if owner.head is not before or owner.head is None:
            self._place(name, owner, now)

    def promote(self, now: float) -> None:
        """Make ready whose time has come and whose record is committed."""
        while self._timed and self._timed[0][0] <= now:
            _, stamp, name = heapq.heappop(self._timed)
            if self._holds(stamp, name):
                self._place(name, self._owners[name], now)
        for (topic, partition), parked in list(self._parked.items()):
            committed = self._committed(topic, partition)
            while parked and committed is not None and parked[0][0] < committed:
                _, stamp, name = heapq.heappop(parked)
                if self._holds(stamp, name):
                    self._place(name, self._owners[name], now)
            if not parked:
                del self._parked[topic, partition]

    def next_due(self) -> float | None:
        """Return when the next command's time comes, None when none waits for a time."""
        while self._timed and not self._holds(*self._timed[0][1:]):
            heapq.heappop(self._timed)
        return self._timed[0][0] if self._timed else None

    @property
    def parked(self) -> bool:
        """Whether commands wait for the commit of their record."""
        return bool(self._parked)

    def jobs(self) -> list[Job[C]]:
        """Return all open commands, in no order; for gauges and tests."""
        owners = list(self._owners.values())  # copies: who asks may be in another thread
        heads = [job for owner in owners if (job := owner.current) is not None]
        return heads + [job for owner in owners for _, _, job in list(owner.waiting)]

    def _holds(self, stamp: int, name: str) -> bool:
        owner = self._owners.get(name)
        return owner is not None and owner.stamp == stamp and not owner.busy

    def _take_out(self, owner: _Owner[C], which: Callable[[Job[C]], bool]) -> None:
        kept = [entry for entry in owner.waiting if not which(entry[2])]
        if len(kept) == len(owner.waiting):
            return
        for _, _, job in owner.waiting:
            self.open[job.priority] -= which(job)
        owner.waiting = kept
        heapq.heapify(owner.waiting)

    def _place(self, name: str, owner: _Owner[C], now: float) -> None:
        self._stamps += 1
        owner.stamp = self._stamps  # whatever is still listed for the owner elsewhere is void
        head = owner.head
        if owner.busy:
            return
        if head is None:
            del self._owners[name]
        elif head.not_before > now:
            heapq.heappush(self._timed, (head.not_before, owner.stamp, name))
        elif not self._durable(head):
            entry = (head.place.offset, owner.stamp, name)
            heapq.heappush(self._parked.setdefault((head.place.topic, head.place.partition), []), entry)
        else:
            self._ready[head.priority].append((owner.stamp, name))

    def _durable(self, job: Job[C]) -> bool:
        if job.inherited and not job.place.topic:
            return True  # recovery read it from the changelog
        committed = self._committed(job.place.topic, job.place.partition)
        return committed is not None and job.place.offset < committed
