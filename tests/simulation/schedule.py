"""One seed, one run: which lane, which accidents where, and what the judge says of it."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from milepost.runtime.windows import DURABLE, POSTING, Window
from milepost.tests.simulation.clock import WORLD, Ended, Loop, now, simulate
from milepost.tests.simulation.jobs import VARIANTS, a_job
from milepost.tests.simulation.parts import Parts
from milepost.tests.simulation.watch import in_virtual_time
from milepost.tests.simulation.worker import Worker
from milepost.tests.simulation.world import SESSION_S, World, a_world, settled

PATIENCE_S = 600.0
FEEDING_S = 3.0
RIGHT = Parts()

KINDS = ("kill", "kill", "freeze", "freeze", "stop", "join", "refuse", "forget")


@dataclass(frozen=True)
class Accident:
    """`kind` befalls the first worker that passes `window` for the nth time from now on, or any at `at_s`."""

    kind: str
    at_s: float
    window: Window | None = None
    nth: int = 0
    for_s: float = 0.0
    """How long a frozen process stays so."""

    def __str__(self) -> str:
        where = f"{self.window} #{self.nth}" if self.window else f"{self.at_s:.2f} s"
        return f"{self.kind} at {where}" + (f" for {self.for_s:.1f} s" if self.for_s else "")


@dataclass(frozen=True)
class Plan:
    seed: int
    job: str
    variant: int
    workers: int
    accidents: tuple[Accident, ...]
    trouble: float
    lost: float
    guarded: bool
    feeding_s: float = FEEDING_S

    @property
    def graceful(self) -> bool:
        """Whether every member has all the time it needs to hand over."""
        return all(a.kind in ("stop", "join") for a in self.accidents) and not self.trouble and not self.lost


@dataclass
class Outcome:
    plan: Plan
    trace: str = ""
    complaints: list[str] = field(default_factory=list)
    passed: Counter[Window] = field(default_factory=Counter)
    hit: Counter[tuple[Window, str]] = field(default_factory=Counter)
    """Accidents that befell a process at a window."""
    foreign_writes: int = 0
    digest: Any = None


def plan_of(seed: int) -> Plan:
    """Windows and lanes by turn, so that a thousand seeds meet them all; the rest is drawn."""
    draw = Random(f"{seed}/plan")
    job = ("ledger", "ledger", "ledger", "posting", "ledger", "ledger", "posting", "ledger", "ledger", "lives")[
        seed % 10
    ]
    windows = DURABLE + (POSTING if job == "posting" else ())
    accidents = [_accident(draw, windows, windows[(seed // 10) % len(windows)])]
    accidents += [_accident(draw, windows) for _ in range(draw.randint(0, 2))]
    if windows[(seed // 10) % len(windows)] is Window.REVOKE_BEFORE_DRAIN:
        accidents.append(Accident("join", draw.uniform(0.5, 3.0)))
    zombie = seed % 5 == 1
    if zombie:
        accidents = _zombie(draw, windows)
    graceful = seed % 11 == 0
    if graceful:
        accidents = [Accident(draw.choice(("stop", "join")), draw.uniform(0.3, 4.0)) for _ in range(draw.randint(1, 3))]
    return Plan(
        seed, job, draw.randrange(VARIANTS[job]), draw.randint(1, 2), tuple(accidents),
        trouble=0.0 if graceful else draw.choice([0.0, 0.0, 0.01]), lost=0.0 if graceful else draw.choice([0.0, 0.03]),
        guarded=not zombie and draw.random() < 0.5, feeding_s=4 * FEEDING_S if zombie else FEEDING_S,
    )  # fmt: skip


def _zombie(draw: Random, windows: tuple[Window, ...]) -> list[Accident]:
    """One sleeps until others own what it had, and one of these ends before it could mend what the first wrote."""
    window = draw.choice((None, *windows))
    frozen = Accident("freeze", draw.uniform(0.3, 3.0), window, draw.randint(1, 8), SESSION_S * draw.uniform(1.2, 3.0))
    return [frozen, Accident("join", draw.uniform(0.5, 6.0)), Accident("kill", draw.uniform(6.0, 12.0))]


def _accident(draw: Random, windows: tuple[Window, ...], window: Window | None = None) -> Accident:
    kind = draw.choice(("kill", "kill", "freeze") if window else KINDS)
    if window is None and kind in ("kill", "freeze") and draw.random() < 0.5:
        window = draw.choice(windows)
    rare = window is not None and window.split(".")[0] in ("recovery", "revoke")
    for_s = draw.choice([0.5, SESSION_S * 1.5, SESSION_S * 4]) if kind == "freeze" else 0.0
    return Accident(kind, draw.uniform(0.1, 5.0), window, 1 if rare else draw.randint(1, 8), for_s)


def run(plan: Plan, parts: Parts = RIGHT) -> Outcome:
    """Play a plan; the same plan leaves the same trace."""
    logging.disable(logging.CRITICAL)
    try:
        with in_virtual_time():
            loop = Loop()
            return simulate(_Schedule(plan, parts, loop).play(), loop)
    finally:
        logging.disable(logging.NOTSET)


def judged(plan: Plan, parts: Parts = RIGHT) -> Outcome:
    """Play a plan and compare what it left with a run of the same input without accidents."""
    outcome = run(plan, parts)
    if not outcome.complaints and outcome.digest != undisturbed(plan.job, plan.variant):
        outcome.complaints.append("the state is not that of a run without accidents")
    return outcome


@cache
def undisturbed(job: str, variant: int) -> Any:
    outcome = run(Plan(variant, job, variant, 1, (), 0.0, 0.0, True))
    assert not outcome.complaints, outcome.complaints
    return outcome.digest


class _Schedule:
    def __init__(self, plan: Plan, parts: Parts, loop: Loop) -> None:
        self.plan, self.parts, self.loop = plan, parts, loop
        self.draw = Random(f"{plan.seed}/play")
        self.outcome = Outcome(plan)
        self.workers: list[Worker] = []
        self.armed: list[list[Any]] = []
        self.world: World

    async def play(self) -> Outcome:
        plan, outcome = self.plan, self.outcome
        self.world = a_world(
            a_job(plan.job, plan.variant), plan.seed, self.parts, trouble=plan.trouble, lost=plan.lost,
            guarded=plan.guarded,
        )  # fmt: skip
        for _ in range(plan.workers):
            self._start()
        acting = [asyncio.create_task(self._act(a)) for a in plan.accidents]
        await asyncio.gather(self._feed(), *acting)
        await self._rest()
        self.armed.clear()
        for worker in self.workers:
            worker.stop()
        await asyncio.sleep(30.0)
        self._conclude()
        return outcome

    # -- what happens ------------------------------------------------------------------------------------------

    async def _feed(self) -> None:
        records = self.world.job.input()
        while records:
            await asyncio.sleep(self.draw.random() * 2 * self.plan.feeding_s / 8)
            burst = self.draw.randint(1, max(1, len(records) // 3))
            self.world.feed(records[:burst])
            records = records[burst:]

    async def _act(self, accident: Accident) -> None:
        if accident.window is not None:
            self.armed.append([accident, accident.nth])
            return
        await asyncio.sleep(accident.at_s)
        if accident.kind == "join":
            self._start()
            return
        living = [w for w in self.workers if not w.ended() and not w.process.frozen]
        if living:
            self._befall(self.draw.choice(living), accident)

    def _passing(self, worker: Worker, window: Window) -> None:
        self.outcome.passed[window] += 1
        for one in list(self.armed):
            if one[0].window is window:
                one[1] -= 1
                if one[1] <= 0:
                    self.armed.remove(one)
                    self.outcome.hit[window, one[0].kind] += 1
                    self._befall(worker, one[0])
                    if worker.process.dead:
                        raise Ended(f"killed at {window}")

    def _befall(self, worker: Worker, accident: Accident) -> None:
        self.world.broker.note(worker.name, str(accident))
        if accident.kind == "kill":
            worker.process.kill()
        elif accident.kind == "freeze":
            worker.process.freeze()
            self.loop.call_later(accident.for_s, worker.process.thaw, context=WORLD)
        elif accident.kind == "stop":
            worker.stop()
        elif accident.kind == "refuse":
            worker.producer.refuse_next = True
        elif accident.kind == "forget":
            worker.producer.forget_next = True

    def _start(self) -> None:
        worker = Worker(f"w{len(self.workers) + 1}", self.world, self._passing)
        self.workers.append(worker)

    # -- until all is done -------------------------------------------------------------------------------------

    async def _rest(self) -> None:
        """Supervise: whoever ended is started again, until nothing is left to do."""
        replaced: set[str] = set()
        while not await settled(self.world) or any(w.process.frozen for w in self.workers):
            for worker in [w for w in self.workers if w.ended() and w.name not in replaced]:
                replaced.add(worker.name)
                if not any(not w.ended() for w in self.workers) or self.draw.random() < 0.7:
                    self._start()
            if now() > PATIENCE_S or len(self.workers) > 40:
                self.outcome.complaints.append(f"no rest after {now():.0f} s and {len(self.workers)} processes")
                return

    def _conclude(self) -> None:
        outcome, world = self.outcome, self.world
        outcome.complaints += world.judge.complaints[:5] + self.loop.errors[:3]
        for worker in self.workers:
            process = worker.process
            if process.crashed is not None:
                outcome.complaints.append(f"{worker.name} crashed: {process.crashed!r}")
            if not process.dead:
                outcome.complaints.append(f"{worker.name} did not stop")
            lane = getattr(worker, "lane", None)
            outcome.foreign_writes += lane.stats.foreign_writes if lane else 0
        if not any("no rest" in c for c in outcome.complaints):
            outcome.complaints += world.job.complaints(world)[:5]
        self._check_hand_over()
        outcome.digest = world.job.digest(world)
        outcome.trace = world.broker.trace()

    def _check_hand_over(self) -> None:
        if not self.plan.graceful:
            return
        most = self.world.tuning.chunk_records * len(self.plan.accidents)
        for at, count in self.world.judge.repeated.items():
            if count > most:
                self.outcome.complaints.append(f"{count} records of {at} repeated on graceful hand-overs")
