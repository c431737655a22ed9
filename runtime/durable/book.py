"""The books of one assignment: what was handed out, applied, made durable and committed, per source partition.

An era is one assignment after its seek. Its identity is the fence: a chunk whose book is not in the current era's
hands was read under an earlier assignment and is not applied.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from milepost.runtime.durable.interface import Incoming, Progress, SourcePartition
from milepost.runtime.durable.observing import Ages


class Book:
    """One source partition in one era. All offsets are 'next': everything before them is done."""

    __slots__ = (
        "ages", "applied", "applied_timestamp_ms", "behind_since_s", "committable", "committed", "end", "partition",
        "reseeks", "topic",
    )  # fmt: skip

    def __init__(self, topic: str, partition: int, start: int, committed: int, end: int | None) -> None:
        self.topic = topic
        self.partition = partition
        self.applied = start
        self.committable = start
        self.committed = committed
        self.end = end
        self.applied_timestamp_ms = -1
        self.reseeks = 0
        self.ages = Ages()
        self.behind_since_s: float | None = None
        """Since when (monotonic) records are known of that were not applied; None while there are none."""

    def told_end(self, end: int | None, now_s: float) -> None:
        """Take in where the log ends."""
        self.end = end
        behind = end is not None and end > self.applied
        if not behind:
            self.behind_since_s = None
        elif self.behind_since_s is None:
            self.behind_since_s = now_s

    @property
    def resumes_at(self) -> int:
        """Offset a new owner would start from: where nothing was committed, the one to be committed next."""
        return self.committed if self.committed >= 0 else self.committable

    def progress(self) -> Progress:
        return Progress(
            self.topic, self.partition, self.applied, self.applied_timestamp_ms, max(0, self.committed), self.end
        )


class Chunk(list[Incoming]):
    """The value of one Faust event: records of one source partition, covering its offsets [start, stop).

    It may hold fewer records than offsets, even none: transaction markers and compacted records leave gaps.
    """

    __slots__ = ("book", "start", "stop")

    def __init__(self, records: Iterable[Incoming], book: Book, start: int, stop: int) -> None:
        super().__init__(records)
        self.book = book
        self.start = start
        self.stop = stop


class Era:
    """All books of one assignment, and how many records are on their way through."""

    def __init__(self, books: Mapping[SourcePartition, Book], generation: int) -> None:
        self.books = books
        self.generation = generation
        self.in_flight = 0
        self._room = asyncio.Event()
        self._room.set()

    def holds(self, book: Book) -> bool:
        return self.books.get((book.topic, book.partition)) is book

    def hand_out(self, records: int, limit: int) -> None:
        self.in_flight += records
        if self.in_flight >= limit:
            self._room.clear()

    def take_back(self, records: int, limit: int) -> None:
        self.in_flight -= records
        if self.in_flight < limit:
            self._room.set()

    async def room(self) -> None:
        """Wait until records may be handed out again."""
        await self._room.wait()

    def uncommitted(self) -> dict[SourcePartition, int]:
        """Offsets that may be committed and are not: contiguous, of this era only."""
        return {at: book.committable for at, book in self.books.items() if book.committable > book.committed}
