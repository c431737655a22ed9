"""Gateway to a partner that is told over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote

import aiohttp
from milepost.codecs.dialects.model import Http
from milepost.runtime.dispatch.addresses import Resolve, address, told
from milepost.runtime.dispatch.answers import SHOWN_CHARS, retry_after_s, sent
from milepost.runtime.dispatch.parcel import Parcel
from milepost.runtime.dispatch.signing import signed
from milepost.runtime.erp.protocol import Answer, Busy, ErpUnavailable, Known, Undecidable, Unknown
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.secrets import is_reference, resolved
from yarl import URL

ANSWER_MAX_BYTES = 64 * 1024  # of an answer's body so much is read
CONNECT_SHARE = 0.5  # of the time limit: past it nothing was sent, past all of it nobody knows
LATE_S = 30.0  # beyond its own time limit, so long a partner may still take what we gave up on
NOT_SHOWN = "(not shown)"
NO_REQUEST = "no request can be made of what the dialect says: look at its address and headers"
SECRET_MIN_CHARS = 4  # what is shorter is no secret, and in every text
PATH_PART_MIN_CHARS = 16  # a part of a path that is shorter is a word


class HttpPartner:
    """Speaks to one partner. Close it with ``close()``.

    Every request names the delivery's id in ``Idempotency-Key``, so that a partner that minds it takes nothing twice. A
    redirect is not followed: what we tell, and our token, are for the address that was named.
    """

    def __init__(
        self, http: Http, connections: int, resolve: Resolve = resolved,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self.longest_processing_s = 0.0 if http.repeatable else http.timeout_s + LATE_S
        self._http, self._resolve, self._wall = http, resolve, wall
        self._connections = connections
        self._opened: aiohttp.ClientSession | None = None

    async def post(self, command: Parcel) -> Answer:
        way = command.way
        try:
            where, own = address(self._http.url, way.path, self._resolve), self._headers(command.value)
        except ConfigurationError as error:
            return Busy(str(error))
        content_type = way.content_type or "application/octet-stream"
        headers = own | {"Content-Type": content_type, "Idempotency-Key": command.id}
        try:
            async with self._session().request(
                way.method, where, data=command.value, headers=headers, allow_redirects=False
            ) as response:
                text = _masked(await _beginning(response), _secrets(self._http.url, own, self._resolve))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return Busy(f"no connection: {type(error).__name__}")  # nothing can have been sent
        except aiohttp.InvalidURL:
            return Busy(NO_REQUEST)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return Unknown(f"no answer: {type(error).__name__}")
        except ValueError:  # of a header or an address, before anything is sent; its text may have a secret in it
            return Busy(NO_REQUEST)
        return sent(response.status, response.headers, text, repeatable=self._http.repeatable, now=self._wall())

    async def find(self, reference: str) -> Sequence[Known]:
        if self._http.repeatable:
            return ()  # sending it again asks and answers at once
        if not self._http.lookup:
            raise Undecidable("nobody can ask this partner whether it has it, and sending it again may double it")
        with _unavailable():
            path = self._http.lookup.replace("{id}", quote(reference, safe=""))
            where, headers = address(self._http.url, path, self._resolve), self._headers()
            async with self._session().get(where, headers=headers, allow_redirects=False) as response:
                if response.status in (404, 410):
                    return ()
                if 200 <= response.status < 300:
                    return (_Found(f"HTTP {response.status} at {path}"[:200]),)
                wait_s = retry_after_s(response.headers, self._wall())
                raise ErpUnavailable(f"HTTP {response.status}", wait_s, throttled=response.status == 429)

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.close()

    def _headers(self, body: bytes = b"") -> dict[str, str]:
        """Resolved each time: a secret in a file may be renewed while we run."""
        headers = {name: told(value, self._resolve) for name, value in self._http.headers.items()}
        if self._http.bearer:
            headers["Authorization"] = f"Bearer {told(self._http.bearer, self._resolve)}"
        if self._http.signature is not None:
            headers |= signed(self._http.signature, body, self._wall(), self._resolve)
        return headers

    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:  # made late: it belongs to the running loop
            limit_s, connect_s = self._http.timeout_s, self._http.timeout_s * CONNECT_SHARE
            self._opened = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=limit_s, connect=connect_s, sock_connect=connect_s),
                # A kept connection may be closed as we send on it, and nobody knows what arrived: of a partner that can
                # neither be asked nor told twice a person would have to find out.
                connector=aiohttp.TCPConnector(
                    limit=self._connections, force_close=not (self._http.repeatable or self._http.lookup)
                ),
                headers={"Accept-Encoding": "identity"},
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._opened


class _Found(NamedTuple):
    number: str
    booked_at: datetime | None = None


@contextmanager
def _unavailable() -> Iterator[None]:
    try:
        yield
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise ErpUnavailable(f"no answer: {type(error).__name__}") from error
    except ValueError:
        raise ErpUnavailable(NO_REQUEST) from None
    except ConfigurationError as error:
        raise ErpUnavailable(str(error)) from error


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """Read no more of a body than is worth showing, whatever the partner sends; the status alone is the answer."""
    read = bytearray()
    with suppress(aiohttp.ClientError, TimeoutError, OSError):
        async for part in response.content.iter_any():
            read += part
            if len(read) >= ANSWER_MAX_BYTES:
                response.close()
                break
    return bytes(read[:ANSWER_MAX_BYTES])


def _secrets(address: str, headers: Mapping[str, str], resolve: Resolve) -> list[str]:
    """What may be secret of a request: values of headers, with and without their scheme, and an address by reference.

    The longest first, so that none hides a part of another.
    """
    found = [value for header in headers.values() for value in (header, header.rpartition(" ")[2])]
    if is_reference(address):
        root = URL(told(address, resolve))
        found += [str(root), root.raw_path, root.path, root.raw_query_string, root.query_string, *root.query.values()]
        found += [part for part in root.path.split("/") if len(part) >= PATH_PART_MIN_CHARS]
    return sorted({one for one in found if len(one) >= SECRET_MIN_CHARS}, key=len, reverse=True)


def _masked(raw: bytes, secrets: Sequence[str]) -> str:
    """A partner may repeat our token in its complaint, or the address, which may be one."""
    text = raw.decode("utf-8", "replace")
    for secret in secrets:
        text = text.replace(secret, NOT_SHOWN)
    return " ".join(text[:SHOWN_CHARS].split())
