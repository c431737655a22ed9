"""The trace of a command in lane posting: from its arrival, over each call to the ERP, to the receipt.

Where a command was taken over from another process, nobody has its headers: its spans form a trace of their own, whose
id the command's id gives, and which the order's page names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic

from milepost.contracts.postings import PostingCommand
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.erp.protocol import C
from milepost.runtime.json_logs import telling
from milepost.runtime.tracing.ids import (
    CORRELATION,
    Context,
    context_in,
    headers_of,
    http_headers,
    span_of,
    taken_over,
    trace_hex,
)
from milepost.runtime.tracing.spans import Attributes, Span, Tracer, command_of, place_of

OPEN_MAX = 50_000
"""Commands whose trace is remembered while they wait; beyond it the oldest is forgotten."""

outgoing: ContextVar[Mapping[str, str]] = ContextVar("outgoing", default=MappingProxyType({}))
"""Headers that a request to the ERP bears beside its own."""


class Call:
    """One turn of the pump. ``outcome`` is set by the pump when it is known."""

    __slots__ = ("error", "outcome")

    def __init__(self) -> None:
        self.outcome = ""
        self.error: str | None = None

    def ended(self, outcome: str, error: str | None = None) -> None:
        self.outcome, self.error = outcome, error


_NO_CALL = Call()


class CommandTrace(Generic[C]):
    """The silent one, and the interface."""

    def taken(self, record: Incoming, command: C) -> None:
        """A command went into the log and to the pump."""

    def refused(self, record: Incoming, reason: str, message: str) -> None:
        """A record became a dead letter."""

    @contextmanager
    def calling(self, command: C) -> Iterator[Call]:
        """Around one request."""
        yield _NO_CALL

    def answered(self, command: C, outcome: str, said: str, receipt: Output) -> Output:
        """Return the receipt as it is to be published. ``unknown`` ends nothing."""
        return receipt

    def ids(self, command: C) -> dict[str, str]:
        """Return what a line of the log says of the command's trace."""
        return {}


class PostingTrace(CommandTrace[PostingCommand]):
    """Of commands to the ERP."""


@dataclass(slots=True)
class _Open:
    context: Context
    parent: Context | None
    start_ns: int
    attributes: Attributes
    calls: int = 0


class TracedPostings(PostingTrace):
    """Keeps what is sampled by the sender, and by the same share what has no sender."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._open: dict[tuple[str, int], _Open | None] = {}

    def taken(self, record: Incoming, command: PostingCommand) -> None:
        if (sender := context_in(record.headers)) is None:
            if any(name == CORRELATION for name, _ in record.headers):  # its sender keeps traces, and not this one
                self._remember(command, None)
            return
        start_ns, _ = self._tracer.since(record)
        context = span_of(sender.trace, "posting", command.id, command.attempt)
        self._remember(command, _Open(context, sender, start_ns, place_of(record) | command_of(command)))

    def refused(self, record: Incoming, reason: str, message: str) -> None:
        self._tracer.refused(record, reason, message)

    @contextmanager
    def calling(self, command: PostingCommand) -> Iterator[Call]:
        known = self._known(command)
        call = Call()
        if known is None:
            yield call
            return
        known.calls += 1
        context = span_of(known.context.trace, "erp", command.id, command.attempt, known.calls)
        began_ns = self._tracer.clock()
        token = outgoing.set(http_headers(context, command.correlation_id))
        try:
            with telling(trace_id=trace_hex(context.trace), span_id=f"{context.span:016x}"):
                yield call
        finally:
            outgoing.reset(token)
            told = command_of(command) | {"milepost.erp.outcome": call.outcome, "milepost.erp.call": known.calls}
            error = (call.outcome, call.error) if call.error is not None else None
            self._tracer.sink(Span("ERP call", context, known.context, began_ns, self._tracer.clock(), told,
                                   kind="client", error=error))  # fmt: skip

    def answered(self, command: PostingCommand, outcome: str, said: str, receipt: Output) -> Output:
        known = self._known(command)
        if outcome != "unknown":
            self._open.pop((command.id, command.attempt), None)
        if known is None:
            return receipt._replace(headers=headers_of(None, command.correlation_id))
        if outcome != "unknown":
            error = (outcome, said) if outcome == "rejected" else None
            told = known.attributes | {"milepost.erp.outcome": outcome, "milepost.erp.calls": known.calls}
            self._tracer.sink(Span("posting", known.context, known.parent, known.start_ns, self._tracer.clock(), told,
                                   error=error))  # fmt: skip
        return receipt._replace(headers=headers_of(known.context, command.correlation_id))

    def ids(self, command: PostingCommand) -> dict[str, str]:
        known = self._known(command)
        return {"trace_id": trace_hex(known.context.trace), "span_id": f"{known.context.span:016x}"} if known else {}

    def _known(self, command: PostingCommand) -> _Open | None:
        """What is open of the command, None if it is not kept; of one taken over from another process it begins now."""
        if (key := (command.id, command.attempt)) in self._open:
            return self._open[key]
        trace = self._tracer.trace(command.owner, taken_over(command.id))
        if not self._tracer.keeps(trace):
            return self._remember(command, None)
        context = span_of(trace, "posting", command.id, command.attempt)
        attributes = command_of(command) | {"milepost.taken_over": True}
        return self._remember(command, _Open(context, None, self._tracer.clock(), attributes))

    def _remember(self, command: PostingCommand, opened: _Open | None) -> _Open | None:
        self._open[command.id, command.attempt] = opened
        if len(self._open) > OPEN_MAX:
            del self._open[next(iter(self._open))]
        return opened
