"""What traces cost lanes fulfilment, intake and dispatch: the same with traces off and at several shares, one by one.

Prints µs per event of the bare core (decode, step, encode, outputs) and of the traces beside it, the best of several
rounds for each event, and for an instruction that is delivered at once; and µs a span that OpenTelemetry's thread needs
to encode it: off the event loop, on the same processor. Repeat: python -m milepost.bench.tracing
"""

from __future__ import annotations

import argparse
import gc
import math
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from milepost.agents.dispatch_trace import DispatchTrace, TracedDispatch
from milepost.agents.fulfilment_outputs import publishable
from milepost.agents.fulfilment_trace import FulfilmentTrace, TracedFulfilment
from milepost.agents.intake_trace import IntakeTrace, TracedIntake
from milepost.bench.clock import clock, look_s
from milepost.bench.core import recorded
from milepost.codecs import canonical
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings
from milepost.runtime.topic_table import WMS_INSTRUCTIONS, WMS_MILESTONES
from milepost.runtime.tracing.ids import headers_of, span_of, trace_of
from milepost.runtime.tracing.otlp import Collector
from milepost.runtime.tracing.spans import Span, Tracer
from milepost.tables.delivery import Delivery, Standing
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Place, Record, encode
from milepost.workflow.rules import Rules
from milepost.workflow.step import step
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan

NOW_MS = 1_800_000_000_000
HAD = Standing(state="acknowledged")
DELIVERIES = 1000
BATCH_SPANS, BATCHES = 512, 9
"""A batch is what OpenTelemetry's thread exports at once, by its default; the quickest of some counts."""


class Round:
    """One pass over the log: seconds of work and of tracing for each event. ``share`` None: off."""

    def __init__(self, log: Sequence[bytes], rules: Rules, share: float | None, made: Collector) -> None:
        self._objects: dict[str, Record] = {}
        self.work, self.fulfilment, self.intake = list[float](), list[float](), list[float]()
        self.spans: list[ReadableSpan] = []

        def taken(span: Span) -> None:
            self.spans.append(made.made(span))  # what the event loop does: the queue, too, is an append

        tracer = None if share is None else Tracer("main", share, taken)
        self._trace = TracedFulfilment(tracer) if tracer else FulfilmentTrace()
        self._intake = TracedIntake(tracer) if tracer else IntakeTrace()
        gc.collect()
        gc.disable()
        for offset, message in enumerate(log):
            self._event(message, offset, rules)
        gc.enable()

    def _event(self, message: bytes, offset: int, rules: Rules) -> None:
        began = clock()
        event = canonical.decode(message)
        before = self._objects.get(event.owner) or Record(event.owner)
        arrivals = [Arrival(event, Place(0, offset))]
        after, said = step(before, arrivals, rules, 1)
        if after is not before:
            self._objects[event.owner] = after
            encode(after)
        outputs = publishable(event.owner, said)
        worked = clock()
        read = [Incoming(WMS_MILESTONES, 0, offset, b"", message, NOW_MS, ())]
        told = clock()
        self._trace.stepped(read, before, after, arrivals, said, outputs)
        traced = clock()
        self._intake.forwarded(read[0], event, Output(WMS_MILESTONES, b"", message))
        self.work.append(worked - began)
        self.fulfilment.append(traced - told)
        self.intake.append(clock() - traced)


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--orders", type=int, default=200)
    arguments.add_argument("--rounds", type=int, default=5)
    given = arguments.parse_args()
    if given.orders < 1 or given.rounds < 1:
        arguments.error("--orders and --rounds are at least 1")
    settings = Settings(traces="otlp")
    rules, made = load_rules(settings.policy_dir, settings.reference_dir, settings.tenant), Collector(settings, "bench")
    log = recorded(1, given.orders, rules)
    empty_us = look_s() * 1e6
    for share in (None, 0.0, 0.01, 1.0):
        rounds = [Round(log, rules, share, made) for _ in range(given.rounds)]
        work, fulfilment, intake = (
            _best_us(times) for times in zip(*((r.work, r.fulfilment, r.intake) for r in rounds), strict=True)
        )
        print(f"{_named(share)}: {len(log)} events, {len(rounds[0].spans)} spans; core {work:.1f} us, "
              f"fulfilment's traces {max(0.0, fulfilment - empty_us):.2f} us, "
              f"intake's {max(0.0, intake - empty_us):.2f} us an event; "
              f"dispatch's {max(0.0, _dispatch_us(share, made) - empty_us):.2f} us an instruction")  # fmt: skip
    encoding_us = min(_encoding_us(rounds[0].spans[:BATCH_SPANS]) for _ in range(BATCHES))
    print(f"{encoding_us:.0f} us to encode a span, in another thread")
    made.close()


def _dispatch_us(share: float | None, made: Collector) -> float:
    """The calls by which an instruction is followed, from its arrival to its acknowledgement; of many the mean of the
    quickest round, for the share is part of it."""
    spans: list[ReadableSpan] = []
    tracer = None if share is None else Tracer("main", share, lambda span: spans.append(made.made(span)))
    trace = TracedDispatch(tracer) if tracer else DispatchTrace()
    at, receipt = datetime.fromtimestamp(NOW_MS / 1000, UTC), Output(WMS_INSTRUCTIONS, b"", b"")
    work = []
    for number in range(DELIVERIES):
        context = span_of(trace_of("main", "", str(number)), "step")
        kept = headers_of(context if tracer and tracer.keeps(context.trace) else None, "")
        row = Delivery(id=str(number), owner="", partner="", what="", asked_at=at)
        work.append((Incoming(WMS_INSTRUCTIONS, 0, number, b"", b"", NOW_MS, kept), row))
    best = math.inf
    for _ in range(BATCHES):
        spans.clear()
        gc.collect()
        gc.disable()
        began = clock()
        for record, row in work:
            if held := trace.begun(record):
                row = msgspec.structs.replace(row, trace=held)
            trace.rendered(record, row)
            with trace.calling(row) as call:
                call.ended("accepted")
            trace.answered(row, "accepted", "", receipt)
            trace.stood(record, row, msgspec.structs.replace(row, standing=HAD) if held else row)
        best = min(best, clock() - began)
        gc.enable()
    return best / DELIVERIES * 1e6


def _encoding_us(spans: Sequence[ReadableSpan]) -> float:
    began = time.thread_time()  # the batch is long enough for the scheduler to take a turn
    encode_spans(spans).SerializeToString()
    return (time.thread_time() - began) / len(spans) * 1e6


def _named(share: float | None) -> str:
    return "off" if share is None else f"share {share:g}"


def _best_us(rounds: Sequence[list[float]]) -> float:
    best: float = sum(min(times) for times in zip(*rounds, strict=True))
    return best / len(rounds[0]) * 1e6


if __name__ == "__main__":
    main()
