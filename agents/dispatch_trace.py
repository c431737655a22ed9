"""The trace of an instruction in lane dispatch: from its arrival, over each request to the partner, to what they said.

It is the trace of the step that asked for it, which the row keeps: an acknowledgement may come days and processes
later. What came without headers, as an answer to a document, has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.json_logs import telling
from milepost.runtime.tracing.ids import Context, context_in, context_of, span_of, trace_hex, traceparent
from milepost.runtime.tracing.postings import Call, CommandTrace
from milepost.runtime.tracing.spans import Attributes, Span, Tracer, links_to, place_of
from milepost.tables.delivery import Delivery

OPEN_MAX = 50_000
"""Deliveries on their way whose begin is remembered; beyond it the oldest is forgotten, and begins at its next call."""

WRONG = ("refused", "overdue", "failed")


class DispatchTrace(CommandTrace[Delivery]):
    """The silent one, and the interface."""

    def begun(self, record: Incoming) -> str:
        """Return what a row keeps of the trace of the record it comes from."""
        return ""

    def rendered(self, record: Incoming, row: Delivery) -> None:
        """An instruction became a row, be it one that cannot be sent."""

    def stood(self, record: Incoming, before: Delivery, now: Delivery) -> None:
        """By a record that is no answer to a request a row stands otherwise: acknowledged, refused, late, closed."""


@dataclass(slots=True)
class _Open:
    start_ns: int
    calls: int = 0


class TracedDispatch(DispatchTrace):
    """Keeps what its sender keeps."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._open: dict[tuple[str, int], _Open] = {}

    def begun(self, record: Incoming) -> str:
        sender = context_in(record.headers)
        return traceparent(sender) if sender is not None else ""

    def rendered(self, record: Incoming, row: Delivery) -> None:
        if (sender := context_of(row.trace)) is None:
            return
        start_ns, end_ns = self._tracer.since(record)
        error = (row.state, f"{row.standing.code} {row.standing.text}") if row.state in WRONG else None
        self._tracer.sink(Span("rendered", _rendered(sender, row), sender, start_ns, end_ns,
                               place_of(record) | _of(row), error=error))  # fmt: skip
        if error is None:
            self._begin(row, end_ns)

    def refused(self, record: Incoming, reason: str, message: str) -> None:
        self._tracer.refused(record, reason, message)

    @contextmanager
    def calling(self, command: Delivery) -> Iterator[Call]:
        call, sender = Call(), context_of(command.trace)
        if sender is None:
            yield call
            return
        began_ns = self._tracer.clock()
        known = self._known(command, began_ns)
        known.calls += 1
        # The time is part of its name: who takes over a delivery does not know how often it was called.
        context = span_of(sender.trace, "partner", command.id, command.attempt, began_ns)
        try:
            with telling(trace_id=trace_hex(context.trace), span_id=f"{context.span:016x}"):
                yield call
        finally:
            told = _of(command) | {"milepost.outcome": call.outcome, "milepost.call": known.calls}
            error = (call.outcome, call.error) if call.error is not None else None
            self._tracer.sink(Span("partner call", context, _delivery(sender, command), began_ns, self._tracer.clock(),
                                   told, kind="client", error=error))  # fmt: skip

    def answered(self, command: Delivery, outcome: str, said: str, receipt: Output) -> Output:
        sender = context_of(command.trace)
        if sender is None or outcome == "unknown":
            return receipt
        end_ns = self._tracer.clock()
        known = self._known(command, end_ns)
        self._open.pop((command.id, command.attempt), None)
        told = _of(command) | {"milepost.outcome": outcome, "milepost.calls": known.calls}
        error = (outcome, said) if outcome != "accepted" else None
        self._tracer.sink(Span("delivery", _delivery(sender, command), _rendered(sender, command), known.start_ns,
                               end_ns, told, kind="internal", error=error))  # fmt: skip
        return receipt

    def stood(self, record: Incoming, before: Delivery, now: Delivery) -> None:
        if (sender := context_of(now.trace)) is None or (now.state, now.attempt) == (before.state, before.attempt):
            return
        context = span_of(sender.trace, "acknowledgement", now.id, now.attempt, now.state)
        end_ns = self._tracer.clock()
        start_ns = min(_ns(now.sent_at or now.asked_at), end_ns)
        error = (now.state, f"{now.standing.code} {now.standing.text}") if now.state in WRONG else None
        told = place_of(record) | _of(now) | {"milepost.outcome": now.state}
        if now.closing is not None:
            told["milepost.actor"] = now.closing.actor
        self._tracer.sink(Span("acknowledgement", context, _delivery(sender, now), start_ns, end_ns, told,
                               links=links_to(record.headers, sender.trace), error=error))  # fmt: skip

    def ids(self, command: Delivery) -> dict[str, str]:
        if (sender := context_of(command.trace)) is None:
            return {}
        context = _delivery(sender, command)
        return {"trace_id": trace_hex(context.trace), "span_id": f"{context.span:016x}"}

    def _known(self, row: Delivery, now_ns: int) -> _Open:
        return self._open.get((row.id, row.attempt)) or self._begin(row, now_ns)

    def _begin(self, row: Delivery, at_ns: int) -> _Open:
        opened = self._open[row.id, row.attempt] = _Open(at_ns)
        if len(self._open) > OPEN_MAX:
            del self._open[next(iter(self._open))]
        return opened


def _rendered(sender: Context, row: Delivery) -> Context:
    return span_of(sender.trace, "rendered", row.id)


def _delivery(sender: Context, row: Delivery) -> Context:
    return span_of(sender.trace, "delivery", row.id, row.attempt)


def _of(row: Delivery) -> Attributes:
    return {
        "milepost.order_id": row.owner, "milepost.delivery_id": row.id, "milepost.instruction": row.what,
        "milepost.partner": row.partner, "milepost.attempt": row.attempt, "milepost.correlation_id": row.correlation_id,
    }  # fmt: skip


def _ns(at: datetime) -> int:
    return int(at.timestamp() * 1e9)
