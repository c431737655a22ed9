"""A group coordinator with generations, and the part of a member that talks to it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import NamedTuple

from aiokafka.errors import CommitFailedError
from milepost.tests.simulation.broker import Broker, Partition
from milepost.tests.simulation.clock import WORLD

_GATHER_S = 0.05


class Joined(NamedTuple):
    generation: int
    assigned: frozenset[Partition]


@dataclass
class _Member:
    heard: float
    waiting: asyncio.Future[Joined] | None = None


class Group:
    """Shares out partitions among members; a member that is silent for a session is out, and its commits are refused.

    Members hear of a rebalance with their next heartbeat. Whoever has not joined again in the time for that is out as
    well.
    """

    def __init__(
        self, broker: Broker, name: str, sources: tuple[str, ...], session_s: float, rebalance_s: float
    ) -> None:
        self.broker, self.name = broker, name
        self.generation = 0
        self._sources = sources
        self._session_s, self._rebalance_s = session_s, rebalance_s
        self._members: dict[str, _Member] = {}
        self._joining: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    def join(self, name: str) -> asyncio.Future[Joined]:
        known = name in self._members
        member = self._members.setdefault(name, _Member(self._loop.time()))
        member.heard = self._loop.time()
        if member.waiting is None or member.waiting.done():
            member.waiting = self._loop.create_future()
        if not known:
            self._watch(name)
        self._rebalance()
        if all(m.waiting is not None for m in self._members.values()):
            self._loop.call_later(_GATHER_S, self._complete, self.generation, context=WORLD)
        return member.waiting

    def leave(self, name: str) -> None:
        if self._members.pop(name, None) is not None:
            self._rebalance()

    def heartbeat(self, name: str, generation: int) -> str:
        """ "ok", "rebalance" (join again) or "unknown" (whoever you were, you are out)."""
        member = self._members.get(name)
        if member is None or generation != self.generation:
            return "unknown"
        member.heard = self._loop.time()
        return "rebalance" if self._joining is not None and member.waiting is None else "ok"

    def commit(self, name: str, generation: int, offsets: dict[Partition, int]) -> None:
        if name not in self._members or generation != self.generation:
            raise CommitFailedError(f"{name} of generation {generation}, the group is in {self.generation}")
        self._members[name].heard = self._loop.time()
        self.broker.commit(self.name, name, offsets)

    def committed(self, partitions: list[Partition]) -> dict[Partition, int]:
        offsets = self.broker.offsets[self.name]
        return {at: offsets[at] for at in partitions if at in offsets}

    def _watch(self, name: str) -> None:
        member = self._members.get(name)
        if member is None:
            return
        left_s = member.heard + self._session_s - self._loop.time()
        if left_s <= 0 and member.waiting is None:
            self.leave(name)
        else:
            self._loop.call_later(max(left_s, self._session_s / 2), self._watch, name, context=WORLD)

    def _rebalance(self) -> None:
        if self._joining is None and self._members:
            self._joining = self._loop.call_later(self._rebalance_s, self._complete, self.generation, context=WORLD)

    def _complete(self, generation: int) -> None:
        """Begin the next generation with those who have joined, unless that has happened meanwhile."""
        if generation != self.generation or self._joining is None:
            return
        self._joining.cancel()
        self._joining = None
        self._members = {name: m for name, m in self._members.items() if m.waiting is not None}
        self.generation += 1
        self.broker.note("generation", self.name, self.generation, sorted(self._members))
        for name, assigned in self._shared_out().items():
            member = self._members[name]
            waiting, member.waiting, member.heard = member.waiting, None, self._loop.time()
            if waiting is not None:
                waiting.set_result(Joined(self.generation, assigned))

    def _shared_out(self) -> dict[str, frozenset[Partition]]:
        names = list(self._members)  # the eldest first, so that a newcomer takes as little as may be
        count = max(self.broker.partitions[s] for s in self._sources)
        return {
            name: frozenset((s, p) for s in self._sources for p in range(count) if p % len(names) == i)
            for i, name in enumerate(names)
        }
