"""Group commit in two stages: changelog acknowledged, then outputs acknowledged, then committable.

Whatever is applied while a stage is under way joins the open group, so the round trip itself is the linger. Outputs of
group n travel while the changelog of n+1 does; never do outputs travel before the changelog that contains them is
acknowledged. Groups pass in order, hence every partition does.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from milepost.runtime.durable.book import Book
from milepost.runtime.durable.exits import Die
from milepost.runtime.durable.interface import Output
from milepost.runtime.durable.store import Changes
from milepost.runtime.windows import Passing, Window, unnoticed


class Group:
    """What was applied and is not durable yet."""

    __slots__ = ("changes", "marks", "outputs", "records", "sequence")

    def __init__(self) -> None:
        self.changes: dict[int, Changes] = {}
        self.outputs: list[Output] = []
        self.marks: dict[Book, int] = {}
        self.records: dict[Book, int] = {}
        self.sequence = 0


class Publisher(Protocol):
    async def publish(self, outputs: Sequence[Output]) -> None: ...


Log = Callable[[Mapping[int, Changes]], Awaitable[None]]
"""Writes the changes of each partition to the changelogs and returns when all are acknowledged."""


class Pipeline:
    def __init__(
        self, log: Log, publisher: Publisher, done: Callable[[Book, int, int], None], die: Die,
        passing: Passing = unnoticed,
    ) -> None:  # fmt: skip
        self._log = log
        self._publisher = publisher
        self._done = done
        self._die = die
        self._passing = passing
        self._open = Group()
        self._filled = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._added = 0
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._running is None:
            self._running = asyncio.create_task(self._guarded(), name="durable pipeline")

    async def stop(self) -> None:
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
            self._running = None

    def add(self, partition: int, changes: Changes, outputs: Sequence[Output]) -> Group:
        group = self._open
        if changes:
            # A later put of the same key takes the place of the earlier: one changelog record per key and group.
            group.changes.setdefault(partition, {}).update(changes)
        group.outputs.extend(outputs)
        self._added += 1
        group.sequence = self._added
        self._idle.clear()
        self._filled.set()
        return group

    def add_chunk(self, book: Book, stop: int, records: int, changes: Changes, outputs: Sequence[Output]) -> None:
        group = self.add(book.partition, changes, outputs)
        group.marks[book] = stop
        group.records[book] = group.records.get(book, 0) + records

    async def drained(self) -> None:
        """Wait until everything added so far, and what was added meanwhile, is durable."""
        await self._idle.wait()

    async def _guarded(self) -> None:
        try:
            await self._run()
        except Exception as error:
            self._die(f"the pipeline failed: {error!r}")

    async def _run(self) -> None:
        publishing: asyncio.Task[None] | None = None
        while True:
            await self._filled.wait()
            self._filled.clear()
            group, self._open = self._open, Group()
            try:
                if group.changes:
                    self._passing(Window.CHANGELOG_BEFORE)
                    await self._log(group.changes)
                    self._passing(Window.CHANGELOG_AFTER)
            except Exception as error:
                self._die(f"changelog not written, offsets stay uncommitted: {error!r}")
            if publishing is not None:
                await publishing
            publishing = asyncio.create_task(self._publish(group))

    async def _publish(self, group: Group) -> None:
        try:
            if group.outputs:
                self._passing(Window.OUTPUTS_BEFORE)
                await self._publisher.publish(group.outputs)
                self._passing(Window.OUTPUTS_AFTER)
        except Exception as error:
            self._die(f"outputs not published, offsets stay uncommitted: {error!r}")
        for book, stop in group.marks.items():
            self._done(book, stop, group.records[book])
        if group.sequence == self._added:
            self._idle.set()
