"""The HTTP service: which path is whose, how much and how slowly a client may send, and an answer for every request.

aiohttp's own low-level server: two kinds of paths need no router, and what no partner may do is decided here.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any, Protocol

from aiohttp import HttpVersion11, web
from aiohttp.web_protocol import RequestHandler
from milepost.gateway import answers
from milepost.gateway.answers import Answer
from milepost.gateway.bodies import Refusal, too_large
from milepost.gateway.limits import Held, Limits, NoRoom, Room
from milepost.gateway.receiving import Delivery, Receiving
from milepost.runtime.errors import ConfigurationError

PATH = re.compile(r"(?:https?://[^/?#]+)?/(in|sandbox)/([a-z0-9][a-z0-9-]{0,63})")
BACKLOG = 1024
DRAIN_S = 15.0
_JSON = "application/json"

log = logging.getLogger(__name__)


class Counting(Protocol):
    def answered(self, partner: str, status: int, why: str, seconds: float) -> None: ...


class _Handler(RequestHandler):
    """Answers what is no HTTP as everything else is answered, and counted: nothing that was sent is said again."""

    counting: Counting

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        if request.writer.output_size > 0:  # the answer has begun: nothing can be said any more
            raise ConnectionError
        answer = answers.NO_HTTP if status < 500 else answers.FAILED
        self.counting.answered("", answer.status, answer.why, 0.0)
        response = _response(answer)
        response.force_close()
        return response


class _Server(web.Server):
    """Bounds the connections: the next one ends the oldest that asks nothing, or has not said all of it, so that slow
    ones keep nobody out."""

    def __init__(self, handler: Any, most: int, counting: Counting, **options: Any) -> None:
        super().__init__(handler, **options)
        self._most, self._counting = most, counting
        self.asking: set[RequestHandler] = set()

    def __call__(self) -> RequestHandler:
        handler = _Handler(self, loop=self._loop, **self._kwargs)
        handler.counting = self._counting
        return handler

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        if len(self._connections) > self._most:
            idle = (one for one in self._connections if one not in self.asking and one.transport is not None)
            next(idle, handler).force_close()


class Service:
    """Answers requests until it is stopped. Port 0: a free one, told by ``port``."""

    def __init__(self, receiving: Receiving, counting: Counting, limits: Limits | None = None) -> None:
        self._receiving, self._counting, self._limits = receiving, counting, limits or Limits()
        self.room = Room(self._limits)
        self._runner: web.ServerRunner | None = None
        self._server: _Server | None = None
        self.port = 0

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises ConfigurationError where the address cannot be had."""
        self._server = _Server(
            self._handle,
            self._limits.connections,
            self._counting,
            access_log=None,
            auto_decompress=False,
            keepalive_timeout=self._limits.idle_s,
            max_line_size=self._limits.line_bytes,
            max_field_size=self._limits.header_bytes,
            max_headers=self._limits.headers,
            lingering_time=1.0,
        )
        self._runner = web.ServerRunner(self._server, shutdown_timeout=DRAIN_S)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port, backlog=BACKLOG).start()
        except OSError as error:
            await self._runner.cleanup()
            raise ConfigurationError(
                f"the gateway cannot listen at MILEPOST_GATEWAY_HOST={host} MILEPOST_GATEWAY_PORT={port}: "
                f"{error.strerror or error}"
            ) from None
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Accept nothing more, and wait until what is under way was answered."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        assert self._server is not None
        loop = asyncio.get_running_loop()
        started = loop.time()
        found = PATH.fullmatch(request.raw_path.partition("?")[0])
        partner = found[2] if found is not None else ""
        try:
            answer = await self._admitted(request, found)
        except ConnectionResetError:  # whom it would be told to is gone
            answer = answers.CUT_OFF
        except Exception as error:  # a defect of ours: told without the message, which may hold what nobody may read
            log.error("a request of %s failed: %s at %s", partner or "nobody", type(error).__name__, _where(error))
            answer = answers.FAILED
        finally:
            self._server.asking.discard(request.protocol)
        self._counting.answered(partner, answer.status, answer.why, loop.time() - started)
        return _response(answer)

    async def _admitted(self, request: web.BaseRequest, found: re.Match[str] | None) -> Answer:
        if found is None:
            return answers.NOT_FOUND
        if request.method != "POST":
            return answers.NOT_ALLOWED
        return await self._in_room(request, found[2], found[1] == "sandbox")

    async def _in_room(self, request: web.BaseRequest, partner: str, sandbox: bool) -> Answer:
        limit = self._receiving.limit_of(partner)
        size = request.content_length or 0
        if size > limit:
            return _too_large(limit)
        if self.room.full(partner) or not self.room.fits(size):
            return self._pressure()
        held = Held(self.room)
        try:
            body = await self._read(request, limit, held)
            delivery = Delivery(partner, _header(request), body, request.remote or "", sandbox, request.headers.items())
            return await self._answered(request, delivery)
        except NoRoom:
            return self._pressure()
        except TimeoutError:
            return answers.SLOW
        except (web.RequestPayloadError, asyncio.IncompleteReadError):
            return answers.CUT_OFF
        except Refusal:
            return _too_large(limit)
        finally:
            held.give_back()

    async def _answered(self, request: web.BaseRequest, delivery: Delivery) -> Answer:
        assert self._server is not None
        with self.room.one(delivery.partner):
            self._server.asking.add(request.protocol)
            return await self._receiving.answer(delivery)

    async def _read(self, request: web.BaseRequest, limit: int, held: Held) -> bytes:
        content = request.content
        if content.is_eof() and content.exception() is None:  # it came in one piece with its head, as most do
            body = content.read_nowait()
            if len(body) > limit:
                raise too_large(limit)
            held.more(len(body))
            return body
        value = bytearray()
        async with asyncio.timeout(self._limits.body_s):
            await _go_on(request)
            async for part in content.iter_any():
                value += part
                if len(value) > limit:
                    raise too_large(limit)
                held.more(len(part))
        return bytes(value)

    def _pressure(self) -> Answer:
        return Answer(429, "pressure", "too much at once", self._limits.retry_s)


async def _go_on(request: web.BaseRequest) -> None:
    """Some send their body only when they are told to (RFC 9110, 10.1.1)."""
    if request.version >= HttpVersion11 and request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # of the answer itself nothing was sent


def _response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body(), content_type=_JSON, headers=answer.headers())


def _header(request: web.BaseRequest) -> Any:
    get = request.headers.get

    def header(name: str) -> str:
        return get(name, "") if name else ""

    return header


def _too_large(limit: int) -> Answer:
    return Answer(413, "too_large", f"more than {limit} bytes")


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace is not None else "?"
