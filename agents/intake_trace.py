"""The trace of a partner's message at intake: from its arrival to where it was forwarded, or why it was not.

A partner's own trace is linked to and never joined: its ids are the partner's choice, and may name anything.
"""

from __future__ import annotations

from milepost.contracts.events import Event
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.tracing.ids import headers_of, span_of
from milepost.runtime.tracing.spans import Span, Tracer, fact_of, links_to, place_of


class IntakeTrace:
    """The silent one, and the interface."""

    def forwarded(self, record: Incoming, event: Event, output: Output) -> Output:
        """Return what goes on, as it is to be published."""
        return output

    def refused(self, record: Incoming, reason: str, message: str) -> None:
        """A record, or a row of a batch, became a dead letter."""


class TracedIntake(IntakeTrace):
    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def forwarded(self, record: Incoming, event: Event, output: Output) -> Output:
        """One span a delivery: the same message sent twice shows twice, at its two places, in one trace."""
        trace, correlation = self._tracer.trace(event.owner, event.business_key), event.correlation_id or event.owner
        if not self._tracer.keeps(trace):
            return output._replace(headers=headers_of(None, correlation))
        context = span_of(trace, "intake", record.topic, record.partition, record.offset)
        start_ns, end_ns = self._tracer.since(record)
        attributes = place_of(record) | fact_of(event) | {"milepost.forwarded_to": output.topic}
        links = links_to(record.headers, trace)
        self._tracer.sink(Span("intake", context, None, start_ns, end_ns, attributes, links=links))
        return output._replace(headers=headers_of(context, correlation))

    def refused(self, record: Incoming, reason: str, message: str) -> None:
        self._tracer.refused(record, reason, message)
