"""The API server as a kubelet sees it: objects, patches and a watch, over HTTP with the administrator's token."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Final, NamedTuple

import aiohttp
from milepost.tests.cluster.kubectl import Manifest

ANSWER_S: Final = 30.0
BAD_REQUEST, NOT_FOUND = 400, 404
ATTEMPTS: Final = 3
LINE_MOST_BYTES: Final = 4 * 1024 * 1024
AGAIN_AFTER_S: Final = 0.5


class Unanswered(Exception):
    """The API server refused; `status` is its HTTP status."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"{status}: {said}")
        self.status = status


class Change(NamedTuple):
    """One event of a watch: ADDED, MODIFIED or DELETED."""

    kind: str
    thing: Manifest


class Api:
    """Open it as a context manager."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._headers = url, {"Authorization": f"Bearer {token}"}
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Api:
        connector = aiohttp.TCPConnector(ssl=False)
        self._http = aiohttp.ClientSession(headers=self._headers, connector=connector, read_bufsize=LINE_MOST_BYTES)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.http.close()

    @property
    def http(self) -> aiohttp.ClientSession:
        assert self._http is not None, "not open"
        return self._http

    async def ask(self, method: str, path: str, body: Manifest | None = None, kind: str = "application/json") -> Any:
        """The answer, decoded; asked again while there is none. Raises Unanswered."""
        for attempt in range(ATTEMPTS):
            try:
                return await self._asked(method, path, body, kind)
            except (aiohttp.ClientError, TimeoutError):
                if attempt == ATTEMPTS - 1:
                    raise
            await asyncio.sleep(AGAIN_AFTER_S)
        return None

    async def _asked(self, method: str, path: str, body: Manifest | None, kind: str) -> Any:
        data = None if body is None else json.dumps(body)
        headers = {} if body is None else {"Content-Type": kind}
        limit = aiohttp.ClientTimeout(total=ANSWER_S)
        async with self.http.request(method, self._url + path, data=data, headers=headers, timeout=limit) as answer:
            text = await answer.text()
            if answer.status >= BAD_REQUEST:
                raise Unanswered(answer.status, text[:500])
            return json.loads(text)

    async def patch(self, path: str, body: Manifest) -> Any:
        """Merge as Kubernetes does: conditions by their type."""
        return await self.ask("PATCH", path, body, "application/strategic-merge-patch+json")

    async def changes(self, path: str) -> AsyncIterator[Change]:
        """All objects of a list, then each change, for ever."""
        while True:
            found = await self.ask("GET", path)
            for one in found["items"]:
                yield Change("ADDED", one)
            version = found["metadata"]["resourceVersion"]
            async for change in self._watch(path, version):
                yield change
            await asyncio.sleep(AGAIN_AFTER_S)  # the server ends a watch now and then: look at all of it again

    async def _watch(self, path: str, version: str) -> AsyncIterator[Change]:
        query, limit = f"?watch=true&resourceVersion={version}", aiohttp.ClientTimeout(total=None)
        async with self.http.get(self._url + path + query, timeout=limit) as answer:
            async for line in answer.content:
                told = json.loads(line)
                if told["type"] == "ERROR":
                    return
                yield Change(told["type"], told["object"])
