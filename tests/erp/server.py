"""The simulated ERP on a real port, in this process, with the gateway that talks to it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import aiohttp
from aiohttp import web
from milepost.runtime.erp.simulated import SimulatedErp
from milepost.simulators.erp.books import Books
from milepost.simulators.erp.faults import FaultSettings
from milepost.simulators.erp.server import Erp

Result = TypeVar("Result")


class Served:
    """A running ERP: ``erp`` is its inside, ``gateway`` ours, ``http`` a plain client."""

    def __init__(self, erp: Erp, url: str, gateway: SimulatedErp, http: aiohttp.ClientSession) -> None:
        self.erp, self.url, self.gateway, self.http = erp, url, gateway, http

    async def get(self, path: str) -> dict[str, object]:
        async with self.http.get(self.url + path) as response:
            assert response.status == 200
            content: dict[str, object] = await response.json()
            return content


def served(
    work: Callable[[Served], Awaitable[Result]],
    faults: FaultSettings | None = None,
    *,
    unique: bool = False,
    file: Path | None = None,
    now: Callable[[], float] = time.time,
    token: str = "",
) -> Result:
    """Run ``work`` against a fresh ERP with these faults, clock and token."""

    async def life() -> Result:
        erp = Erp(Books(unique_reference=unique, file=file), faults or FaultSettings(), now, token=token)
        runner = web.AppRunner(erp.application(), access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        gateway = SimulatedErp(url, request_timeout_s=5.0, longest_processing_s=0.5)
        try:
            async with aiohttp.ClientSession() as http:
                return await work(Served(erp, url, gateway, http))
        finally:
            await gateway.close()
            await runner.cleanup()
            erp.books.close()

    return asyncio.run(life())
