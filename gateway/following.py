"""The gateway reads ``partner.documents`` back at its start, and follows it while it runs.

Without a consumer group: every gateway reads all of it, and there is nothing to commit. While it cannot be read the
gateway takes in what comes all the same; then each knows what it took in itself, and no more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from milepost.gateway.kept import Kept, kept_of
from milepost.gateway.reading_back import Limits, ReadingBack, Tail
from milepost.runtime import kafka_access
from milepost.runtime.consumer import Consumer
from milepost.runtime.durable.cures import cure_fetch
from milepost.runtime.durable.interface import Tuning
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import PARTNER_DOCUMENTS

BACK_S = 2 * 86_400.0
"""So far back it reads at least, as far as the limits of reading_back.py go."""
START_S = 30.0
"""So long a start waits for it."""
AGAIN_S = 5.0
BATCH = 500
WAIT_MS = 500
FETCH_BYTES = 1024 * 1024
"""A fetch waits for so much, or WAIT_MS: under load few large ones, for each costs some milliseconds."""

log = logging.getLogger(__name__)
Make = Callable[..., Any]


class Following:
    """``learn`` is told every record that says something, ``begun`` from when on what was read back is complete.

    ``back_s``: how far back it is read. ``make`` builds a client; tests give their own.
    """

    def __init__(
        self,
        bootstrap: str,
        learn: Callable[[Kept], None],
        begun: Callable[[float], None],
        *,
        now: Callable[[], float],
        back_s: float = BACK_S,
        limits: Limits | None = None,
        make: Make | None = None,
    ) -> None:
        self._learn, self._begun, self._now = learn, begun, now
        self._back_s, self._limits = max(back_s, BACK_S), limits or Limits()
        self._make = make or (lambda **options: _consumer(bootstrap, **options))
        self._places: dict[TopicPartition, int] | None = None  # where to go on; None: not read back yet
        self._said = False
        self.is_read_back = asyncio.Event()

    async def started(self) -> None:
        """Return when the topic was read back, or after START_S without; then the log says so."""
        try:
            await asyncio.wait_for(self.is_read_back.wait(), START_S)
        except TimeoutError:
            log.warning(
                "%s was not read back within %.0f s; until it is, only what this gateway takes in is known",
                PARTNER_DOCUMENTS, START_S,
            )  # fmt: skip

    async def run(self) -> None:
        """Read back once, then follow, until cancelled."""
        while True:
            try:
                if self._places is None:
                    await self._read_back()
                await self._follow()
            except (KafkaError, OSError, TimeoutError) as error:
                if not self._said:
                    log.warning("%s cannot be read: %s; it is tried again", PARTNER_DOCUMENTS, type(error).__name__)
                self._said = True
            await asyncio.sleep(AGAIN_S)

    async def _read_back(self) -> None:
        consumer = self._make(fetch_max_wait_ms=100)
        try:
            await consumer.start()
            reading = ReadingBack(
                consumer, PARTNER_DOCUMENTS, PARTITIONS, back_s=self._back_s, now_s=self._now(), limits=self._limits
            )  # fmt: skip
            tail = await reading.run()
        finally:
            await consumer.stop()
        if tail.since_s is not None:
            self._begun(tail.since_s)
        await self._told(tail.kept)
        self._places = tail.ends
        _say(tail)
        self.is_read_back.set()

    async def _follow(self) -> None:
        assert self._places is not None
        consumer = self._make(fetch_max_wait_ms=WAIT_MS, fetch_min_bytes=FETCH_BYTES)
        try:
            await consumer.start()
            consumer.assign(list(self._places))
            for place, offset in self._places.items():
                consumer.seek(place, offset)
            while True:
                found = await consumer.getmany(timeout_ms=1000, max_records=BATCH)
                kept = [one for records in found.values() for record in records if (one := kept_of(record)) is not None]
                await self._told(sorted(kept, key=lambda one: one.at_s))
                self._places |= {place: records[-1].offset + 1 for place, records in found.items()}
                self._said = False
        finally:
            await consumer.stop()

    async def _told(self, kept: Iterable[Kept]) -> None:
        for number, one in enumerate(kept):
            self._learn(one)
            if number % BATCH == BATCH - 1:
                await asyncio.sleep(0)  # requests wait for nobody's memory


def _say(tail: Tail) -> None:
    since = "its beginning"
    if tail.since_s is not None:
        since = f"{datetime.fromtimestamp(tail.since_s, UTC):%Y-%m-%d %H:%M:%S}Z"
    found = f"{PARTNER_DOCUMENTS} was read back to {since}: {len(tail.kept)} messages"
    if tail.cut:
        log.warning("%s, and no more than %s; what came before is not known", found, tail.cut)
    else:
        log.info("%s", found)


class _Reader(Consumer):
    """Gives records as ours: to build aiokafka's first costs as much as the rest."""

    async def start(self) -> None:
        await super().start()
        cure_fetch(self._fetcher, Tuning(fetch_pace_s=0))


def _consumer(bootstrap: str, **options: Any) -> Consumer:
    return _Reader(
        bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False, auto_offset_reset="earliest",
        **options, **kafka_access.options(),
    )  # fmt: skip
