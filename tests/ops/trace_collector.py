"""An OpenTelemetry collector and an ERP in small: what they were sent can be looked at."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Received(NamedTuple):
    """One span as the collector has it; ids in hex, "" for no parent."""

    service: str
    name: str
    trace: str
    span: str
    parent: str
    attributes: dict[str, Any]
    links: tuple[tuple[str, str], ...]
    failed: bool
    events: tuple[str, ...]


class Server:
    """Answers POSTs of one path on a free port. A context manager."""

    def __init__(self, path: str, answer: Callable[[bytes, dict[str, str]], tuple[int, bytes]]) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, said = answer(body, headers) if self.path == path else (404, b"{}")
                self._answer(status, said)

            def do_GET(self) -> None:
                self._answer(200, b'{"documents": [], "after": 0, "more": false}')

            def _answer(self, status: int, said: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class TraceCollector(Server):
    """Takes OTLP over HTTP; ``spans`` in order of arrival."""

    def __init__(self) -> None:
        self.spans: list[Received] = []
        super().__init__("/v1/traces", self._taken)

    def _taken(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        assert headers["content-type"] == "application/x-protobuf"
        raw = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
        request = ExportTraceServiceRequest.FromString(raw)
        for group in request.resource_spans:
            service = _values(group.resource.attributes)["service.name"]
            for scope in group.scope_spans:
                self.spans += [_received(service, span) for span in scope.spans]
        return 200, b""

    def named(self, name: str, **attributes: object) -> list[Received]:
        """Spans of this name whose attributes `milepost.NAME` are these."""
        wanted = {f"milepost.{key}": value for key, value in attributes.items()}
        return [s for s in list(self.spans) if s.name == name and wanted.items() <= s.attributes.items()]


class SmallErp(Server):
    """Books everything but invoices. ``calls``: (draft, headers) of each request."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, Any], dict[str, str]]] = []
        super().__init__("/documents", self._posted)

    def _posted(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        draft = json.loads(body)
        self.calls.append((draft, headers))
        if draft["kind"] == "CI":
            return 422, b'{"code": "NO_INVOICES", "text": "not today"}'
        return 201, json.dumps({"number": str(len(self.calls)), "booked_at": 1_800_000_000}).encode()


def _received(service: str, span: Any) -> Received:
    links = tuple((one.trace_id.hex(), one.span_id.hex()) for one in span.links)
    return Received(
        service, span.name, span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex(),
        _values(span.attributes), links, span.status.code == 2, tuple(event.name for event in span.events),
    )  # fmt: skip


def _values(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}
