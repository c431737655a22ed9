"""The running lane: where Faust's events, the processor, the stores and the pipeline meet."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from milepost.runtime.durable.book import Book, Chunk, Era
from milepost.runtime.durable.changelog import Changelog
from milepost.runtime.durable.chunk_size import ChunkSize
from milepost.runtime.durable.collector import collect_rarely
from milepost.runtime.durable.exits import Die, die
from milepost.runtime.durable.interface import Output, Processor, Progress, SourcePartition, Stats
from milepost.runtime.durable.observing import Mark, Observer
from milepost.runtime.durable.pipeline import Pipeline
from milepost.runtime.durable.reader import LogReader
from milepost.runtime.durable.setup import LaneSetup
from milepost.runtime.durable.sizes import fitting
from milepost.runtime.durable.store import Changes, PartitionStore
from milepost.runtime.durable.ticks import tick
from milepost.runtime.durable.watchdog import Watchdog
from milepost.runtime.durable.writer import Writer
from milepost.runtime.windows import Passing, Window, unnoticed

log = logging.getLogger(__name__)

_MAX_RESEEKS = 3
"""A gap that is still there after so many seeks is not going to close."""


class DurableLane:
    """`app.durable`: one per process. All methods run in the app's event loop."""

    def __init__(self, app: Any, setup: LaneSetup) -> None:
        self.app = app
        self.setup = setup
        self.tuning = setup.tuning
        self.stats = Stats()
        self.chunk_size = ChunkSize(setup.tuning.chunk_records, setup.tuning.chunk_hold_s)
        self.die: Die = die
        self.passing: Passing = unnoticed
        """Hears of every crash window; replaced before the lane starts, by a drill alone."""
        self.observer = Observer()
        """Hears what only the moment knows; replaced before the lane starts."""
        self.standing_by: Callable[[], bool] = lambda: False
        """Whether the lane does its work by waiting for another process to end; replaced before it starts."""
        self.recovering_since_s: float | None = None
        """Since when (monotonic) a recovery is under way."""
        self.recovery_remaining = 0
        """Changelog records still to be read by it."""
        self.era: Era | None = None
        self.stores: dict[int, PartitionStore] = {}
        self.processor: Processor
        self.pipeline: Pipeline
        self.read_rounds = 0
        """How often the loop that reads has come round; the watchdog takes its pulse from it."""
        self.joined = asyncio.Event()
        """Set when the group has answered with an assignment for the first time."""
        self._opened = asyncio.Event()
        self._closing: Era | None = None
        self._closing_lock = asyncio.Lock()
        self._since_commit = 0
        self._committing: asyncio.Task[Any] | None = None
        self._seeking: asyncio.Future[None] | None = None
        self.writer: Writer
        self._watchdog: Watchdog | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Called once by the table manager of a worker, never for a client or a command."""
        collect_rarely()
        self.processor = self.setup.processor_factory()
        self.writer = Writer(self.app.producer._producer)
        topics = {name: self.app.tables[name].changelog_topic.get_topic_name() for name in self.setup.tables}
        changelog = Changelog(topics, self.stores, self.writer, self.new_reader, self.stats, self.is_member)
        self._watchdog = watchdog = Watchdog(self)

        async def log_changes(changes: Mapping[int, Changes]) -> None:
            watchdog.check_pulse()  # whoever was suspended may have a successor by now
            began = time.perf_counter()
            await changelog.write(changes)
            self.observer.logged(time.perf_counter() - began)

        self.pipeline = Pipeline(log_changes, self, self._durable, self.die, self.passing)
        self.pipeline.start()
        self._tasks = [asyncio.create_task(tick(self), name="durable ticks")] if self.setup.ticker else []
        watchdog.start()

    async def stop(self) -> None:
        """After the last era is closed."""
        if self._watchdog is None:
            return
        self._watchdog.stop()
        for task in self._tasks:
            task.cancel()
        await self.pipeline.stop()

    async def is_member(self) -> bool:
        """Whether the group, asked now, still counts us a member of our generation."""
        thread = self.app.consumer.reading
        confirmed = bool(await thread.inside(thread.confirmed()))
        if self._watchdog is not None:
            self._watchdog.check_pulse()  # whoever was suspended behind the answer must not go by it
        return confirmed

    def new_reader(self) -> LogReader:
        return LogReader(self.setup.bootstrap, f"{self.setup.app_id}-recovery")

    # -- applying ------------------------------------------------------------------------------------------------

    def apply(self, chunk: Chunk) -> None:
        """Apply one chunk, synchronously from reading to writing; contiguity is checked before state is touched."""
        era, book = self.era, chunk.book
        if era is None or not era.holds(book):
            self.stats.stale_chunks += 1
            return
        if chunk.start != book.applied:
            self._mind_the_gap(era, chunk)
            return
        store = self.stores[book.partition]
        outputs = self._processed(chunk, store) if chunk else []
        book.applied = chunk.stop
        book.reseeks = 0
        self.stats.chunks += 1
        self.stats.records += len(chunk)
        self.pipeline.add_chunk(book, chunk.stop, len(chunk), store.take_changes(), outputs)

    def _processed(self, chunk: Chunk, store: PartitionStore) -> Sequence[Output]:
        book = chunk.book
        began = time.perf_counter()
        try:
            outputs = self.sized(self.processor.chunk(chunk, store))
        except Exception as error:
            place = {"topic": book.topic, "partition": book.partition, "offset": chunk.start}
            log.exception("%s[%d] at %d..%d", book.topic, book.partition, chunk.start, chunk.stop, extra=place)
            self.die(f"{book.topic}[{book.partition}] at {chunk.start}..{chunk.stop}: {error!r}")
        took_s = time.perf_counter() - began
        self.chunk_size.took(len(chunk), took_s)
        self.observer.applied(book.topic, len(chunk), took_s)
        book.applied_timestamp_ms = chunk[-1].timestamp_ms
        book.ages.applied(Mark(chunk.stop, len(chunk), chunk[0].timestamp_ms))
        return outputs

    def sized(self, outputs: Sequence[Output]) -> Sequence[Output]:
        """The outputs that may be published, known before any state is written."""
        return fitting(outputs, self.tuning.max_message_bytes, self.setup.oversize, self.die)

    def _mind_the_gap(self, era: Era, chunk: Chunk) -> None:
        book = chunk.book
        self.stats.gaps += 1
        era.take_back(len(chunk), self.tuning.records_in_flight)
        book.reseeks += 1
        where = f"{book.topic}[{book.partition}]"
        log.error("%s: a chunk begins at %d, expected %d; not applied, sought again", where, chunk.start, book.applied)
        if book.reseeks > _MAX_RESEEKS:
            self.die(f"{where}: the gap between {book.applied} and {chunk.start} does not close")
        seek = self.app.consumer.reading.reseek(era, (book.topic, book.partition), book.applied)
        self._seeking = asyncio.ensure_future(self.app.consumer.reading.inside(seek))

    # -- durable and committed -----------------------------------------------------------------------------------

    def _durable(self, book: Book, stop: int, records: int) -> None:
        book.committable = stop
        for mark in book.ages.durable(stop):
            self.observer.durable(book.topic, mark.records, mark.oldest_ms)
        for era in (self.era, self._closing):
            if era is not None and era.holds(book):
                era.take_back(records, self.tuning.records_in_flight)
        self._since_commit += records
        if self._since_commit >= self.tuning.commit_records and self._committing is None:
            self._committing = asyncio.ensure_future(self.app.consumer.commit())
            self._committing.add_done_callback(self._committed)

    def _committed(self, task: asyncio.Task[Any]) -> None:
        self._committing = None

    async def commit_books(self) -> bool:
        """Commit what is durable, in the generation it was read in; called by Faust's timer and by ourselves."""
        era = self.era or self._closing
        if era is None:
            return False
        offsets = era.uncommitted()
        if not offsets:
            return False
        self._since_commit = 0
        try:
            thread = self.app.consumer.reading
            self.passing(Window.COMMIT_BEFORE)
            began = time.perf_counter()
            stored = await thread.inside(thread.store_offsets(era.generation, offsets))
            self.passing(Window.COMMIT_AFTER)
        except Exception as error:
            self.die(f"offsets not committed: {error!r}")
        if not stored:
            log.warning("offsets not committed: the group has moved on")
            return False
        self.observer.committed(time.perf_counter() - began)
        for at, offset in offsets.items():
            era.books[at].committed = offset
            era.books[at].ages.committed(offset)
        self.stats.commits += 1
        return True

    async def publish(self, outputs: Sequence[Output]) -> None:
        self.stats.outputs += len(outputs)
        try:
            await self.writer.publish(outputs)
        except Exception as error:
            self.observer.refused()
            self.die(f"outputs not published: {error!r}")

    # -- eras ----------------------------------------------------------------------------------------------------

    async def flowing(self) -> Era:
        """The current era, waited for while there is none."""
        while self.era is None:
            await self._opened.wait()
        return self.era

    def open_era(self, era: Era) -> None:
        self.era = era
        self._opened.set()

    async def close_era(self) -> None:
        """Stop applying, drain what was applied, commit it; at once if nothing is open. Too slow ends the process."""
        async with self._closing_lock:  # a stop may meet a revoke: both must find everything committed
            await self._close_era()

    async def _close_era(self) -> None:
        await self.app.tables.recovery.interrupt()
        if self.era is None:
            await self._nothing_under_way()
            return
        self._closing, self.era = self.era, None
        self._opened.clear()
        try:
            await asyncio.wait_for(self._drain(), self.tuning.drain_timeout_s)
        except TimeoutError:
            self.die(f"not drained within {self.tuning.drain_timeout_s} s of losing the assignment")
        finally:
            self._closing = None

    async def _nothing_under_way(self) -> None:
        """A recovery that was interrupted may have said and put something already: its stores go when that is done."""
        if self._watchdog is None:
            return
        try:
            await asyncio.wait_for(self.pipeline.drained(), self.tuning.drain_timeout_s)
        except TimeoutError:
            self.die(f"not drained within {self.tuning.drain_timeout_s} s of an interrupted recovery")

    async def _drain(self) -> None:
        thread = self.app.consumer.reading
        self.passing(Window.REVOKE_BEFORE_DRAIN)
        await thread.inside(thread.shut_and_pause())
        await self.pipeline.drained()
        await self.app.consumer.maybe_wait_for_commit_to_finish()
        await self.commit_books()

    # -- what others may know ------------------------------------------------------------------------------------

    @property
    def recovering(self) -> bool:
        """Whether an assignment is in hand and its stores are being brought up to date."""
        return bool(self.app.tables.recovery.in_recovery)

    def out_of_group(self) -> str | None:
        """In what the current era differs from the group's assignment, None while all is as it was opened."""
        era = self.era
        if era is None or not era.books:
            return None
        found: str | None = self.app.consumer.reading.out_of_group(era.generation, era.books)
        return found

    def assignment(self) -> frozenset[SourcePartition]:
        return frozenset(self.era.books) if self.era else frozenset()

    def progress(self) -> Mapping[SourcePartition, Progress]:
        if self.era is None:
            return {}
        ends, now_s = self.app.consumer.reading.ends(), time.monotonic()
        for at, book in self.era.books.items():
            book.told_end(ends.get(at, book.end), now_s)
        return {at: book.progress() for at, book in self.era.books.items()}

    def committed(self, topic: str, partition: int) -> int | None:
        book = self.era.books.get((topic, partition)) if self.era else None
        return max(0, book.committed) if book else None

    def lag(self, partition: int) -> int | None:
        lags = [p.lag for at, p in self.progress().items() if at[1] == partition]
        known = [lag for lag in lags if lag is not None]
        return sum(known) if lags and len(known) == len(lags) else None
