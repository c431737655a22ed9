"""One look after the other at how late the lanes are, through a broker that may go away and come back."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from milepost.commands.lags import LagReader
from milepost.metrics.lag_series import LagSeries
from milepost.metrics.lag_watch import Place, Standing, looked, unread
from milepost.runtime import kafka_access
from milepost.runtime.consumer import Consumer

LOOK_EVERY_S = 5.0
LOOK_WITHIN_S = 10.0
TIMES_WITHIN_S = 4.0
"""Within a look. Places that were not told by then are asked again at the next one."""
POLL_MS = 200
FETCH_BYTES = 64 * 1024  # of each partition: one record is wanted, and a broker sends whole batches
HEART_S = 60.0

log = logging.getLogger(__name__)


class Times:
    """Reads the time of single records. What lies behind each is fetched with it and thrown away."""

    def __init__(self, bootstrap: str) -> None:
        self._reader = Consumer(
            bootstrap_servers=bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="earliest",  # what the log has dropped meanwhile counts from its start
            max_partition_fetch_bytes=FETCH_BYTES,
            fetch_max_wait_ms=POLL_MS,
            **kafka_access.options(),
        )

    async def __aenter__(self) -> Times:
        try:
            await self._reader.start()
        except BaseException:
            await self._reader.stop()
            raise
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._reader.stop()

    async def read(self, wanted: Iterable[tuple[Place, int]], ends: Mapping[Place, int]) -> dict[Place, int | None]:
        """Return the time, in ms, of the first record at or behind each offset; None where the log holds none up to
        its end; nothing for what the broker did not send within TIMES_WITHIN_S."""
        by_offset: defaultdict[TopicPartition, defaultdict[int, list[Place]]] = defaultdict(lambda: defaultdict(list))
        for place, offset in wanted:
            by_offset[TopicPartition(place.topic, place.partition)][offset].append(place)
        told: dict[Place, int | None] = {}
        deadline = asyncio.get_running_loop().time() + TIMES_WITHIN_S
        while by_offset:  # lanes that read one topic stand at different offsets of it: one of them in each round
            asked = {where: offsets.popitem() for where, offsets in by_offset.items()}
            by_offset = defaultdict(by_offset.default_factory, {w: left for w, left in by_offset.items() if left})
            await self._round(asked, ends, told, deadline)
        return told

    async def _round(
        self,
        asked: dict[TopicPartition, tuple[int, list[Place]]],
        ends: Mapping[Place, int],
        told: dict[Place, int | None],
        deadline: float,
    ) -> None:
        self._reader.assign(list(asked))
        for where, (offset, _) in asked.items():
            self._reader.seek(where, offset)
        try:
            while asked and asyncio.get_running_loop().time() < deadline:
                found = await self._reader.getmany(timeout_ms=POLL_MS)
                for where, records in found.items():
                    if where in asked and records:
                        told.update(dict.fromkeys(asked.pop(where)[1], records[0].timestamp))
                for where in [where for where in asked if where not in found]:
                    # Past the end without a record: only marks were there.
                    if await self._reader.position(where) >= ends[asked[where][1][0]]:
                        told.update(dict.fromkeys(asked.pop(where)[1]))
                self._reader.pause(*(where for where in self._reader.assignment() if where not in asked))
        finally:
            self._reader.assign([])  # else it would go on fetching what nobody wants


class Look:
    """One connection's looks."""

    def __init__(self, lags: LagReader, times: Times, series: LagSeries) -> None:
        self._lags, self._times, self._series = lags, times, series

    async def take(self) -> None:
        """Look once; raises what the broker or the deadline says."""
        found: dict[Place, Standing] = {
            Place(lane, where.topic, where.partition): standing
            for lane, standings in (await self._lags.standings()).items()
            for where, standing in standings.items()
        }
        members: dict[str, int] = dict((await self._lags.members()).items())
        wanted = list(unread(self._series.waiting, found))
        told = await self._times.read(wanted, {place: one.end for place, one in found.items()})
        waiting = looked(self._series.waiting, found, told, time.time())
        self._series.looked(waiting, members, complete=len(told) == len(wanted))


class LagWatch:
    """Looks until it is told to stop. ``stuck`` tells a probe whether it still goes round."""

    def __init__(self, bootstrap: str, series: LagSeries, every_s: float = LOOK_EVERY_S) -> None:
        self._bootstrap, self._series, self._every_s = bootstrap, series, every_s
        self._beat_s = time.monotonic()
        self._said = ""

    def stuck(self) -> str | None:
        """Return why the process is of no use any more, whatever the broker does; None while it is."""
        silent_s = time.monotonic() - self._beat_s
        return f"no look was begun for {silent_s:.0f} s" if silent_s > HEART_S else None

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            async with AsyncExitStack() as connection:
                try:
                    await self._connected(connection, stop)
                except Exception as error:  # whatever a client library makes of a bad broker, the watch goes on
                    self._series.failed()
                    self._say(error)
            await self._pause(stop)

    async def _connected(self, connection: AsyncExitStack, stop: asyncio.Event) -> None:
        look: Look | None = None
        while not stop.is_set():
            self._beat_s = time.monotonic()
            async with asyncio.timeout(LOOK_WITHIN_S):
                if look is None:
                    lags = await connection.enter_async_context(LagReader(self._bootstrap))
                    times = await connection.enter_async_context(Times(self._bootstrap))
                    look = Look(lags, times, self._series)
                await look.take()
            if self._said:
                log.warning("Kafka at %s answers again", self._bootstrap)
                self._said = ""
            await self._pause(stop)

    async def _pause(self, stop: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(self._every_s):
                await stop.wait()
        except TimeoutError:
            return

    def _say(self, error: Exception) -> None:
        """One line for one trouble, however long it lasts; a defect of ours is told with its place."""
        said = _words(error)
        if said != self._said:
            expected = isinstance(error, KafkaError | OSError | TimeoutError)
            log.warning(
                "no complete look at Kafka at %s: %s", self._bootstrap, said, exc_info=None if expected else error
            )
        self._said = said


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError) and not str(error):
        return f"no answer within {LOOK_WITHIN_S:.0f} s"
    return (str(error) or type(error).__name__).splitlines()[0]


def probes(watch: LagWatch, series: LagSeries) -> dict[str, Any]:
    """Return the page's two questions."""
    return {"live": watch.stuck, "ready": series.stale}
