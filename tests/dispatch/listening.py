"""A partner's small HTTP service in a thread of its own: it minds ids, and remembers every request."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from aiohttp import web
from aiohttp.test_utils import TestServer

STARTED_WITHIN_S = 10.0


class Request(NamedTuple):
    id: str
    path: str
    body: bytes
    token: str


class Listening:
    """``refused``: what stands in a body that is not taken."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.effects: dict[str, Request] = {}
        self.refused = b"nothing"
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._started, self._end = threading.Event(), asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        said = Request(
            request.headers["Idempotency-Key"], request.path, await request.read(), request.headers["Authorization"]
        )
        self.requests.append(said)
        if self.refused in said.body:
            return web.Response(status=422, text="no such item")
        there = said.id in self.effects
        self.effects.setdefault(said.id, said)
        return web.Response(status=409 if there else 201)

    async def serve(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{any:.*}", self.handle)
        async with TestServer(app) as server:
            self.url = str(server.make_url("")).rstrip("/")
            self._started.set()
            await self._end.wait()

    @contextmanager
    def at_work(self) -> Iterator[Listening]:
        thread = threading.Thread(target=lambda: self._loop.run_until_complete(self.serve()), daemon=True)
        thread.start()
        assert self._started.wait(STARTED_WITHIN_S)
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._end.set)
            thread.join(STARTED_WITHIN_S)
