"""Watching a run from outside: the lanes' lags, the records as their changelogs tell them, what the ERP has booked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

import aiohttp
from milepost.commands.lags import LagReader
from milepost.commands.topic_reading import follow
from milepost.runtime.topic_kinds import Lane
from milepost.runtime.topic_table import LOADS_CHANGELOG, ORDERS_CHANGELOG
from milepost.workflow.outbox import state
from milepost.workflow.record import Record
from milepost.workflow.reopening import whole

POLL_S = 0.3
STILL_ROUNDS = 3
"""So many looks in a row must find the run at rest: a command may be between two topics at one look."""


class RunNotQuiet(Exception):
    """The run did not come to rest in time; the text says what was still moving."""


class Watch:
    """What can be seen of a run. `lags` and `booked` are those of the last look."""

    def __init__(self, lags: LagReader, http: aiohttp.ClientSession, erp_url: str) -> None:
        self._lag_reader, self._http, self._erp_url = lags, http, erp_url
        self._latest: dict[str, bytes] = {}
        self.lags: dict[Lane, int | None] = {}
        self.health: dict[str, Any] = {}
        self.following: asyncio.Task[None] | None = None

    @property
    def booked(self) -> int:
        return int(self.health.get("documents", 0))

    async def look(self) -> None:
        """Refresh lags and the ERP's health."""
        if self.following is not None and self.following.done():
            self.following.result()  # without the changelogs nothing can be said: raise what ended it
        self.lags = await self._lag_reader.ask()
        async with self._http.get(f"{self._erp_url}/health") as answer:
            self.health = await answer.json()

    def records(self, journal: Mapping[str, Sequence[bytes]] = {}) -> dict[str, Record]:
        """The records of all orders and loads as last written, by owner; those that shrank with ``journal``'s facts."""
        return {key: whole(value, journal.get(key, ())) for key, value in self._latest.items()}

    def raw_records(self) -> dict[str, bytes]:
        return dict(self._latest)

    async def until_quiet(self, timeout_s: float) -> None:
        """Wait until every lane has read everything, nothing is open at the ERP, and it stays so. RunNotQuiet."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        still, before = 0, -1
        while still < STILL_ROUNDS:
            await self.look()
            moving = self.moving()
            still = still + 1 if not moving and self.booked == before else 0
            before = self.booked
            if asyncio.get_running_loop().time() > deadline:
                raise RunNotQuiet(moving or "the ERP is still booking")
            await asyncio.sleep(POLL_S)

    def moving(self) -> str:
        """What is not at rest, in words; empty when all is."""
        behind = [f"{lane} is {lag} records behind" for lane, lag in self.lags.items() if lag]
        if behind:
            return ", ".join(behind)
        if self.health.get("late"):
            return f"the ERP still books {self.health['late']} requests late"
        waiting = [r.key for r in self.records().values() if any(state(e) == "open" for e in r.outbox.values())]
        return f"{len(waiting)} owners wait for the ERP's answer, among them {waiting[0]}" if waiting else ""

    async def follow_records(self, bootstrap: str) -> None:
        """Keep the latest record of every owner; runs until cancelled."""
        async with aclosing(follow(bootstrap, [ORDERS_CHANGELOG, LOADS_CHANGELOG], from_beginning=True)) as written:
            async for one in written:
                if one.value is not None:
                    self._latest[one.key.decode()] = one.value


@asynccontextmanager
async def watching(bootstrap: str, erp_url: str) -> AsyncIterator[Watch]:
    """Watch a run on this broker and ERP."""
    async with LagReader(bootstrap) as lags, aiohttp.ClientSession() as http:
        watch = Watch(lags, http, erp_url)
        watch.following = following = asyncio.create_task(watch.follow_records(bootstrap))
        try:
            yield watch
        finally:
            following.cancel()
            await asyncio.wait([following])
