"""A probe of a pod, asked at its own pace and believed after as many answers as its manifest says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
from milepost.tests.cluster.kubectl import Manifest

OK = range(200, 400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One HTTP probe. Times are seconds; the thresholds count answers in a row."""

    url: str
    delay_s: float
    period_s: float
    timeout_s: float
    failures: int
    successes: int

    async def verdicts(self, http: aiohttp.ClientSession, at_first: bool = False) -> AsyncIterator[bool]:
        """What is to be believed after each answer, for ever."""
        await asyncio.sleep(self.delay_s)
        believed, against = at_first, 0
        while True:
            answer = await self._ask(http)
            against = against + 1 if answer != believed else 0
            if against >= (self.successes if answer else self.failures):
                believed, against = answer, 0
            yield believed
            await asyncio.sleep(self.period_s)

    async def first(self, http: aiohttp.ClientSession) -> bool:
        """Whether it succeeds before it has failed too often."""
        await asyncio.sleep(self.delay_s)
        for _ in range(self.failures):
            if await self._ask(http):
                return True
            await asyncio.sleep(self.period_s)
        return False

    async def _ask(self, http: aiohttp.ClientSession) -> bool:
        try:
            async with http.get(self.url, timeout=aiohttp.ClientTimeout(total=self.timeout_s)) as answer:
                return answer.status in OK
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False


def probe_of(container: Manifest, name: str, port: int) -> Probe | None:
    """The HTTP probe of that name, asked at a port of this machine; None where the manifest has none."""
    told = container.get(name)
    if not told or "httpGet" not in told:
        return None
    return Probe(
        url=f"http://127.0.0.1:{port}{told['httpGet'].get('path', '/')}",
        delay_s=told.get("initialDelaySeconds", 0), period_s=told.get("periodSeconds", 10),
        timeout_s=told.get("timeoutSeconds", 1), failures=told.get("failureThreshold", 3),
        successes=told.get("successThreshold", 1),
    )  # fmt: skip
