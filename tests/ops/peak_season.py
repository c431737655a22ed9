"""Ten times the usual load for half an hour before an ERP with a fixed limit: the pump itself, in simulated time.

    python -m milepost.tests.ops.peak_season --seeds 5

plays peaks of so many seeds and prints a verdict on each. The pump, its queues and the budget are the real ones; the
ERP takes everything, each call in its own time.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
import time
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import NamedTuple

from milepost.contracts.postings import PostingCommand, Priority
from milepost.runtime.erp.backlog import Backlog
from milepost.runtime.erp.protocol import Accepted, Answer
from milepost.runtime.erp.queues import Place
from milepost.runtime.topic_table import ERP_COMMANDS, TOPICS
from milepost.simulators.erp.faults import FaultSettings
from milepost.tests.posting.commands import accrual
from milepost.tests.posting.erp import Client, VirtualErp
from milepost.tests.posting.lane import COMMANDS, RECONCILIATION, Broker, Process
from milepost.tests.posting.virtual_time import now, run

BEFORE_S, BURST_S, SAMPLE_S = 600.0, 1800.0, 60.0
TIMES = 10
OFF_MAX = 0.15
UNFAIR_MAX_CALLS = 2.0
PRIORITY_WITHIN_S = TOPICS[ERP_COMMANDS].slo_s
FIRST_BY_S = 300.0
"""Where the burst's priority commands are more than the ERP takes: so long before the others they are through."""
SLOWEST_DRAIN_S = 6 * 3600.0


class Season(NamedTuple):
    """One peak. ``usual`` is the usual load as a part of the ERP's limit, ``priority`` the part of it that has it."""

    seed: int
    limit_per_s: float
    share: float
    usual: float
    priority: float

    @property
    def priority_fits(self) -> bool:
        """Whether the ERP can take the burst's priority commands as they come."""
        return TIMES * self.usual * self.priority < 0.95 * (1 - self.share)


SEASONS = (
    Season(seed=1, limit_per_s=3.0, share=0.1, usual=0.2, priority=0.3),
    Season(seed=2, limit_per_s=2.0, share=0.2, usual=0.25, priority=0.7),
    Season(seed=3, limit_per_s=4.0, share=0.1, usual=0.15, priority=0.5),
)


class Sent(NamedTuple):
    """A call that began, and who waited for one when it did."""

    priority: Priority
    both_waited: bool


class Accepting(Client):
    """An ERP that takes everything, each call in its own time."""

    def __init__(self, rng: Random) -> None:
        super().__init__(VirtualErp(FaultSettings(), unique=False), 10.0)
        self.calls: list[Sent] = []
        self.priority_waited_s: list[float] = []
        self.came: dict[str, float] = {}
        self.waiting: dict[Priority, int] = {"fulfilment": 0, "reconciliation": 0}
        self._rng = rng

    async def post(self, command: PostingCommand) -> Answer:
        self.calls.append(Sent(command.priority, all(self.waiting.values())))
        self.waiting[command.priority] -= 1
        came = self.came.pop(command.owner)
        if command.priority == "fulfilment":
            self.priority_waited_s.append(now() - came)
        await asyncio.sleep(self._rng.uniform(0.05, 0.4))
        return Accepted("4900")


