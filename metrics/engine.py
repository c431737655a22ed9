"""How the engine of a lane runs, in numbers: the durable batch tells, the rest is read from the lane when asked for.

What happens per chunk or group is added to plain numbers in the app's loop; a scrape, in the page's thread, turns them
into samples. No record costs anything by itself.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from milepost.metrics.families import Families, bounds_of
from milepost.metrics.health import Health
from milepost.metrics.histogram import Buckets
from milepost.metrics.labels import closed
from milepost.metrics.registry import Registry
from milepost.runtime.durable.book import Book
from milepost.runtime.durable.interface import SourcePartition
from milepost.runtime.durable.observing import Observer
from prometheus_client.core import Metric as Family

if TYPE_CHECKING:
    from milepost.runtime.durable.lane import DurableLane

BEAT_S = 0.25
BEATS_PER_LOOK = 4
"""Where the logs end is looked at once a second, so that lag rises in time and not only when somebody scrapes."""

TABLES_KEPT_S = 30.0
"""How old the sizes of tables may be: every value's length is asked for."""


class Engine(Observer):
    """The observer of a lane and the collector of its engine's rows. Made before the lane starts."""

    def __init__(self, lane: DurableLane, registry: Registry, health: Health) -> None:
        self._lane, self._registry, self._health = lane, registry, health
        self.records: Counter[str] = Counter()
        self.ages: defaultdict[str, Buckets] = defaultdict(lambda: Buckets(bounds_of("event_age_seconds")))
        """Topic -> ages of its records when all they caused was durable."""
        self._chunk_records = Buckets(bounds_of("chunk_records"))
        self._chunk_seconds = Buckets(bounds_of("chunk_seconds"))
        self._write_seconds = Buckets(bounds_of("changelog_write_seconds"))
        self._commit_seconds = Buckets(bounds_of("commit_seconds"))
        self._loop_delay = Buckets(bounds_of("event_loop_delay_seconds"))
        self._send_errors = 0
        self._books: Mapping[SourcePartition, Book] = {}
        self._tables: Mapping[str, tuple[int, int]] = {}
        self._tables_at = -TABLES_KEPT_S
        lane.observer = self
        registry.collectors.register(self)

    # -- told by the durable batch, in the app's loop

    def applied(self, topic: str, records: int, seconds: float) -> None:
        self.records[closed("topic", topic)] += records
        self._chunk_records.add(records)
        self._chunk_seconds.add(seconds)

    def durable(self, topic: str, records: int, oldest_ms: int) -> None:
        self.ages[closed("topic", topic)].add(age_s(oldest_ms), records)

    def logged(self, seconds: float) -> None:
        self._write_seconds.add(seconds)

    def committed(self, seconds: float) -> None:
        self._commit_seconds.add(seconds)

    def refused(self) -> None:
        self._send_errors += 1

    async def pulse(self) -> None:
        """Run as long as the app's loop does: how late it comes round, and that it does."""
        beats = 0
        while True:
            self._health.beat()
            if beats % BEATS_PER_LOOK == 0:
                self._lane.progress()
            beats += 1
            asked = time.monotonic()
            await asyncio.sleep(BEAT_S)
            self._loop_delay.add(max(0.0, time.monotonic() - asked - BEAT_S))

    # -- read in the page's thread

    def collect(self) -> Iterator[Family]:
        """Return every row of the group; the interface of prometheus-client's collectors."""
        families = Families(self._registry, "engine")
        families.add("build", 1, _version())
        families.add("ready", float(self._health.ready() is None))
        self._add_partitions(families)
        self._add_recovery(families)
        self._add_counts(families)
        self._add_histograms(families)
        for table, (keys, size_bytes) in self._sizes().items():
            families.add("table_keys", keys, table)
            families.add("table_bytes", size_bytes, table)
        yield from families.all()

    def describe(self) -> list[Family]:
        """Return the names alone: nothing is read when the collector is registered."""
        return Families(self._registry, "engine").all()

    def _add_partitions(self, families: Families) -> None:
        era = self._lane.era
        families.add("assigned_partitions", len(era.books) if era else 0)
        families.add("in_flight_records", era.in_flight if era else 0)
        # Between two assignments the last one's are shown: a partition without series would have no lag.
        self._books = era.books if era else self._books
        now_s = time.monotonic()
        for book in self._books.values():
            place = closed("topic", book.topic), closed("partition", str(book.partition))
            committed = book.resumes_at
            families.add("committed_offset", committed, *place)
            families.add("lag_seconds", lag_s(book, now_s), *place)
            if book.end is not None:
                families.add("end_offset", book.end, *place)
                families.add("lag_records", max(0, book.end - committed), *place)

    def _add_recovery(self, families: Families) -> None:
        since_s = self._lane.recovering_since_s
        families.add("recovering", float(since_s is not None))
        families.add("recovery_seconds", 0.0 if since_s is None else time.monotonic() - since_s)
        families.add("recovery_remaining_records", max(0, self._lane.recovery_remaining))

    def _add_counts(self, families: Families) -> None:
        stats = self._lane.stats
        for topic, count in self.records.copy().items():
            families.add("records", count, topic)
        families.add("changelog_records", stats.changelog_writes)
        families.add("outputs", stats.outputs)
        families.add("commits", stats.commits)
        families.add("rebalances", stats.rebalances)
        families.add("recovered_records", stats.recovered_records)
        families.add("send_errors", self._send_errors)
        families.add("gaps", stats.gaps)
        families.add("stale_chunks", stats.stale_chunks)
        families.add("foreign_writes", stats.foreign_writes)

    def _add_histograms(self, families: Families) -> None:
        for topic, ages in self.ages.copy().items():
            families.add_histogram("event_age_seconds", ages, topic)
        families.add_histogram("chunk_records", self._chunk_records)
        families.add_histogram("chunk_seconds", self._chunk_seconds)
        families.add_histogram("changelog_write_seconds", self._write_seconds)
        families.add_histogram("commit_seconds", self._commit_seconds)
        families.add_histogram("event_loop_delay_seconds", self._loop_delay)

    def _sizes(self) -> Mapping[str, tuple[int, int]]:
        """Table -> keys and bytes in the owned partitions, at most so old.

        Each sum runs in C over one partition and meets no other thread; between two the lane has its turn.
        """
        if time.monotonic() - self._tables_at >= TABLES_KEPT_S:
            found = {closed("table", table): (0, 0) for table in self._lane.setup.tables}
            for store in list(self._lane.stores.values()):
                for table, pairs in list(store.tables.items()):
                    keys, size_bytes = found.get(closed("table", table), (0, 0))
                    size_bytes += sum(map(len, pairs.values())) + sum(map(len, pairs))
                    found[closed("table", table)] = (keys + len(pairs), size_bytes)
            self._tables, self._tables_at = found, time.monotonic()
        return self._tables


def lag_s(book: Book, now_s: float) -> float:
    """Return the age of the oldest record not committed: by its own timestamp, or since when one is known to wait.

    With a steady stream there is always one that waits, never the same: it is no older than the last one applied.
    """
    if (oldest_ms := book.ages.oldest_ms) is not None:
        return age_s(oldest_ms)
    if book.behind_since_s is None:
        return 0.0
    waited_s, last_s = max(0.0, now_s - book.behind_since_s), age_s(book.applied_timestamp_ms)
    return min(waited_s, last_s) if last_s else waited_s  # without a time, or with one to come, it says nothing


def age_s(timestamp_ms: int) -> float:
    """Return how long ago that was by the wall clock; 0 of a record that bears no timestamp or one from the future."""
    return max(0.0, time.time() - timestamp_ms / 1000) if timestamp_ms >= 0 else 0.0


def _version() -> str:
    try:
        return version("milepost")
    except PackageNotFoundError:  # run from its source
        return "source"
