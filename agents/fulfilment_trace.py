"""The trace of facts and receipts in lane fulfilment: a span for each that was news, and headers on what it caused."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from milepost.contracts.events import Event
from milepost.contracts.postings import PostingAnswered, PostingCommand
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.tracing.ids import Context, Headers, headers_of, span_of, taken_over
from milepost.runtime.tracing.spans import Attributes, Span, Tracer, command_of, fact_of, links_to, parent_in, place_of
from milepost.workflow.causes import first_cause, nearest_cause
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record
from milepost.workflow.step import Outputs

SHOWN_MAX = 20
"""Ids of commands, and kinds of outputs, that one span names."""


class FulfilmentTrace:
    """The silent one, and the interface."""

    def stepped(
        self, read: Sequence[Incoming], before: Record, after: Record, arrivals: Sequence[Arrival], said: Outputs,
        outputs: list[Output],
    ) -> list[Output]:  # fmt: skip
        """One step; ``outputs`` as they are to be published. ``read``: the arrivals' records, where they have any."""
        return outputs

    def said_again(self, record: Record, said: Outputs, outputs: list[Output]) -> list[Output]:
        """What is published once more after a recovery."""
        return outputs

    def refused(self, record: Incoming, reason: str, message: str) -> None:
        """A record became a dead letter."""


class TracedFulfilment(FulfilmentTrace):
    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def stepped(
        self, read: Sequence[Incoming], before: Record, after: Record, arrivals: Sequence[Arrival], said: Outputs,
        outputs: list[Output],
    ) -> list[Output]:  # fmt: skip
        if after is before and not outputs:
            return outputs  # a duplicate says nothing, here too
        news: frozenset[str] | None = None
        if after is not before and len(arrivals) > 1:
            news = frozenset(fact.business_key for fact in said.journal[-1].facts)
        last: Context | None = None
        for arrival, record in zip_longest(arrivals, read):
            if not news or arrival.event.business_key in news:
                last = self._span(before, arrival.event, record, said)
        return self._headed(after, said, outputs, last)

    def said_again(self, record: Record, said: Outputs, outputs: list[Output]) -> list[Output]:
        return self._headed(record, said, outputs, None)

    def refused(self, record: Incoming, reason: str, message: str) -> None:
        self._tracer.refused(record, reason, message)

    def _span(self, before: Record, event: Event, read: Incoming | None, said: Outputs) -> Context | None:
        """The span of one arrival, None if its trace is not kept."""
        trace = self._tracer.trace(before.key, _key(before, event))
        if not self._tracer.keeps(trace):
            return None
        context = _step_span(trace, event.business_key)
        attributes = _told(event) | _decided(said)
        if read is None:  # a deadline: nobody sent it
            now_ns = self._tracer.clock()
            self._tracer.sink(Span("fulfilment", context, None, now_ns, now_ns, attributes))
            return context
        start_ns, end_ns = self._tracer.since(read)
        parent, links = parent_in(read.headers, trace), links_to(read.headers, trace)
        self._tracer.sink(Span(_name(event), context, parent, start_ns, end_ns, place_of(read) | attributes,
                               links=links, error=_refused(event)))  # fmt: skip
        return context

    def _headed(self, record: Record, said: Outputs, outputs: list[Output], step: Context | None) -> list[Output]:
        """Commands bear the trace of their own cause, all else that of the step."""
        plain, commands = headers_of(step, record.key), len(said.commands)
        found = [
            Output(output.topic, output.key, output.value, output.partition, plain) for output in outputs[commands:]
        ]
        if not commands:
            return found
        bearing = zip(outputs, said.commands, strict=False)
        return [o._replace(headers=self._of_command(record, one, step)) for o, one in bearing] + found

    def _of_command(self, record: Record, command: PostingCommand, step: Context | None) -> Headers:
        entry = record.outbox.get(command.id)
        first = first_cause(record, entry) if entry is not None else None
        trace = self._tracer.trace(record.key, first or taken_over(command.id))
        if not self._tracer.keeps(trace):
            return headers_of(None, command.correlation_id)
        if first is None or entry is None:
            return headers_of(self._again(trace, command, step), command.correlation_id)
        return headers_of(_step_span(trace, nearest_cause(record, entry) or first), command.correlation_id)

    def _again(self, trace: int, command: PostingCommand, step: Context | None) -> Context:
        """A command that its own rejection, or a person, sent again begins a trace, linked to what it answers."""
        context, now_ns = span_of(trace, "again", command.id, command.attempt), self._tracer.clock()
        links = (step,) if step is not None else ()
        self._tracer.sink(Span("commanded again", context, None, now_ns, now_ns, command_of(command), links=links))
        return context


def _key(before: Record, event: Event) -> str:
    """By what an arrival is traced: a fact by its own key, a receipt by what first caused its command."""
    if type(event.body) is not PostingAnswered:
        return event.business_key
    entry = before.outbox.get(event.body.command.id)
    return (entry is not None and first_cause(before, entry)) or taken_over(event.body.command.id)


def _step_span(trace: int, business_key: str) -> Context:
    return span_of(trace, "fulfilment", business_key)


def _name(event: Event) -> str:
    return "receipt" if type(event.body) is PostingAnswered else "fulfilment"


def _refused(event: Event) -> tuple[str, str] | None:
    body = event.body
    if type(body) is PostingAnswered and body.outcome == "rejected":
        return "rejected", f"{body.code} {body.text}"
    return None


def _told(event: Event) -> Attributes:
    told = fact_of(event)
    if type(event.body) is PostingAnswered:
        told |= {"milepost.command_id": event.body.command.id, "milepost.erp.outcome": event.body.outcome,
                 "milepost.erp.document": event.body.document_number}  # fmt: skip
    return told


def _decided(said: Outputs) -> Attributes:
    """What the step that took the fact in had to say. Facts of one owner read together share a step."""
    decided: Attributes = {
        "milepost.said.commands": " ".join(f"{c.chain}#{c.id}" for c in said.commands[:SHOWN_MAX]),
        "milepost.said.instructions": len(said.instructions), "milepost.said.notices": len(said.notices),
        "milepost.said.facts": len(said.fanned), "milepost.said.exceptions": " ".join(
            one.type for one in said.exceptions[:SHOWN_MAX]
        ),
    }  # fmt: skip
    return {name: value for name, value in decided.items() if value}
