"""The document behind a pointer: asked for before the sender is answered, within limits, and only where it may be.

The partner's own login goes to the hosts of its own list alone. What fails is told without address and login, for
either may hold a secret.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple, Protocol
from urllib.parse import urljoin, urlsplit

import aiohttp
from milepost.codecs.documents import DOCUMENT_MAX_BYTES
from milepost.codecs.errors import DecodeError
from milepost.codecs.plain import encode, parse, text_of
from milepost.gateway.bodies import Refusal, plain
from milepost.gateway.hosts import Allowed, CheckedResolver, allowed
from milepost.gateway.partners import Fetch, Login

TRIES = 3
FIRST_WAIT_S = 0.2
REDIRECTS_MAX = 3
ACCEPT = "application/json, */*;q=0.5"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class FetchLimits(NamedTuple):
    at_once: int = 16
    """So many at the same time of the hosts of one list; more wait, as long as one fetch may take."""
    try_s: float = 5.0
    all_s: float = 15.0
    """From the first try to the last byte; a sender waits so long for its answer."""
    bytes: int = DOCUMENT_MAX_BYTES


class Fetched(NamedTuple):
    """What a pointer pointed at."""

    value: bytes
    content_type: str


def with_pointer(found: Fetched, name: str, pointer: bytes) -> Fetched:
    """Return the document with the message that pointed at it in its field ``name``; as it is where it is no object,
    or has that field. Its own bytes stay as they were sent.
    """
    try:
        document, message = parse(found.value), parse(pointer)
    except DecodeError:
        return found
    if not name or not isinstance(document, dict) or name in document or not isinstance(message, dict):
        return found
    rest = text_of(found.value).strip()[1:]
    head = b"{" + encode(name) + b": " + text_of(pointer).strip() + (b"," if document else b"")
    return found._replace(value=head + rest)


class NotFetched(Exception):
    """The document could not be had. The text names neither address nor secret."""


class _Again(NotFetched):
    """It may be had when asked again."""


class Fetching(Protocol):
    async def get(self, fetch: Fetch, url: str) -> Fetched:
        """Return the document at ``url``. Raises NotFetched."""


Counted = Callable[[str], None]


class _Session(NamedTuple):
    """Connections to the hosts of one list. One partner's slow server takes none of another's turns."""

    hosts: Allowed
    session: aiohttp.ClientSession
    at_once: asyncio.Semaphore


class HttpFetching:
    """``plain_loopback`` lets tests speak HTTP with this machine. ``counted`` is told taken | refused | failed."""

    def __init__(
        self, limits: FetchLimits | None = None, *, counted: Counted = lambda what: None, plain_loopback: bool = False
    ) -> None:
        self._limits, self._counted, self._plain_loopback = limits or FetchLimits(), counted, plain_loopback
        self._sessions: dict[tuple[str, ...], _Session] = {}

    async def get(self, fetch: Fetch, url: str) -> Fetched:
        hosts, session, at_once = self._session(fetch.hosts)
        if problem := hosts.problem(url, plain_loopback=self._plain_loopback):
            self._counted("refused")
            raise NotFetched(f"the pointer is not followed: {problem}")
        try:
            async with asyncio.timeout(self._limits.all_s), at_once:
                found = await self._tried(hosts, session, url, fetch.login)
        except TimeoutError:
            self._counted("failed")
            raise NotFetched("the document did not come in time") from None
        except NotFetched:
            self._counted("failed")
            raise
        self._counted("taken")
        return found

    async def close(self) -> None:
        for one in self._sessions.values():
            await one.session.close()

    def _session(self, entries: tuple[str, ...]) -> _Session:
        if entries not in self._sessions:
            hosts = allowed(entries)
            connector = aiohttp.TCPConnector(resolver=CheckedResolver(hosts), limit=self._limits.at_once)
            session = aiohttp.ClientSession(
                connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
            )
            self._sessions[entries] = _Session(hosts, session, asyncio.Semaphore(self._limits.at_once))
        return self._sessions[entries]

    async def _tried(self, hosts: Allowed, session: aiohttp.ClientSession, url: str, login: Login) -> Fetched:
        for tried in range(1, TRIES + 1):
            try:
                async with asyncio.timeout(self._limits.try_s):
                    return await self._followed(hosts, session, url, login)
            except (aiohttp.ClientError, OSError, TimeoutError, _Again) as error:
                if tried == TRIES:
                    raise NotFetched(str(error) if isinstance(error, _Again) else "its server did not answer") from None
            await asyncio.sleep(FIRST_WAIT_S * 2 ** (tried - 1))
        raise AssertionError("unreachable")

    async def _followed(self, hosts: Allowed, session: aiohttp.ClientSession, url: str, login: Login) -> Fetched:
        headers = {"Accept": ACCEPT, **login.shown(), "Accept-Encoding": "gzip"}
        for _ in range(REDIRECTS_MAX + 1):
            async with session.get(url, headers=headers, allow_redirects=False) as answer:
                if answer.status not in _REDIRECTS:
                    return await self._read(answer)
                target = urljoin(url, answer.headers.get("Location", ""))
            if urlsplit(target).netloc != urlsplit(url).netloc or hosts.problem(
                target, plain_loopback=self._plain_loopback
            ):
                raise NotFetched("its server sent us to another one")
            url = target
        raise NotFetched("its server sent us round in circles")

    async def _read(self, answer: aiohttp.ClientResponse) -> Fetched:
        if answer.status != 200:
            kind = _Again if answer.status in _AGAIN else NotFetched
            raise kind(f"its server answered {answer.status}")
        value = bytearray()
        async for part in answer.content.iter_any():
            value += part
            if len(value) > self._limits.bytes:
                raise NotFetched("the document is too large")
        try:
            body = plain(bytes(value), answer.headers.get("Content-Encoding", ""), self._limits.bytes)
        except Refusal as refusal:
            raise NotFetched(f"the document cannot be read: {refusal.text}") from None
        return Fetched(body, answer.headers.get("Content-Type", ""))
