"""The gateway as a whole: its parts put together, started in order, and drained before it ends."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping

from milepost.gateway.dropping import Dropping
from milepost.gateway.fetching import HttpFetching
from milepost.gateway.following import Following
from milepost.gateway.gaps import Gaps
from milepost.gateway.limits import Limits
from milepost.gateway.memory import Memory
from milepost.gateway.once import Once
from milepost.gateway.partners import Partner
from milepost.gateway.polling import Polling
from milepost.gateway.publishing import KafkaPublisher
from milepost.gateway.receiving import Receiving
from milepost.gateway.service import Service
from milepost.gateway.topics import Topics
from milepost.metrics.gateway import GatewayCounts
from milepost.metrics.registry import Registry
from milepost.runtime.settings import Settings

STUCK_S = 60.0

log = logging.getLogger(__name__)


class _Listening:
    """Passes on what became of messages: to the watch over gaps, and to the numbers."""

    def __init__(self, gaps: Gaps, counts: GatewayCounts) -> None:
        self.alive = gaps.alive
        self._counts = counts

    def taken(self, partner: str, size: int) -> None:
        self._counts.bytes.add(partner, by=size)

    def duplicate(self, partner: str) -> None:
        self._counts.duplicates.add(partner)

    def id_reused(self, partner: str) -> None:
        self._counts.reused.add(partner)


class Gateway:
    """``start`` raises ConfigurationError for an address or folder that cannot be had, KafkaError without a broker."""

    def __init__(self, settings: Settings, partners: Mapping[str, Partner], registry: Registry) -> None:
        self._settings, counts = settings, GatewayCounts(registry, partners)
        self.publisher = KafkaPublisher(settings.broker)
        self._fetching = HttpFetching(counted=counts.fetches.add)
        once, limits = Once(), Limits(in_flight=settings.gateway_in_flight)
        polling = Polling(self.publisher, self._fetching, once, time.time)
        self._gaps = Gaps(partners, self.publisher, poll=polling.poll, now=time.time)
        self._following = Following(
            settings.broker, Memory(partners, once, self._gaps).learn, self._gaps.begun, now=time.time,
            back_s=max((one.silence_s or 0.0 for one in partners.values()), default=0.0),
        )  # fmt: skip
        listening = _Listening(self._gaps, counts)
        receiving = Receiving(
            partners, self.publisher, self._fetching, listening,
            now=time.time, clock=time.monotonic, limits=limits, proxies=settings.gateway_trusted_proxies, once=once,
        )  # fmt: skip
        self._service = Service(receiving, counts, limits)
        self._dropping: Dropping | None = None
        if settings.drop_dir is not None:
            self._dropping = Dropping(
                settings.drop_dir, settings.instance, partners, self.publisher, once,
                now=time.time, counted=counts.files.add, look_s=settings.drop_look_s,
            )  # fmt: skip
        self._topics = Topics(partners, self.publisher, settings.broker, now=time.time, taken=listening.taken)
        agreed = {name: one.silence_s for name, one in partners.items() if one.silence_s is not None}
        counts.watch(lambda: self._service.room.requests, self._gaps.silences, self._gaps.missing, agreed)
        self._tasks = list[asyncio.Task[None]]()
        self._beat_s = time.monotonic()
        self._is_ready = False

    @property
    def port(self) -> int:
        return self._service.port

    async def start(self) -> None:
        """Ready to take files and requests when this returns: what was taken in before is known, or cannot be."""
        if self._dropping is not None:
            await asyncio.to_thread(self._dropping.prepare)
        await self.publisher.start()
        self._tasks.append(asyncio.create_task(_again(self._following.run, "the look at what was taken in")))
        try:
            await self._following.started()
            await self._service.start(self._settings.gateway_host, self._settings.gateway_port)
        except BaseException:
            await self._end_tasks()
            await self.publisher.stop()
            raise
        self._is_ready = True
        self._tasks.append(asyncio.create_task(self._beat()))
        self._tasks.append(asyncio.create_task(_again(self._gaps.run, "the watch over gaps")))
        if self._dropping is not None:
            self._tasks.append(asyncio.create_task(_again(self._dropping.run, "the look at dropped files")))
        if self._topics:
            self._tasks.append(asyncio.create_task(_again(self._topics.run, "the reading of partners' topics")))

    async def _beat(self) -> None:
        while True:
            self._beat_s = time.monotonic()
            await asyncio.sleep(1.0)

    def stuck(self) -> str | None:
        """Return why the process is of no use any more; None while it is. Any thread may ask."""
        silent_s = time.monotonic() - self._beat_s
        return f"the event loop has not come round for {silent_s:.0f} s" if silent_s > STUCK_S else None

    def unready(self) -> str | None:
        """Return why nothing should be sent here just now; None while it should. Any thread may ask."""
        return self.publisher.away() or (None if self._is_ready else "reading back what was taken in before")

    async def stop(self) -> None:
        """Accept nothing more; answer what is under way when the broker has it."""
        await self._service.stop()
        await self._end_tasks()
        await self.publisher.stop()
        await self._fetching.close()

    async def _end_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _again(run: object, what: str) -> None:
    """Keep something going: a defect in it must not end what else the process does, nor go unseen."""
    assert callable(run)
    while True:
        try:
            await run()
        except Exception as error:
            log.error("%s failed: %s; it goes on", what, type(error).__name__)
            await asyncio.sleep(1.0)
