"""A process's own page: /metrics, /livez and /readyz over HTTP, from a thread of its own.

It needs no lane and no event loop, so it answers before a broker was reached and while the loop is held. Whoever speaks
to it has a few seconds and a few kilobytes: no client can keep the next one out.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import logging
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, cast

from milepost.metrics.registry import Registry
from milepost.runtime.errors import ConfigurationError
from prometheus_client.exposition import choose_encoder, gzip_accepted

log = logging.getLogger(__name__)

Probe = Callable[[], str | None]
"""None while all is well, else why not, in words. Called from the page's threads; it must return at once."""

_PLAIN = "text/plain; charset=utf-8"
_LOOK_S = 0.2


class Limits(NamedTuple):
    """What one client may take of us."""

    connection_s: float = 10.0
    """From the first to the last byte of one request and its answer."""
    request_bytes: int = 16 * 1024
    connections: int = 32
    """So many at once; the next one ends the oldest, so that a probe is answered while others dawdle."""


class Page:
    """`start` raises ConfigurationError when the address cannot be had. Port 0: a free one, told by `port`."""

    def __init__(
        self, host: str, port: int, registry: Registry, *, live: Probe, ready: Probe, limits: Limits | None = None
    ) -> None:
        self._host, self._wish = host, port
        self._registry = registry
        self._probes = {"/livez": live, "/readyz": ready}
        self._limits = limits or Limits()
        self._server: _Server | None = None
        self._one_render = threading.Lock()

    @property
    def port(self) -> int:
        """Where it listens; 0 before it is started."""
        return int(self._server.server_address[1]) if self._server else 0

    def start(self) -> Page:
        try:
            self._server = _Server(self._host, self._wish, self, self._limits)
        except OSError as error:
            raise ConfigurationError(
                f"the page of metrics cannot listen at MILEPOST_WEB_HOST={self._host} MILEPOST_WEB_PORT={self._wish}: "
                f"{error.strerror or error}"
            ) from None
        threading.Thread(target=self._server.serve_forever, args=(_LOOK_S,), name="page", daemon=True).start()
        return self

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def answer(self, path: str, accept: str, encodings: str) -> Answer:
        """Return what a GET of the path is answered with."""
        if path == "/metrics":
            return self._metrics(accept, encodings)
        if path not in self._probes:
            return Answer(HTTPStatus.NOT_FOUND, _PLAIN, b"not here\n")
        wrong = self._probes[path]()
        status = HTTPStatus.OK if wrong is None else HTTPStatus.SERVICE_UNAVAILABLE
        return Answer(status, _PLAIN, f"{wrong or 'ok'}\n".encode())

    def _metrics(self, accept: str, encodings: str) -> Answer:
        encoder, content_type = choose_encoder(accept)
        with self._one_render:  # many who ask at once must not take the interpreter from the lane
            body = encoder(self._registry.collectors)
        if gzip_accepted(encodings):
            return Answer(HTTPStatus.OK, content_type, gzip.compress(body, 1), "gzip")
        return Answer(HTTPStatus.OK, content_type, body)


class Answer(NamedTuple):
    status: HTTPStatus
    content_type: str
    body: bytes
    encoding: str = ""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, host: str, port: int, page: Page, limits: Limits) -> None:
        self.page, self.limits = page, limits
        self._since: dict[socket.socket, float] = {}
        self._since_lock = threading.Lock()
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # http.server asks the DNS for a name that we have no use for

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._since_lock:
            if len(self._since) >= self.limits.connections:
                _cut(next(iter(self._since)))
            self._since[request] = time.monotonic()
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._since_lock:
            self._since.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Called several times a second: end those who had their time."""
        latest = time.monotonic() - self.limits.connection_s
        with self._since_lock:
            for request in [request for request, since in self._since.items() if since < latest]:
                _cut(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away, or one whom we sent away; a probe that failed has been answered already."""


def _cut(request: socket.socket) -> None:
    with contextlib.suppress(OSError):
        request.shutdown(socket.SHUT_RDWR)  # its thread wakes with an end of file


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    error_message_format = "%(code)d %(message)s\n"
    error_content_type = _PLAIN

    def setup(self) -> None:
        super().setup()
        self.connection.settimeout(self.server.limits.connection_s)
        self.rfile = cast("io.BufferedReader", _Bounded(self.rfile, self.server.limits.request_bytes))

    def do_GET(self) -> None:
        self._send(with_body=True)

    def do_HEAD(self) -> None:
        self._send(with_body=False)

    def _refuse(self) -> None:
        self.send_error(HTTPStatus.METHOD_NOT_ALLOWED)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _refuse

    def _send(self, *, with_body: bool) -> None:
        path = self.path.partition("?")[0]
        try:
            found = self.server.page.answer(
                path, self.headers.get("Accept", ""), self.headers.get("Accept-Encoding", "")
            )
        except Exception:
            log.exception("the page of metrics")
            found = Answer(HTTPStatus.INTERNAL_SERVER_ERROR, _PLAIN, b"see the log\n")
        self.send_response(found.status)
        self.send_header("Content-Type", found.content_type)
        self.send_header("Content-Length", str(len(found.body)))
        if found.encoding:
            self.send_header("Content-Encoding", found.encoding)
        self.end_headers()
        if with_body:
            self.wfile.write(found.body)

    def version_string(self) -> str:
        return "milepost"

    def log_message(self, format: str, *args: Any) -> None:
        """Probes come every few seconds: nobody wants to read of each."""


class _Bounded:
    """The first bytes of a stream. Who sends more is not answered: half a request must not pass for a whole one."""

    def __init__(self, stream: io.BufferedIOBase, most: int) -> None:
        self._stream, self._rest = stream, most

    def readline(self, size: int = -1) -> bytes:
        line = self._stream.readline(self._rest if size < 0 else min(size, self._rest))
        self._rest -= len(line)
        if self._rest <= 0:
            raise ConnectionAbortedError("the request is too long")
        return line

    def close(self) -> None:
        self._stream.close()

    @property
    def closed(self) -> bool:
        return self._stream.closed
