"""Faults of the ERP, switched on and off at run time. Each ends by itself and says what it did.

One `ErpUnderTest` per ERP: it knows which faults are in force, so that the end of one leaves the others on.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

import aiohttp
import msgspec
from milepost.chaos.injected import MET_WITHIN_S, Injected, injected
from milepost.simulators.erp.faults import FaultSettings, Outage

TARGET = "erp"
ANSWER_WITHIN_S = 5.0
LOOK_EVERY_S = 0.05
MET_LOOK_S = 0.5
BACK_WITHIN_S = 60.0
LOST_SHARE = 0.3
AWAY = (OSError, aiohttp.ClientError, TimeoutError)


class Calls(NamedTuple):
    """So many calls in the life that began then, in the ERP's own Unix seconds."""

    born: float
    number: int

    def until(self, later: Calls) -> int:
        """How many came since; of an ERP that restarted meanwhile those of its new life: the others are forgotten."""
        return later.number - self.number if later.born == self.born else later.number


class ErpUnderTest:
    """The switchboard of one ERP. `settled`: how it behaves when no fault is in force."""

    def __init__(self, url: str, settled: FaultSettings | None = None) -> None:
        self.url, self._settled = url, settled or FaultSettings()
        self._in_force: list[Mapping[str, Any]] = []
        self._one_at_a_time = asyncio.Lock()

    async def health(self, *, born_after: float = 0.0) -> dict[str, Any]:
        """What it says of itself, waiting for one that is just restarting.

        born_after: of a life that began later, in its own Unix seconds. Raises TimeoutError.
        """
        deadline = time.monotonic() + BACK_WITHIN_S
        while (found := await self._health_now()) is None or found["born"] <= born_after:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the ERP at {self.url} does not answer for {BACK_WITHIN_S:g} s")
            await asyncio.sleep(LOOK_EVERY_S)
        return found

    async def calls(self) -> Calls:
        """How often it was called, waiting for one that is just restarting. Raises TimeoutError."""
        found = await self.health()
        return Calls(found["born"], found["requests"])

    @asynccontextmanager
    async def with_faults(self, **changes: object) -> AsyncIterator[None]:
        """Have these fields of FaultSettings as given; afterwards as they would be without."""
        self._in_force.append(changes)
        try:
            await self.switch()
            yield
        finally:
            self._in_force.remove(changes)
            await self.switch()

    async def switch(self) -> None:
        """Tell the ERP which faults are in force, waiting for one that is just restarting."""
        async with self._one_at_a_time:
            settings = self._settled
            for changes in self._in_force:
                settings = msgspec.structs.replace(settings, **changes)
            deadline = time.monotonic() + BACK_WITHIN_S
            while not await self._told(settings):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"the ERP at {self.url} does not answer for {BACK_WITHIN_S:g} s")
                await asyncio.sleep(LOOK_EVERY_S)

    async def _health_now(self) -> dict[str, Any] | None:
        try:
            async with _client() as http, http.get(f"{self.url}/health") as response:
                found: dict[str, Any] = await response.json()
                return found
        except AWAY:
            return None

    async def _told(self, settings: FaultSettings) -> bool:
        body = msgspec.json.encode(settings)
        try:
            async with _client() as http, http.post(f"{self.url}/admin/faults", data=body) as response:
                return response.status == 200
        except AWAY:
            return False


async def outage(
    erp: ErpUnderTest, *, seconds: float, enough: Callable[[], bool] = lambda: False, at_end: Callable[[], object] = int
) -> Injected:
    """Answer everything with 503 for some seconds, or until there is `enough` of what waits for it.

    `at_end` is called while it still lasts: the place to kill the poster in the middle of its backlog. The ERP itself
    ends the outage when nobody is left to do so.
    """
    began, calls = time.time(), await erp.calls()
    async with erp.with_faults(outages=(Outage(start=0, length=seconds + MET_WITHIN_S, unit="seconds"),)):
        await _until(seconds, enough)
        refused = await _met(erp, calls, enough)
        at_end()
    return injected("erp_outage", TARGET, began, met=refused, refused=refused)


async def busy(erp: ErpUnderTest, *, seconds: float, share: float = 0.5) -> Injected:
    """Answer a share of the calls with 503."""
    return await _in_force(erp, "erp_busy", seconds, busy=share)


async def throttled(erp: ErpUnderTest, *, seconds: float, share: float = 0.5, retry_after_s: float = 0.5) -> Injected:
    """Answer a share of the calls with 429 and Retry-After."""
    return await _in_force(erp, "erp_throttled", seconds, throttled=share, retry_after_s=retry_after_s)


async def slow(erp: ErpUnderTest, *, seconds: float, latency_s: float) -> Injected:
    """Answer up to latency_s late; what the client no longer waits for is booked all the same."""
    return await _in_force(erp, "erp_latency", seconds, latency_s=latency_s)


async def answers_lost(erp: ErpUnderTest, *, seconds: float, share: float = LOST_SHARE) -> Injected:
    """Book, and cut the connection without an answer, in a share of the calls."""
    return await _in_force(erp, "erp_answers_lost", seconds, answer_lost=share)


async def hang(erp: ErpUnderTest, *, pid: int, seconds: float) -> Injected:
    """SIGSTOP its process: connections are taken and nothing is answered."""
    began = time.time()
    os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    return injected("erp_hangs", TARGET, began, seconds=seconds)


async def restart(erp: ErpUnderTest, *, kill: Callable[[], object]) -> Injected:
    """Kill its process and wait until its keeper has started it again: books stay, sessions are gone.

    kill: ends the process that runs now; who starts it again is not our affair. Raises TimeoutError.
    """
    began, before = time.time(), await erp.health()
    kill()
    now = await erp.health(born_after=before["born"])
    await erp.switch()  # a new process knows nothing of the faults in force
    return injected("erp_restart", TARGET, began, sessions_lost=before["sessions"], documents_kept=now["documents"])


async def _in_force(erp: ErpUnderTest, kind: str, seconds: float, **changes: float) -> Injected:
    began, before = time.time(), await erp.calls()
    async with erp.with_faults(**changes):
        await asyncio.sleep(seconds)
        calls = await _met(erp, before)
    return injected(kind, TARGET, began, met=calls, calls=calls, **changes)


async def _met(erp: ErpUnderTest, before: Calls, enough: Callable[[], bool] = lambda: False) -> int:
    """Wait until somebody has called since, or it is enough without; how many calls there were."""
    deadline = time.monotonic() + MET_WITHIN_S
    while not (met := before.until(await erp.calls())) and not enough() and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(MET_LOOK_S)
    return met


async def _until(seconds: float, enough: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not enough():  # noqa: ASYNC110 - the broker or the ERP decides
        await asyncio.sleep(min(LOOK_EVERY_S, max(0.0, deadline - time.monotonic())))


def _client() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN_S))
