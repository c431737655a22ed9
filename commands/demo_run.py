"""One run of the demo, from an empty broker to what it came to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from milepost.broker.choose import Broker
from milepost.commands.demo_gathering import all_documents, injected, told_by_topics
from milepost.commands.demo_kill import Kill
from milepost.commands.demo_oracles import chains_of, ought_of_books, ought_of_facts, rows_of_erp
from milepost.commands.demo_outcome import Outcome, compare_all, count_documents, count_records, explain
from milepost.commands.demo_progress import Progress
from milepost.commands.demo_watch import Watch, watching
from milepost.commands.demo_worth import worth_a_look
from milepost.commands.order_finding import Shelf
from milepost.commands.stack import Plan, Stack, running_stack
from milepost.runtime.child_process import Life
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings
from milepost.simulators.books import books_of
from milepost.simulators.life import Lives, lives
from milepost.simulators.quiet import GroupsQuiet
from milepost.simulators.world import Progress as WorldProgress
from milepost.simulators.world import WorldSummary, play
from milepost.workflow.step import decide

Done = TypeVar("Done")
AtEnd = Callable[[Outcome, Shelf, Stack], Awaitable[None]]
QUIET_WITHIN_S = 120.0
LOOK_EVERY_S = 1.0
KILL_AFTER_S = 0.05


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


class Run:
    """The moving parts of one run, and what is seen of them."""

    def __init__(self, request: Request, progress: Progress) -> None:
        self.request, self.progress = request, progress
        self.fraction = 0.0
        self._kills = sorted(request.kills, key=lambda kill: kill.fraction)

    async def play(self, broker: Broker, at_end: AtEnd) -> None:
        """Run everything and compare; `at_end` is awaited with what it came to, while all is still up."""
        request = self.request
        erp = ("--faults", "demo" if request.erp_faults else "none", "--seed", str(request.seed))
        plan = Plan(kind="demo", settings=_settings(request.settings), run_dir=request.run_dir,
                    erp_arguments=(*erp, "--unique-reference"), on_change=self._changed)  # fmt: skip
        self.progress.enter("starting ERP and lanes")
        async with running_stack(plan, broker) as stack:
            world = lives(request.seed, request.orders)
            async with watching(stack.settings.broker, stack.settings.erp_url) as watch:
                summary = await _unless(self._to_rest(world, stack, watch), self._look(watch, stack, broker))
                self.progress.enter("comparing")
                outcome, shelf = await self._compare(world, stack, watch, summary)
            outcome.restarts = {name: life.restarts for name, life in stack.supervisor.lives.items()}
            outcome.elapsed_s = self.progress.elapsed_s
            await at_end(outcome, shelf, stack)

    async def _to_rest(self, world: Lives, stack: Stack, watch: Watch) -> WorldSummary:
        self.progress.enter("playing")
        summary = await self._world(world, stack)
        self.progress.enter("coming to rest")
        await watch.until_quiet(QUIET_WITHIN_S)
        return summary

    async def _world(self, world: Lives, stack: Stack) -> WorldSummary:
        request = self.request
        async with GroupsQuiet(stack.settings.broker, timeout_s=QUIET_WITHIN_S) as at_rest:

            async def quiet() -> None:
                await self._kill_what_is_due(stack)
                await at_rest()

            return await play(stack.settings.broker, world, request.seed, request.faults, quiet=quiet,
                              progress=self._played)  # fmt: skip

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

    async def _look(self, watch: Watch, stack: Stack, broker: Broker) -> None:
        """Show the run until cancelled; raise when a process was given up, or the broker died."""
        while True:
            stack.supervisor.check()
            if (error := broker.died()) is not None:
                raise error
            await watch.look()
            self.progress.seen.lags = {str(lane): lag for lane, lag in watch.lags.items()}
            self.progress.seen.booked = watch.booked
            lives_now = stack.supervisor.lives.items()
            self.progress.seen.lanes = {name: (life.state, life.restarts) for name, life in lives_now}
            self.progress.show()
            await asyncio.sleep(LOOK_EVERY_S)

    def _changed(self, life: Life) -> None:
        self.progress.seen.lanes[life.child.name] = (life.state, life.restarts)
        self.progress.show()

    async def _compare(self, world: Lives, stack: Stack, watch: Watch, summary: WorldSummary) -> tuple[Outcome, Shelf]:
        request, settings = self.request, stack.settings
        rules = load_rules(settings.policy_dir, settings.reference_dir, settings.tenant)
        records = watch.records()
        documents = await all_documents(settings.erp_url)
        told = await told_by_topics(settings.broker)
        books = books_of(world)
        oughts = (
            ought_of_facts(told.facts, rules),
            ought_of_facts((act.event for act in world.acts), rules),
            ought_of_books(books),
        )
        decisions = {owner: decide(record, rules) for owner, record in records.items()}
        outcome = Outcome(request.orders, request.seed, request.faults_text, events=summary.sent + summary.answered)
        compare_all(outcome, rows_of_erp(documents, chains_of(records.values())), oughts, books.confirmations_undecided)
        count_records(outcome, records, decisions)
        count_documents(outcome, documents)
        explain(outcome, records, decisions)
        outcome.dead_letters = told.dead_letters
        outcome.injected = injected(world, request.seed, request.faults)
        outcome.unsent = dict(summary.waiting)
        outcome.worth_a_look = worth_a_look(records)
        return outcome, Shelf(watch.raw_records(), told.journal)


async def _unless(work: Coroutine[Any, Any, Done], trouble: Coroutine[Any, Any, None]) -> Done:
    """The result of `work`, unless `trouble` raises first."""
    working, watching_out = asyncio.create_task(work), asyncio.create_task(trouble)
    try:
        await asyncio.wait({working, watching_out}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            watching_out.result()
        return await working
    finally:
        for task in (working, watching_out):
            task.cancel()
        await asyncio.wait({working, watching_out})


def _settings(settings: Settings) -> Settings:
    """The demo's paces: times scaled down with the ERP's (what takes it 30 s takes half a second here)."""
    return replace(
        settings,
        ticks="external",
        erp_longest_processing_s=1.5,
        erp_timeout_s=2.0,
        erp_rate_per_s=600.0,
        erp_concurrency=16,
        erp_unique_reference=True,
        reconciliation_interval_s=5.0,
        commit_interval_s=0.2,
        web_port=None,
    )
