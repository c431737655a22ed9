"""Recovery in an order of our own: pause, recover, publish what is open, seek, open the books, resume.

It takes the place of Faust's service, which resumes sources before it seeks, skips partitions without a commit, and
waits for offsets that never come. One task per assignment; the next rebalance interrupts it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Any

from milepost.runtime.durable.book import Book, Era
from milepost.runtime.durable.exits import EXIT_CONFIG, die
from milepost.runtime.durable.interface import SourcePartition
from milepost.runtime.durable.rebuild import UnreadableRecord, rebuild
from milepost.runtime.durable.store import PartitionStore
from milepost.runtime.windows import Window
from mode import Service

log = logging.getLogger(__name__)


class DurableRecovery(Service):  # type: ignore[misc]
    """What Faust's table manager asks of a recovery service, and no more."""

    def __init__(self, app: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.app = app
        self.lane = app.durable
        self.completed = asyncio.Event()
        self.in_recovery = False
        self._task: asyncio.Task[None] | None = None

    async def on_stop(self) -> None:
        await self.interrupt()

    def on_partitions_revoked(self, revoked: Any) -> None:
        """Nothing is buffered here."""

    async def on_rebalance(self, assigned: Any, revoked: Any, newly_assigned: Any, generation_id: int = 0) -> None:
        await self.interrupt()
        self.lane.joined.set()
        self.lane.stats.rebalances += 1
        self._task = asyncio.create_task(self._guarded(set(assigned)), name="durable recovery")

    async def interrupt(self) -> None:
        """End a recovery under way; what it has read so far stays right, since a store knows its own offsets."""
        task, self._task = self._task, None
        if task is not None and not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _guarded(self, assigned: set[SourcePartition]) -> None:
        self.in_recovery = True
        self.lane.recovering_since_s = time.monotonic()
        try:
            await self._recover({(t, p) for t, p in assigned if t in self.lane.setup.sources})
        except asyncio.CancelledError:
            log.info("recovery interrupted by another rebalance")
            raise
        except UnreadableRecord as error:
            die(f"recovery failed: {error}", EXIT_CONFIG)  # it stays unreadable, however often we start
        except Exception as error:
            log.exception("recovery")
            self.lane.die(f"recovery failed: {error!r}")
        finally:
            self.in_recovery = False
            self.lane.recovering_since_s, self.lane.recovery_remaining = None, 0

    async def _recover(self, sources: set[SourcePartition]) -> None:
        partitions = {partition for _, partition in sources}
        self._check_whole(sources, partitions)
        self._forget(set(self.lane.stores) - partitions)
        self.lane.passing(Window.RECOVERY_BEFORE_READ)
        if partitions:
            await rebuild(self.lane, partitions)
        await self._confirm()
        await self._tell_processor(partitions)
        await self.lane.pipeline.drained()
        self.lane.passing(Window.RECOVERY_BEFORE_SEEK)
        await self._flow(sources)

    def _check_whole(self, sources: set[SourcePartition], partitions: set[int]) -> None:
        missing = {(t, p) for t in self.lane.setup.sources for p in partitions} - sources
        if missing:
            self.lane.die(f"a partition has two owners: {sorted(missing)} went to another member (sources differ?)")

    def _forget(self, lost: set[int]) -> None:
        for partition in sorted(lost):
            if self.lane.stores.pop(partition).complete:  # else the processor never heard of it
                self.lane.processor.revoked(partition)

    async def _confirm(self) -> None:
        """Who reads late may have read what a later owner wrote, and would put itself above it."""
        if not await self.lane.is_member():
            log.warning("the group has moved on during the recovery: waiting for its next assignment")
            await asyncio.get_running_loop().create_future()  # which interrupts

    async def _tell_processor(self, partitions: set[int]) -> None:
        """Partitions kept through the rebalance, with nothing foreign in their changelog, need no word.

        Kept means owned in the generation before, too: an owner in between may have taken an epoch and not used it yet.
        """
        generation = self.app.consumer.reading.generation()
        for partition in sorted(partitions):
            store: PartitionStore = self.lane.stores[partition]
            kept, store.generation = store.generation == generation - 1, generation
            if store.complete and kept and not store.news:
                continue
            if store.complete:
                self.lane.processor.revoked(partition)
            # Not one more: two owners that both found nothing new of each other would bear the same epoch.
            store.highest_epoch += max(1, generation)
            outputs = self.lane.sized(self.lane.processor.recovered(partition, store, store.highest_epoch))
            self.lane.pipeline.add(partition, store.take_changes(), outputs)
            store.complete, store.news = True, False
            await asyncio.sleep(0)  # many orders take a second each partition: the loop's pulse is felt between two

    async def _flow(self, sources: set[SourcePartition]) -> None:
        app, lane, thread = self.app, self.lane, self.app.consumer.reading
        bounds = await thread.inside(thread.bounds(sources))
        # Said aloud for every source: a seek to "the committed offset" leaves out those that have none.
        starts = {at: max(bound.committed, bound.begin) for at, bound in bounds.items()}
        await app.on_rebalance_complete.send()
        app.consumer.resume_partitions({tp for tp in app.consumer.assignment() if tp in sources})
        app.flow_control.resume()  # clears every queue, so it comes before there is anything in them
        app.consumer.resume_flow()
        books = {at: Book(at[0], at[1], starts[at], bound.committed, bound.end) for at, bound in bounds.items()}
        era = Era(books, 0)
        era.generation = await thread.inside(thread.open(era, starts))
        lane.stats.replays += sum(1 for at, bound in bounds.items() if starts[at] < bound.end)
        lane.open_era(era)
        self.completed.set()
        await app._fetcher.maybe_start()
        app.tables.on_actives_ready()
        app.tables.on_standbys_ready()
        app.on_rebalance_end()
        log.info("flowing: %d source partitions of %d", len(sources), len({p for _, p in sources}))
