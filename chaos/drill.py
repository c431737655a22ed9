"""One drill: lives are played while the planned faults happen; then all comes to rest, and what is left is gathered.

Two clocks. Deadlines of the domain (a tender that expires, a hold, an answer that is due) run on the simulated clock,
which stands until every lane has committed all there is. Everything technical runs on the real one: sessions,
heartbeats, watchdogs, HTTP, back-off, the posting pass, the faults themselves. So a fault may take as long as it
likes without a deadline passing meanwhile; that deadlines are kept under load is no matter of a drill.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from milepost.chaos.broker_under_test import BrokerUnderTest
from milepost.chaos.faults import Family
from milepost.chaos.gathered import Gathered, Sample
from milepost.chaos.ground import Ground, Site, on_ground
from milepost.chaos.patience import patiently, until_quiet
from milepost.chaos.performing import Performer
from milepost.chaos.plan import Limits, plan_of, workers_of
from milepost.chaos.samples import Sampler
from milepost.chaos.schedule import Schedule
from milepost.chaos.traps import TRAPS, ended_at
from milepost.chaos.windows import REQUIRED
from milepost.commands.demo_gathering import all_documents, told_by_topics
from milepost.commands.demo_periods import close_periods
from milepost.commands.demo_watch import watching
from milepost.commands.lags import lags_of_lanes
from milepost.commands.topic_reading import latest
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings
from milepost.runtime.topic_table import LOADS_CHANGELOG, ORDERS_CHANGELOG
from milepost.simulators.life import Lives, lives
from milepost.simulators.transport import OFTEN, parse_faults
from milepost.simulators.world import Progress, WorldSummary, play
from milepost.workflow.record import Record
from milepost.workflow.reopening import whole

STEPS: Final = 12
"""Of the simulated clock. Faults that begin in one step overlap, and each step waits until all lanes have caught up."""

QUIET_WITHIN_S: Final = 240.0
"""Longer than any few short faults together keep a lane from its work."""

QUIET_WITHOUT_S: Final = 100.0
"""So long it is waited for rest where a rule is done without: what it kept from being lost never comes."""

CALM_S: Final = 120.0
"""So long after the last fault of a long drill, whose faults may come one after the other, all is at rest."""

FAULTS_OVER_WITHIN_S: Final = 60.0
"""So long after the last message, and the ends of faults that last, a crash window may still be waited for; then it
counts as not reached, and the fault as not played."""

ERP_WITHIN_S: Final = 120.0
ACTIVE: Final = "this is the active posting process"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for. ``workers``: of the busiest lane; ``repeat``: the command that repeats this drill."""

    seed: int
    orders: int
    families: frozenset[Family]
    faults_text: str
    workers: int
    minutes: float
    run_dir: Path
    settings: Settings
    repeat: str
    without: tuple[str, ...] = ()

    @property
    def unique_reference(self) -> bool:
        """Every third seed meets an ERP that books a reference twice."""
        return self.seed % 3 != 0

    @property
    def network(self) -> frozenset[str]:
        """What the network does to messages."""
        return parse_faults("all") | {OFTEN} if "messages" in self.families else frozenset()


