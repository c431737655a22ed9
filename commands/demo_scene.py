"""A run on its scene: ERP, lanes and a watch over them; what goes wrong with a part ends the run at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from milepost.broker.choose import Broker
from milepost.commands.demo_progress import Progress
from milepost.commands.demo_watch import Watch, watching
from milepost.commands.stack import Plan, Stack, running_stack
from milepost.runtime.child_process import Life
from milepost.runtime.settings import Settings

LOOK_EVERY_S = 1.0
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Scene:
    """What runs, and what is seen of it."""

    stack: Stack
    watch: Watch
    broker: Broker
    progress: Progress

    async def see(self, work: Coroutine[Any, Any, Done]) -> Done:
        """The result of `work`, shown while it runs; raises as soon as a process is given up or the broker dies."""
        working, looking = asyncio.create_task(work), asyncio.create_task(self._look())
        try:
            await asyncio.wait({working, looking}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                looking.result()
            return await working
        finally:
            working.cancel()
            looking.cancel()
            await asyncio.wait({working, looking})

    async def _look(self) -> None:
        seen = self.progress.seen
        while True:
            self.stack.supervisor.check()
            if (error := self.broker.died()) is not None:
                raise error
            await self.watch.look()
            seen.lags = {str(lane): lag for lane, lag in self.watch.lags.items()}
            seen.booked = self.watch.booked
            self.progress.show()
            await asyncio.sleep(LOOK_EVERY_S)


@asynccontextmanager
async def on_scene(plan: Plan, broker: Broker, progress: Progress) -> AsyncIterator[Scene]:
    """Run the plan's ERP and lanes on the broker, with a watch; all of it is ended on leaving."""

    def changed(life: Life) -> None:
        progress.seen.lanes[life.child.name] = (life.state, life.restarts)
        progress.show()

    progress.enter("starting ERP and lanes")
    plan = replace(plan, on_change=changed)
    async with running_stack(plan, broker) as stack, watching(stack.settings.broker, stack.settings.erp_url) as watch:
        yield Scene(stack, watch, broker, progress)


def quick(settings: Settings) -> Settings:
    """The paces of a run that is watched: times scaled down with the ERP's (what takes it 30 s takes half a second)."""
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
