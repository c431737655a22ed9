"""Ids and headers of traces, held against OpenTelemetry's own code."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from milepost.runtime.tracing.ids import bound_of, context_in, sampled, traceparent
from milepost.tests.ops.foreign_spans import HOSTILE, THEIRS
from opentelemetry.sdk.trace.sampling import Decision, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator


@given(st.integers(1, 2**128 - 1), st.floats(0, 1))
def test_every_process_keeps_the_traces_that_opentelemetrys_own_sampler_keeps(trace: int, share: float) -> None:
    """A trace is kept by its id and the share alone, as TraceIdRatioBased decides."""
    theirs = TraceIdRatioBased(share).should_sample(None, trace, "any").decision is Decision.RECORD_AND_SAMPLE
    assert sampled(trace, bound_of(share)) is theirs


@given(st.one_of(st.sampled_from(HOSTILE), st.binary(max_size=80), st.from_regex(
    r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-[a-z]*)?", fullmatch=True).map(str.encode)))  # fmt: skip
def test_a_header_is_read_as_opentelemetrys_own_propagator_reads_it_or_not_at_all(value: bytes) -> None:
    """Any bytes give the span that W3C Trace Context says, or none; two headers give none."""
    from opentelemetry.trace import get_current_span

    found = context_in([("traceparent", value)])
    carrier = {"traceparent": value.decode("latin-1")}
    theirs = get_current_span(TraceContextTextMapPropagator().extract(carrier)).get_span_context()
    assert found is None or found == (theirs.trace_id, theirs.span_id)
    if value == traceparent(THEIRS).encode():
        assert found == THEIRS
    assert context_in([("traceparent", value), ("Traceparent", traceparent(THEIRS).encode())]) is None


def test_our_header_is_read_by_opentelemetrys_own_propagator() -> None:
    """What we write is what others read, and kept."""
    from opentelemetry.trace import get_current_span

    carrier = {"traceparent": traceparent(THEIRS)}
    theirs = get_current_span(TraceContextTextMapPropagator().extract(carrier)).get_span_context()
    assert (theirs.trace_id, theirs.span_id, theirs.trace_flags.sampled) == (*THEIRS, True)
    assert context_in([("traceparent", carrier["traceparent"].encode())]) == THEIRS