class Drill:
    """One seed, from empty topics to what is left."""

    def __init__(self, request: Request, say: Callable[[str], None]) -> None:
        self.request, self._say = request, say
        self._sent, self._fraction = 0, 0.0
        self._schedule: Schedule | None = None
        self._samples: list[Sample] = []

    async def run(self, broker: BrokerUnderTest) -> Gathered:
        """Play and gather. Raises NotQuiet, RunNotQuiet, ChildFailed, FaultFailed when it does not come to an end."""
        request, limits = self.request, Limits.of(self.request.minutes)
        workers = workers_of(request.workers)
        site = Site(settings=request.settings, run_dir=request.run_dir, workers=workers, limits=limits,
                    seed=request.seed, unique_reference=request.unique_reference, without=request.without)  # fmt: skip
        plan = plan_of(request.seed, request.orders, request.families, workers=workers, minutes=request.minutes)
        world = lives(request.seed, request.orders)
        async with on_ground(site, broker) as ground:
            began = time.monotonic()
            schedule = Schedule(plan, Performer(ground, limits).perform, self._say, time.time())
            sampler = Sampler(broker.bootstrap, ground.erp_url, lambda: self._sent, began)
            self._schedule, self._samples = schedule, sampler.samples
            sampling = asyncio.create_task(sampler.run())
            try:
                summary = await self._played(world, ground, schedule)
                await self._to_rest(ground, schedule)
                return await self._gather(world, ground, summary, began)
            finally:
                sampling.cancel()
                await schedule.end()

    async def _played(self, world: Lives, ground: Ground, schedule: Schedule) -> WorldSummary:
        bootstrap = ground.broker.bootstrap

        async def quiet() -> None:
            """Called right after messages went out, so that faults meet lanes with their hands full."""
            schedule.begin_due(self._fraction)
            await until_quiet(bootstrap, quiet_within_s(schedule.longest_s), schedule.check)

        close = partial(month_end, ground)
        return await play(bootstrap, world, self.request.seed, self.request.network, quiet=quiet, steps=STEPS,
                          progress=self._progressed, close=close)  # fmt: skip

    def _progressed(self, seen: Progress) -> None:
        total = seen.sent + seen.left
        self._sent, self._fraction = seen.sent, seen.sent / total if total else 1.0

    async def _to_rest(self, ground: Ground, schedule: Schedule) -> None:
        for fault in await schedule.over(FAULTS_OVER_WITHIN_S + schedule.longest_s):
            self._say(f"not over in time: {fault}")
        await ground.supervisor.wait_ready(QUIET_WITHIN_S)
        await until_quiet(ground.broker.bootstrap, QUIET_WITHIN_S)
        within_s = QUIET_WITHOUT_S if self.request.without else QUIET_WITHIN_S
        async with watching(ground.broker.bootstrap, ground.erp_url) as watch:
            await watch.until_quiet(within_s)
            if not self.request.unique_reference:
                # The posting pass finds what was booked twice on its next round, and it has to be reversed.
                await asyncio.sleep(3 * ground.settings.reconciliation_interval_s)
                await watch.until_quiet(within_s)

    async def _gather(self, world: Lives, ground: Ground, summary: WorldSummary, began: float) -> Gathered:
        settings, bootstrap = ground.settings, ground.broker.bootstrap
        told = await told_by_topics(bootstrap)
        elapsed_s = time.monotonic() - began
        return replace(
            self._known(world),
            documents=await all_documents(settings.erp_url),
            facts=told.facts,
            records=await _records(bootstrap, told.journal),
            journal=told.journal,
            dead_letters=told.letters,
            lags={str(lane): lag for lane, lag in (await lags_of_lanes(bootstrap)).items()},
            unsent=summary.waiting,
            elapsed_s=elapsed_s,
        )

    def unfinished(self) -> Gathered:
        """What is known of a drill that came to no end: what struck it, and how it looked until its last sample."""
        known = self._known(lives(self.request.seed, self.request.orders))
        return replace(known, elapsed_s=self._samples[-1].at_s if self._samples else 0.0)

    def _known(self, world: Lives) -> Gathered:
        """What nobody needs to be asked for."""
        request, settings = self.request, self.request.settings
        return Gathered(
            seed=request.seed,
            orders=request.orders,
            faults=request.faults_text,
            repeat=request.repeat,
            world=world,
            rules=load_rules(settings.policy_dir, settings.reference_dir, settings.tenant),
            documents=(),
            facts=(),
            records={},
            ownership_changes=_takeovers(request.run_dir),
            unique_reference=request.unique_reference,
            planned=self._schedule.planned if self._schedule else {},
            struck=sorted(self._schedule.struck) if self._schedule else (),
            hits=ended_at(request.run_dir / TRAPS),
            required=REQUIRED if "windows" in request.families else frozenset(),
            samples=self._samples,
        )


def quiet_within_s(longest_s: float) -> float:
    """How long a step may wait for rest while faults happen that are over within ``longest_s``."""
    return max(QUIET_WITHIN_S, longest_s + CALM_S)


async def month_end(ground: Ground, through: str) -> None:
    """The ERP closes its books, when it is there again."""
    await patiently(lambda: close_periods(ground.erp_url, through), ERP_WITHIN_S)


async def _records(bootstrap: str, journal: Mapping[str, Sequence[bytes]]) -> dict[str, Record]:
    """The records as last written; of closed orders that have shrunk, with what the journal knows of them."""
    found = await latest(bootstrap, ORDERS_CHANGELOG) | await latest(bootstrap, LOADS_CHANGELOG)
    return {owner: whole(value, journal.get(owner, ())) for owner, value in found.items()}


def _takeovers(run_dir: Path) -> int:
    """How often posting passed to another process: every one that became active but the first."""
    active = sum(log.read_text(errors="replace").count(ACTIVE) for log in run_dir.glob("posting-*.log"))
    return max(0, active - 1)
