"""The end of ``partner.documents``, read back at a gateway's start: the newest first, until enough or a limit.

In windows that grow, so that a limit takes off the oldest: what came last is what comes again, and what is missed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

from aiokafka import TopicPartition
from milepost.gateway.kept import Kept, kept_of
from milepost.runtime.durable.interface import Incoming

WINDOW_FIRST = 16
"""Records of each partition. Were they as large as can be, all partitions' first windows are within the limit."""
WINDOW_GROWS = 4
BATCH = 2000
WAIT_MS = 200


class Limits(NamedTuple):
    """How much is read back at most."""

    records: int = 100_000
    bytes: int = 256 * 1024 * 1024
    seconds: float = 20.0


class Tail(NamedTuple):
    """``kept``: oldest first. ``ends``: from where to go on. ``since_s``: from when on nothing lacks, None: ever.

    ``cut``: the limit that ended it, empty where it goes back as far as was wished.
    """

    kept: list[Kept]
    ends: dict[TopicPartition, int]
    since_s: float | None
    cut: str = ""


class _Cut(Exception):
    """A limit was reached."""


class ReadingBack:
    """Reads with a consumer that has no group. ``back_s``: how far, as far as the limits go."""

    def __init__(
        self, consumer: Any, topic: str, partitions: int, *, back_s: float, now_s: float, limits: Limits | None = None
    ) -> None:
        self._consumer, self._topic, self._partitions = consumer, topic, partitions
        self._limits = limits or Limits()
        self._from_s, self._now_s = now_s - back_s, now_s
        self._kept = list[Kept]()
        self._read = self._bytes = 0
        self._until_s = asyncio.get_running_loop().time() + self._limits.seconds

    async def run(self) -> Tail:
        """Return what was found. Raises what the client raises."""
        places = [TopicPartition(self._topic, one) for one in range(self._partitions)]
        self._consumer.assign(places)
        ends = await self._consumer.end_offsets(places)
        floors = await self._floors(places, ends)
        tops, oldest, cut = dict(ends), dict[TopicPartition, float](), ""
        window = WINDOW_FIRST
        while left := {place: top for place, top in tops.items() if top > floors[place]}:
            try:
                window = self._window(window, len(left))
                spans = {place: (max(floors[place], top - window), top) for place, top in left.items()}
                oldest |= await self._windows(spans)
            except _Cut as limit:
                cut = str(limit)
                break
            tops |= {place: start for place, (start, _) in spans.items()}
            window *= WINDOW_GROWS
        since_s = self._since(left, oldest, floors)
        return Tail(sorted(self._kept, key=lambda one: (one.at_s, one.place)), ends, since_s, cut)

    def _since(
        self, left: Mapping[TopicPartition, int], oldest: Mapping[TopicPartition, float], floors: Mapping[Any, int]
    ) -> float | None:
        """Every partition reaches back at least so far."""
        if left:
            return max(self._from_s, *(oldest.get(place, self._now_s) for place in left))
        return self._from_s if any(floors.values()) else None

    async def _floors(self, places: list[TopicPartition], ends: Mapping[Any, int]) -> dict[TopicPartition, int]:
        begins = await self._consumer.beginning_offsets(places)
        found = await self._consumer.offsets_for_times(dict.fromkeys(places, max(0, int(self._from_s * 1000))))
        return {
            place: max(begins[place], at.offset) if (at := found.get(place)) is not None else ends[place]
            for place in places
        }

    def _window(self, wished: int, partitions: int) -> int:
        window = min(wished, (self._limits.records - self._read) // partitions)
        if window < 1:
            raise _Cut(f"{self._limits.records} records")
        return window

    async def _windows(self, spans: Mapping[TopicPartition, tuple[int, int]]) -> dict[TopicPartition, float]:
        """Read one window of each partition; the time of the oldest record of each."""
        left, oldest = {place: end for place, (_, end) in spans.items()}, dict[TopicPartition, float]()
        self._consumer.pause(*self._consumer.assignment())
        for place, (start, _) in spans.items():
            self._consumer.seek(place, start)
            self._consumer.resume(place)
        while left:
            found = await self._consumer.getmany(*left, timeout_ms=WAIT_MS, max_records=BATCH)
            for place, records in found.items():
                for record in records:
                    if record.offset < left[place]:
                        oldest.setdefault(place, record.timestamp_ms / 1000)
                        self._take(record)
            self._check()
            for place in list(left):
                if await self._consumer.position(place) >= left[place]:
                    self._consumer.pause(place)
                    del left[place]
        return oldest

    def _take(self, record: Incoming) -> None:
        self._read += 1
        self._bytes += len(record.value or b"")
        if (kept := kept_of(record)) is not None:
            self._kept.append(kept)

    def _check(self) -> None:
        if asyncio.get_running_loop().time() > self._until_s:
            raise _Cut(f"{self._limits.seconds:.0f} s")
        if self._bytes > self._limits.bytes:
            raise _Cut(f"{self._limits.bytes} bytes")
