"""A finished span as plain data, and who takes it. No OpenTelemetry here: a lane without traces imports none."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple, Protocol

from milepost.contracts.events import Event, tag_of
from milepost.contracts.postings import PostingCommand
from milepost.runtime.durable.interface import Incoming
from milepost.runtime.tracing.ids import Context, bound_of, context_in, sampled, span_of, trace_of

Kind = Literal["consumer", "internal", "client"]
Attributes = dict[str, str | int]
MESSAGE_CHARS = 500


class Span(NamedTuple):
    """Times are nanoseconds since 1970. ``error``: (type, message) of what went wrong, if anything did."""

    name: str
    context: Context
    parent: Context | None
    start_ns: int
    end_ns: int
    attributes: Attributes
    kind: Kind = "consumer"
    links: tuple[Context, ...] = ()
    error: tuple[str, str] | None = None


class Sink(Protocol):
    def __call__(self, span: Span) -> object:
        """Take a span. Called in the middle of the work: it neither waits nor raises."""


class Tracer:
    """What the lanes' traces share. ``share``: the part of all traces that is kept. ``clock``: ns since 1970."""

    __slots__ = ("_bound", "_tenant", "clock", "sink")

    def __init__(self, tenant: str, share: float, sink: Sink, clock: Callable[[], int] = time.time_ns) -> None:
        self._tenant, self._bound = tenant, bound_of(share)
        self.sink, self.clock = sink, clock

    def trace(self, owner: str, key: str) -> int:
        return trace_of(self._tenant, owner, key)

    def keeps(self, trace: int) -> bool:
        return sampled(trace, self._bound)

    def refused(self, record: Incoming, reason: str, message: str) -> None:
        """Keep what became a dead letter, whatever the share: it has no fact yet, so its place names it."""
        place = f"{record.topic}/{record.partition}/{record.offset}"
        context = span_of(self.trace("", place), "refused")
        start_ns, end_ns = self.since(record)
        links = links_to(record.headers, context.trace)
        self.sink(Span(f"refuse {record.topic}", context, None, start_ns, end_ns, place_of(record),
                       links=links, error=(reason, message[:MESSAGE_CHARS])))  # fmt: skip

    def since(self, record: Incoming) -> tuple[int, int]:
        """Return the time from a record's arrival on its topic to now: what it waited is part of the span.

        A sender whose clock is ahead, or who tells no time, gets a span of no length.
        """
        now_ns, came_ns = self.clock(), record.timestamp_ms * 1_000_000
        return (came_ns if 0 < came_ns < now_ns else now_ns), now_ns


def place_of(record: Incoming) -> Attributes:
    """Where a record was read, in the words of the semantic conventions pinned in otlp.py."""
    return {
        "messaging.system": "kafka",
        "messaging.operation.type": "process",
        "messaging.destination.name": record.topic,
        "messaging.destination.partition.id": str(record.partition),
        "messaging.kafka.offset": record.offset,
    }


def fact_of(event: Event) -> Attributes:
    """Which fact a span is about."""
    return {
        "milepost.order_id": event.owner, "milepost.milestone": tag_of(event.body), "milepost.source": event.source,
        "milepost.event_id": event.event_id, "milepost.business_key": event.business_key,
        "milepost.correlation_id": event.correlation_id or event.owner,
    }  # fmt: skip


def command_of(command: PostingCommand) -> Attributes:
    """Which attempt of which command a span is about."""
    return {
        "milepost.order_id": command.owner, "milepost.command_id": command.id, "milepost.chain": command.chain,
        "milepost.attempt": command.attempt, "milepost.correlation_id": command.correlation_id,
    }  # fmt: skip


def links_to(headers: Iterable[tuple[str, bytes]], trace: int) -> tuple[Context, ...]:
    """Return the span of another trace that sent a record."""
    sender = context_in(headers)
    return (sender,) if sender is not None and sender.trace != trace else ()


def parent_in(headers: Iterable[tuple[str, bytes]], trace: int) -> Context | None:
    """Return the span of this trace that sent a record."""
    sender = context_in(headers)
    return sender if sender is not None and sender.trace == trace else None
