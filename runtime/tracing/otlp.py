"""Spans to an OpenTelemetry collector, by OTLP over HTTP, from a thread of their own.

Ours bear ids of their own making, so they go past the SDK's tracer, which draws its ids by lot, to its batching and its
exporter. A collector that is away costs spans and nothing else: the queue is bounded, and what does not fit is dropped.
"""

from __future__ import annotations

import threading
from importlib.metadata import version
from typing import TYPE_CHECKING

from milepost.runtime.errors import ConfigurationError
from milepost.runtime.settings import Settings
from milepost.runtime.tracing.ids import Context
from milepost.runtime.tracing.spans import Span, Tracer

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

MISSING = "MILEPOST_TRACES=otlp needs the extra `traces`: pip install 'milepost[traces]'"
SCHEMA = "https://opentelemetry.io/schemas/1.36.0"
"""The semantic conventions meant by the attributes' names; those of messaging may still change."""
QUEUE_SPANS, BATCH_SPANS, DELAY_MS = 8192, 512, 1000
TIMEOUT_S, CLOSE_S = 5.0, 3.0


class Collector:
    """The way to one collector; ``take`` is the sink of a Tracer."""

    def __init__(self, settings: Settings, lane: str) -> None:
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
            from opentelemetry.sdk.util.instrumentation import InstrumentationScope
        except ImportError:
            raise ConfigurationError(MISSING) from None
        exporter = OTLPSpanExporter(endpoint=f"{settings.traces_url}/v1/traces", timeout=TIMEOUT_S)
        self._batches = BatchSpanProcessor(exporter, QUEUE_SPANS, DELAY_MS, BATCH_SPANS)
        self._resource = Resource({
            "service.namespace": "milepost", "service.name": f"milepost-{lane}", "service.version": version("milepost"),
            "service.instance.id": settings.instance, "milepost.tenant": settings.tenant,
        }, SCHEMA)  # fmt: skip
        self._scope = InstrumentationScope("milepost", version("milepost"), SCHEMA)

    def take(self, span: Span) -> None:
        self._batches.on_end(self.made(span))

    def close(self) -> None:
        """Send what waits, for a few seconds at most."""
        closing = threading.Thread(target=self._batches.shutdown, daemon=True)
        closing.start()
        closing.join(CLOSE_S)

    def made(self, span: Span) -> ReadableSpan:
        """Return the span as OpenTelemetry's."""
        from opentelemetry.sdk.trace import Event, ReadableSpan
        from opentelemetry.trace import Link, SpanKind, Status, StatusCode

        status, events = Status(), ()
        if span.error is not None:
            kind, message = span.error
            status = Status(StatusCode.ERROR, f"{kind}: {message}")
            told = {"exception.type": kind, "exception.message": message}
            events = (Event("exception", told, timestamp=span.end_ns),)  # type: ignore[assignment]
        return ReadableSpan(
            span.name, _context(span.context), _context(span.parent) if span.parent else None, self._resource,
            span.attributes, events, [Link(_context(one, remote=True)) for one in span.links],
            SpanKind[span.kind.upper()], status=status, start_time=span.start_ns, end_time=span.end_ns,
            instrumentation_scope=self._scope,
        )  # fmt: skip


def opened(settings: Settings, lane: str) -> tuple[Tracer, Collector]:
    """Return a lane's tracer and its way out. ConfigurationError without the extra."""
    collector = Collector(settings, lane)
    return Tracer(settings.tenant, settings.traces_share, collector.take), collector


def _context(context: Context, *, remote: bool = True):  # type: ignore[no-untyped-def]
    from opentelemetry.trace import SpanContext, TraceFlags

    return SpanContext(context.trace, context.span, is_remote=remote, trace_flags=TraceFlags(TraceFlags.SAMPLED))