@dataclass
class Told:
    """What was seen of one peak: the backlog by the minute, and when after the burst nothing waited."""

    season: Season
    samples: list[tuple[float, Backlog]] = field(default_factory=list)
    priority_waited_s: list[float] = field(default_factory=list)
    calls: list[Sent] = field(default_factory=list)
    drained_at: float = math.inf

    def after(self) -> list[tuple[float, Backlog]]:
        """The samples from a minute after the burst, until what waits is gone."""
        return [(at, b) for at, b in self.samples if BEFORE_S + BURST_S + SAMPLE_S <= at < self.drained_at]

    def grew(self) -> int:
        """In how many minutes after the burst as much waited as before, or more."""
        depths = [waiting(backlog) for _, backlog in self.after()]
        return sum(later >= earlier for earlier, later in pairwise(depths))

    def off(self) -> float:
        """The worst estimate after the burst: by which part of the time it took. Less than a minute is no error."""
        took = [(self.drained_at - at, b.drain_s if b.drain_s is not None else math.inf) for at, b in self.after()]
        return max(abs(told - s) / s if abs(told - s) > SAMPLE_S else 0.0 for s, told in took)

    def promised(self) -> int:
        """How many estimates of the burst's own time saw an end, two minutes after it began."""
        during = [b.drain_s for at, b in self.samples if BEFORE_S + 2 * SAMPLE_S <= at < BEFORE_S + BURST_S]
        return sum(told != math.inf for told in during)

    def unfair(self) -> float:
        """By how many calls reconciliation's part was off its share, at worst, in a stretch in which both waited."""
        calls, theirs, worst = 0, 0, 0.0
        for call in self.calls:
            calls, theirs = (calls + 1, theirs + (call.priority == "reconciliation")) if call.both_waited else (0, 0)
            worst = max(worst, abs(theirs - self.season.share * calls))
        return worst

    def late_s(self) -> float:
        """How long the priority command waited that waited longest."""
        return max(self.priority_waited_s)

    def priority_first_s(self) -> float:
        """How long before the end of all the last priority command of the backlog was through."""
        return self.drained_at - min(at for at, backlog in self.after() if backlog.fulfilment <= 1)

    def wrong(self) -> list[str]:
        """Return what is not as it should be, in words."""
        fits = self.season.priority_fits
        late = self.late_s() > PRIORITY_WITHIN_S if fits else self.priority_first_s() < FIRST_BY_S
        checks = {
            "the backlog grew after the burst": self.grew() > 0,
            "the time to drain was told wrong": self.off() > OFF_MAX,
            "an end was promised during the burst": self.promised() > 0,
            "the share was not kept": self.unfair() > UNFAIR_MAX_CALLS,
            "priority was late": late,
        }
        return [words for words, happened in checks.items() if happened]

    def line(self) -> str:
        """The peak's figures in one line."""
        deepest = max(waiting(backlog) for _, backlog in self.samples)
        took_h = (self.drained_at - BEFORE_S - BURST_S) / 3600
        seed, limit, _, usual, priority = self.season
        return (
            f"{limit:g} calls/s, usual load {usual:.0%}, {priority:.0%} of it priority, seed {seed}: "
            f"{deepest} waited at most, drained in {took_h:.1f} h, grew in {self.grew()} minutes, "
            f"estimate off by {self.off():.0%} at most, share off by {self.unfair():.1f} calls, "
            f"priority waited {self.late_s():.0f} s at most"
        )


def waiting(backlog: Backlog) -> int:
    return backlog.fulfilment + backlog.reconciliation


class Peak:
    """Commands come as a Poisson stream, each of an owner of its own, until the burst is drained."""

    def __init__(self, season: Season) -> None:
        self.told, self._season, self._rng = Told(season), season, Random(season.seed)
        self._client = Accepting(self._rng)
        self._over = False

    async def run(self) -> Told:
        broker, season = Broker(), self._season
        broker.committed = {COMMANDS: 10**9, RECONCILIATION: 10**9}
        limits = {"rate_per_s": season.limit_per_s, "concurrency": 5, "burst": 1.0, "floor": season.share}
        self._process = Process(broker, self._client, self._rng, **limits)
        async with asyncio.TaskGroup() as group:
            pump = group.create_task(self._process.pump.run())
            for work in (self._come(), self._sample(), self._watch()):
                group.create_task(work)
            while not self._over:  # noqa: ASYNC110 - simulated time
                await asyncio.sleep(SAMPLE_S)
            pump.cancel()
        self.told.calls, self.told.priority_waited_s = self._client.calls, self._client.priority_waited_s
        return self.told

    async def _come(self) -> None:
        number, season = 0, self._season
        while not self._over:
            burst = TIMES if BEFORE_S <= now() < BEFORE_S + BURST_S else 1
            await asyncio.sleep(self._rng.expovariate(burst * season.usual * season.limit_per_s))
            priority: Priority = "fulfilment" if self._rng.random() < season.priority else "reconciliation"
            topic = COMMANDS if priority == "fulfilment" else RECONCILIATION
            self._client.waiting[priority] += 1
            command = accrual(f"load/{number}", 0, priority=priority)
            self._client.came[command.owner] = now()
            self._process.pump.submit(command, Place(topic, 0, number))
            number += 1

    async def _sample(self) -> None:
        while not self._over:
            self.told.samples.append((now(), self._process.pump.backlog()))
            await asyncio.sleep(SAMPLE_S)

    async def _watch(self) -> None:
        while now() < BEFORE_S + BURST_S or any(self._client.waiting.values()):
            assert now() < SLOWEST_DRAIN_S
            await asyncio.sleep(1.0)
        self.told.drained_at, self._over = now(), True


def played(season: Season) -> Told:
    """Play one peak to its end."""
    return run(Peak(season).run())


def main() -> int:
    """Play and judge; exit 1 when a peak is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2, help="of each kind of peak")
    given = parser.parse_args()
    if given.seeds < 1:
        parser.error("--seeds is at least 1")
    bad = 0
    for season in (one._replace(seed=seed) for one in SEASONS for seed in range(1, given.seeds + 1)):
        began, told = time.monotonic(), played(season)
        wrong = told.wrong()
        bad += bool(wrong)
        print(f"{told.line()} ({time.monotonic() - began:.0f} s): {', '.join(wrong) or 'as it should be'}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
