"""One run of the demo, from an empty broker to what it came to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from milepost.broker.choose import Broker
from milepost.commands.demo_gathering import all_documents, injected, told_by_topics
from milepost.commands.demo_kill import Kill
from milepost.commands.demo_oracles import chains_of, ought_of_books, ought_of_facts, rows_of_erp
from milepost.commands.demo_outcome import Outcome, compare_all, count_documents, count_records, explain
from milepost.commands.demo_periods import close_periods
from milepost.commands.demo_progress import Progress
from milepost.commands.demo_scene import Scene, on_scene, quick
from milepost.commands.demo_show import AtEnd
from milepost.commands.demo_strangers import VOICES, Cast
from milepost.commands.demo_worth import worth_a_look
from milepost.commands.order_finding import Shelf, meanings_on, shelf_of_run
from milepost.commands.stack import Plan, Stack
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings
from milepost.simulators.books import books_of
from milepost.simulators.life import Lives, lives
from milepost.simulators.quiet import GroupsQuiet
from milepost.simulators.strangers import Strangers
from milepost.simulators.world import Progress as WorldProgress
from milepost.simulators.world import WorldSummary, end_of, play
from milepost.workflow.step import decide

QUIET_WITHIN_S = 120.0
KILL_AFTER_S = 0.05
STEPS = 16  # of the simulated clock: each waits for the pipeline to come to rest, some seconds in all


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the demo was asked for. `faults`: of the network; `erp_faults`: whether the ERP has its own."""

    orders: int
    seed: int
    faults: frozenset[str]
    faults_text: str
    erp_faults: bool
    kills: tuple[Kill, ...] = ()
    run_dir: Path
    settings: Settings
    voices: Path | None = VOICES
    """Where the partners are that speak in words of their own; None: all speak ours."""


class Run:
    """The moving parts of one run, and what is seen of them."""

    def __init__(self, request: Request, progress: Progress) -> None:
        self.request, self.progress = request, progress
        self.fraction = 0.0
        self._kills = sorted(request.kills, key=lambda kill: kill.fraction)

    async def play(self, broker: Broker, at_end: AtEnd) -> None:
        """Run everything and compare; `at_end` is awaited with what it came to, while all is still up."""
        request = self.request
        erp = ("--faults", "demo" if request.erp_faults else "none", "--seed", str(request.seed), "--unique-reference")
        cast = Cast(quick(request.settings), request.run_dir, request.voices) if request.voices else None
        settings, partners = (cast.settings, cast.partners) if cast else (quick(request.settings), ())
        plan = Plan(kind="demo", settings=settings, run_dir=request.run_dir, erp_arguments=erp, partners=partners)
        async with on_scene(plan, broker, self.progress) as scene, _strangers(cast, scene.stack) as strangers:
            world = lives(request.seed, request.orders)
            summary = await scene.see(self._to_rest(world, scene, strangers))
            self.progress.enter("comparing")
            outcome, shelf = await self._compare(world, scene, summary)
            outcome.restarts = {name: life.restarts for name, life in scene.stack.supervisor.lives.items()}
            outcome.elapsed_s = self.progress.elapsed_s
            outcome.strangers = strangers.ledger.lines() if strangers else []
            await at_end(outcome, shelf, scene.stack)

    async def _to_rest(self, world: Lives, scene: Scene, strangers: Strangers | None) -> WorldSummary:
        self.progress.enter("playing")
        summary = await self._world(world, scene.stack, strangers)
        self.progress.enter("coming to rest")
        await scene.watch.until_quiet(QUIET_WITHIN_S)
        return summary

    async def _world(self, world: Lives, stack: Stack, strangers: Strangers | None) -> WorldSummary:
        request = self.request
        async with GroupsQuiet(stack.settings.broker, timeout_s=QUIET_WITHIN_S) as at_rest:

            async def quiet() -> None:
                await self._kill_what_is_due(stack)
                await at_rest()

            return await play(stack.settings.broker, world, request.seed, request.faults, quiet=quiet, steps=STEPS,
                              progress=self._played, close=partial(self._month_end, stack),
                              strangers=strangers)  # fmt: skip

    async def _month_end(self, stack: Stack, through: str) -> None:
        await close_periods(stack.settings.erp_url, through)
        self.progress.say(f"the ERP closed its books through {through}")

    async def _kill_what_is_due(self, stack: Stack) -> None:
        """Called right after messages went out, so that the lane dies with its hands full."""
        while self._kills and self._kills[0].fraction <= self.fraction:
            kill = self._kills.pop(0)
            await asyncio.sleep(KILL_AFTER_S)
            pid = stack.supervisor.kill(kill.lane)
            self.progress.say(f"kill -9 of {kill.lane} (pid {pid}) with {self.fraction:.0%} of the messages sent")

    def _played(self, seen: WorldProgress) -> None:
        total = seen.sent + seen.left
        self.fraction = seen.sent / total if total else 1.0
        self.progress.seen.sent, self.progress.seen.total = seen.sent, total
        self.progress.seen.clock = f"{seen.now:%Y-%m-%d %H:%M}"
        self.progress.show()

    async def _compare(self, world: Lives, scene: Scene, summary: WorldSummary) -> tuple[Outcome, Shelf]:
        request, settings = self.request, scene.stack.settings
        rules = load_rules(settings.policy_dir, settings.reference_dir, settings.tenant)
        documents = await all_documents(settings.erp_url)
        told = await told_by_topics(settings.broker)
        records = scene.watch.records(told.journal)
        books = books_of(world)
        oughts = {
            "own facts": ought_of_facts(told.facts, rules),
            "perfect transport": ought_of_facts((act.event for act in world.acts), rules, until=end_of(world)),
            "independent books": ought_of_books(books),
        }
        decisions = {owner: decide(record, rules) for owner, record in records.items()}
        outcome = Outcome(request.orders, request.seed, request.faults_text, events=summary.sent + summary.answered)
        compare_all(outcome, rows_of_erp(documents, chains_of(records.values())), oughts)
        count_records(outcome, records, decisions)
        count_documents(outcome, documents)
        explain(outcome, records, decisions)
        outcome.dead_letters = told.dead_letters
        outcome.injected = injected(world, request.seed, request.faults)
        outcome.unsent = dict(summary.waiting)
        outcome.worth_a_look = worth_a_look(records)
        meanings = await meanings_on(settings.broker)
        return outcome, shelf_of_run(scene.watch.raw_records(), told.journal, rules, meanings)


@asynccontextmanager
async def _strangers(cast: Cast | None, stack: Stack) -> AsyncIterator[Strangers | None]:
    if cast is None:
        yield None
        return
    async with cast.opened(f"http://{stack.settings.gateway_host}:{stack.settings.gateway_port}") as strangers:
        yield strangers
