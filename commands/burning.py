"""What may wait gives way: work of no hurry pauses while the lanes of today's orders use up their error budget.

How fast they do is asked of Prometheus where MILEPOST_BURN_URL names one, else of the broker itself. Burning once as
fast as the budget lasts, 1, is no harm: so much is allowed all the time (docs/slo.md).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import aiohttp
from aiokafka.errors import KafkaError
from milepost.commands.lag_watching import Times
from milepost.commands.lags import LagReader, work_of
from milepost.metrics.lag_watch import Place, looked, unread
from milepost.runtime.topic_kinds import PRIORITY_LANES
from milepost.runtime.topic_table import TOPICS

if TYPE_CHECKING:
    from milepost.runtime.settings import Settings

MOST = 1.0
EVERY_S = 5.0
SAID_EVERY_S = 60.0
ANSWER_WITHIN_S = 10.0
QUERY = "namespace:milepost_priority_budget_burn:max5m"
"""A recording rule of k8s/monitoring/; a test compares the name."""


class Source(Protocol):
    """Who knows how fast the budget burns."""

    async def burn(self) -> float | None:
        """Return it in times of what lasts for the period; None where nobody knows, or nobody is delayed."""


class FromPrometheus:
    """The recorded burn rate of the last five minutes, the worst of the priority lanes, of one namespace or of all."""

    def __init__(self, url: str, namespace: str | None = None) -> None:
        self._url = url
        self._query = f'{QUERY}{{namespace="{namespace}"}}' if namespace else QUERY

    async def burn(self) -> float | None:
        timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(f"{self._url}/api/v1/query", params={"query": self._query}) as answer,
            ):
                told = (await answer.json())["data"]["result"]
                return max((float(one["value"][1]) for one in told), default=None)
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError, IndexError):
            return None


class FromBroker:
    """The oldest uncommitted record of each priority lane, by the age that its topic allows.

    That is no burn rate, but it is above 1 at the same moments. A lane without a process is passed over: what holds it
    up is not our work.
    """

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap

    async def burn(self) -> float | None:
        try:
            async with (
                asyncio.timeout(ANSWER_WITHIN_S),
                LagReader(self._bootstrap, {lane: work_of(lane) for lane in PRIORITY_LANES}) as lags,
                Times(self._bootstrap) as times,
            ):
                return await _worst(lags, times)
        except (KafkaError, OSError, TimeoutError):
            return None


async def _worst(lags: LagReader, times: Times) -> float | None:
    members = await lags.members()
    found = {
        Place(lane, where.topic, where.partition): standing
        for lane, standings in (await lags.standings()).items()
        for where, standing in standings.items()
        if members[lane]
    }
    told = await times.read(unread({}, found), {place: one.end for place, one in found.items()})
    now_s = time.time()
    waiting = looked({}, found, told, now_s)
    return max((one.lag_s(now_s) / TOPICS[place.topic].slo_s for place, one in waiting.items()), default=None)


class Throttle:
    """Lets through while nobody is harmed. ``say`` hears when it holds, while it does, and when it lets go."""

    def __init__(self, source: Source, say: Callable[[str], None]) -> None:
        self._source, self._say = source, say
        self._asked_at: float | None = None
        self._unknown_said = False

    async def clear(self) -> None:
        """Return once the budget burns at most `MOST` times too fast, or nobody knows whether it does."""
        clock = asyncio.get_running_loop().time
        if self._asked_at is not None and clock() - self._asked_at < EVERY_S:
            return
        began, say_at = clock(), clock()
        while (burn := await self._known()) is not None and burn > MOST:
            if clock() >= say_at:
                self._say(f"waiting: the error budget of today's orders burns {burn:.1f} times too fast")
                say_at = clock() + SAID_EVERY_S
            await asyncio.sleep(EVERY_S)
        self._asked_at = clock()
        if say_at > began:
            self._say(f"going on after {clock() - began:.0f} s")

    async def _known(self) -> float | None:
        burn = await self._source.burn()
        if burn is None and not self._unknown_said:
            self._unknown_said = True
            self._say("nobody tells how fast the error budget burns: only the rate and the lane's pace hold this back")
        return burn


def throttle(settings: Settings, bootstrap: str, say: Callable[[str], None]) -> Throttle:
    """Return the throttle of a piece of work that may wait."""
    url, namespace = settings.burn_url, settings.burn_namespace
    return Throttle(FromPrometheus(url, namespace) if url else FromBroker(bootstrap), say)
