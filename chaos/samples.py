"""Looks at a run while it goes on: messages sent, documents booked, lags. Who does not answer is left out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Final

import aiohttp
from milepost.chaos.gathered import Sample
from milepost.chaos.patience import AWAY
from milepost.commands.lags import LagReader

EVERY_S: Final = 1.0
ANSWER_S: Final = 3.0


class Sampler:
    """Looks once a second until it is cancelled. ``began``: monotonic time from which samples count."""

    def __init__(self, bootstrap: str, erp_url: str, sent: Callable[[], int], began: float) -> None:
        self._bootstrap, self._erp_url, self._sent, self._began = bootstrap, erp_url, sent, began
        self.samples: list[Sample] = []

    async def run(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_S)) as http:
            while True:
                try:
                    async with LagReader(self._bootstrap) as reader:
                        while True:
                            lags = await asyncio.wait_for(reader.ask(), ANSWER_S)
                            self._keep(await self._booked(http), {str(lane): lag for lane, lag in lags.items()})
                            await asyncio.sleep(EVERY_S)
                except AWAY:
                    self._keep(await self._booked(http), {})
                    await asyncio.sleep(EVERY_S)

    def _keep(self, booked: int | None, lags: Mapping[str, int | None]) -> None:
        self.samples.append(Sample(time.monotonic() - self._began, self._sent(), booked, dict(lags)))

    async def _booked(self, http: aiohttp.ClientSession) -> int | None:
        try:
            async with http.get(f"{self._erp_url}/health") as answer:
                return int((await answer.json())["documents"])
        except (*AWAY, KeyError, ValueError):
            return None
