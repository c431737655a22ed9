"""Traces of lane dispatch: an instruction from the step that asked for it to the partner's acknowledgement."""

from __future__ import annotations

import pytest
from milepost.agents.dispatch_outcomes import published
from milepost.agents.dispatch_trace import DispatchTrace, TracedDispatch
from milepost.codecs.dialects.model import Acknowledgement
from milepost.contracts.events import Event
from milepost.contracts.postings import Outcome
from milepost.contracts.wms import InstructionReceived
from milepost.runtime.erp.receipts import Told
from milepost.runtime.topic_table import WMS_INSTRUCTIONS
from milepost.runtime.tracing.ids import Context, traceparent
from milepost.runtime.tracing.spans import Span, Tracer
from milepost.tests.dispatch.alone import EPOCH_S, Alone
from milepost.tests.dispatch.told import EPOCH, UNWRITABLE, dialects, in_small, partner, warehouse

SITES = {"wms/N-1": "acme"}
STEP = Context(7 << 64 | 9, 11)
KEPT = (("traceparent", traceparent(STEP).encode()),)
ONE = warehouse("SO-1")


class Traced:
    """The lane with a tracer whose clock moves by one second a look."""

    def __init__(self, alone: Alone | None = None, at_s: int = 0) -> None:
        self.spans: list[Span] = []
        self.now_s = int(EPOCH_S) + at_s

        def clock() -> int:
            self.now_s += 1
            return self.now_s * 10**9

        self.trace = TracedDispatch(Tracer("main", 0.0, self.spans.append, clock))  # what is sent with a trace is kept
        acme = partner("acme", acknowledge=Acknowledgement(by="x12-997", within_s=100.0))
        self.alone = Alone(dialects(acme, sites=SITES), alone and alone.store, self.trace)

    def called(self, outcome: Outcome, said: str = "", *, told: bool = True) -> dict[str, str]:
        """One request of the pump, and what the lane is told of it."""
        row = self.alone.row(ONE.id)
        with self.trace.calling(row) as call:
            call.ended(outcome, said or None)
        ids = self.trace.ids(row)
        if told:
            answer = published(row, Told(outcome, code=said), EPOCH)
            assert self.trace.answered(row, outcome, said, answer) is answer
            self.alone.became(ONE.id, outcome, attempt=row.attempt, code=said)
        return ids

    def heard(self, *, accepted: bool = True) -> None:
        body = InstructionReceived(instruction=ONE.id, accepted=accepted)
        self.alone.heard(Event(event_id="e", business_key="e", owner="SO-1", occurred_at=EPOCH, source="s", body=body))

    def path(self, one: Span) -> list[str]:
        by_context = {span.context: span for span in self.spans}
        return [*(self.path(by_context[one.parent]) if one.parent in by_context else []), one.name]


def told(headers: tuple[tuple[str, bytes], ...] = KEPT) -> Traced:
    traced = Traced()
    with in_small(SITES):
        traced.alone.told(ONE, headers=headers)
    return traced


def test_from_the_step_to_the_acknowledgement_it_is_one_trace() -> None:
    """Rendered, two requests, the delivery and its acknowledgement are spans of the step's trace, each below the one
    that led to it; the log's lines name the delivery."""
    traced = told()
    traced.called("unknown", "no answer")
    ids = traced.called("accepted")
    traced.heard()
    traced.heard()  # said again it is no news
    assert {one.context.trace for one in traced.spans} == {STEP.trace}
    assert [traced.path(one) for one in traced.spans if one.name != "partner call"] == [
        ["rendered"], ["rendered", "delivery"], ["rendered", "delivery", "acknowledgement"]]  # fmt: skip
    assert traced.spans[0].parent == STEP
    calls = [one for one in traced.spans if one.name == "partner call"]
    assert [traced.path(one)[:-1] for one in calls] == [["rendered", "delivery"]] * 2
    assert len({one.context.span for one in traced.spans}) == len(traced.spans) == 5
    assert [one.error is not None for one in calls] == [True, False]
    delivery = next(one for one in traced.spans if one.name == "delivery")
    assert (delivery.attributes["milepost.calls"], delivery.attributes["milepost.partner"]) == (2, "acme")
    assert ids == {"trace_id": f"{STEP.trace:032x}", "span_id": f"{delivery.context.span:016x}"}
    assert delivery.start_ns == traced.spans[0].end_ns  # what it waited for its pump is part of it
    assert all(one.start_ns <= one.end_ns for one in traced.spans)


def test_a_trace_outlives_the_process() -> None:
    """The next process goes on in the same trace: its requests are others, the delivery and what follows the same."""
    first = told()
    first.called("unknown", told=False)
    second = Traced(first.alone, at_s=500)
    second.alone.processor.recovered(0, second.alone.store, 2)
    second.called("accepted")
    second.alone.tick(10_000.0)
    spans = [*first.spans, *second.spans]
    assert [one.name for one in second.spans] == ["partner call", "delivery", "acknowledgement"]
    assert len({one.context for one in spans}) == len(spans)
    assert {one.context.trace for one in spans} == {STEP.trace}
    late = second.spans[-1]
    assert (late.attributes["milepost.outcome"], late.error is not None) == ("overdue", True)


@pytest.mark.parametrize("outcome", ["refused", "given_up"])
def test_what_goes_wrong_and_who_closes_it_is_in_the_trace(outcome: str) -> None:
    """A refusal is an error of its span; a person's word is one that names them; a retry is a delivery of its own."""
    traced = told()
    traced.called("accepted")
    if outcome == "refused":
        traced.heard(accepted=False)
    else:
        traced.alone.closed(ONE.id, "given_up")
    last = traced.spans[-1]
    assert (last.name, last.attributes["milepost.outcome"], last.error is not None) == (
        "acknowledgement", outcome, outcome == "refused")  # fmt: skip
    assert last.attributes.get("milepost.actor") == ("ann" if outcome == "given_up" else None)
    traced.alone.again(ONE.id)
    traced.called("rejected", "HTTP_422")
    failed = traced.spans[-1]
    assert (failed.name, failed.attributes["milepost.attempt"], failed.error) == (
        "delivery", 1, ("rejected", "HTTP_422"))  # fmt: skip
    assert len({one.context for one in traced.spans}) == len(traced.spans)


def test_what_its_sender_does_not_keep_is_kept_nowhere_and_off_the_row_bears_nothing() -> None:
    """Without a traceparent there is no span and nothing in the row; with traces off, not even with one."""
    traced = told(headers=(("milepost-correlation", b"SO-1"),))
    assert traced.called("accepted") == {}
    traced.heard()
    assert (traced.spans, traced.alone.row(ONE.id).trace) == ([], "")
    silent = Alone(dialects(partner("acme"), sites=SITES), trace=DispatchTrace())
    with in_small(SITES):
        silent.told(ONE, headers=KEPT)
    assert silent.row(ONE.id).trace == ""


def test_what_cannot_be_written_or_read_is_an_error() -> None:
    """An instruction its dialect cannot write is an error of `rendered`; that, and a record that is none, are kept as
    refused, too."""
    traced, bad = Traced(), warehouse("SO-1", item=UNWRITABLE)
    with in_small(SITES):
        traced.alone.told(bad, headers=KEPT)
        traced.alone.take(WMS_INSTRUCTIONS, b"SO-1", b"not json")
    assert [(one.name, one.error is not None) for one in traced.spans] == [
        ("rendered", True), ("refuse wms.instructions", True), ("refuse wms.instructions", True)]  # fmt: skip
