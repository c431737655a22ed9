"""Traces: one milestone and all it caused up to the ERP's answer, under ids that anybody can derive."""

from __future__ import annotations

import json
import subprocess
import sys

import msgspec
import pytest
from milepost.agents.fulfilment_trace import TracedFulfilment
from milepost.agents.intake_trace import TracedIntake
from milepost.codecs import canonical
from milepost.commands.order_traces import traces_of
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingCommand
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.settings import Settings
from milepost.runtime.tracing.ids import Context, context_in, trace_hex, trace_of, traceparent
from milepost.runtime.tracing.postings import TracedPostings, outgoing
from milepost.runtime.tracing.spans import Span, Tracer
from milepost.tables import records
from milepost.tests.ops.counted_lane import CountedLane, receipt, shipping
from milepost.tests.ops.foreign_spans import HOSTILE, THEIRS
from milepost.tests.posting.commands import accrual
from milepost.workflow.record import Record, decode


class TracedLane(CountedLane):
    """Lane fulfilment in memory, traced; each process has the same tracer."""

    def __init__(self, share: float = 1.0) -> None:
        self.spans: list[Span] = []
        self.tracer = Tracer("main", share, self.spans.append, lambda: 1)
        super().__init__()

    def restart(self) -> None:
        super().restart()
        self.lane._trace = TracedFulfilment(self.tracer)

    def record(self, owner: str) -> Record:
        return decode(self.rest(owner) or b"")


def packed(lane: TracedLane) -> Event:
    """Release and pick an order; return its departure, which is still to be heard."""
    released, picked, departed = shipping("SO-1")
    lane.hear(released, topic="erp.orders")
    lane.hear(picked)
    return departed


def commands_of(outputs: list[Output]) -> dict[str, Context | None]:
    return {json.loads(o.value or b"")["chain"].split("/")[0]: context_in(o.headers)
            for o in outputs if o.topic == "erp.commands"}  # fmt: skip


def test_what_a_receipt_allows_is_in_the_trace_of_the_departure() -> None:
    """The goods issue, its receipt, the invoice that waited for it and that one's receipt are one trace, in order."""
    lane = TracedLane()
    departed = packed(lane)
    before = len(lane.spans)
    commands = commands_of(lane.hear(departed))
    trace = trace_of("main", "SO-1", departed.business_key)
    assert commands.keys() == {"goods_issue", "customer_invoice"}
    assert {one and one.trace for one in commands.values()} == {trace}
    spans = lane.spans[before:]
    assert [one.name for one in spans] == ["fulfilment", "receipt", "receipt"]
    assert {one.context.trace for one in spans} == {trace}
    assert [commands["goods_issue"], commands["customer_invoice"]] == [spans[0].context, spans[1].context]


def test_a_duplicate_leaves_no_span_and_a_replay_after_a_crash_the_same_ones() -> None:
    """A fact told twice is traced once; read again at its place its commands go out under the same headers."""
    lane = TracedLane()
    lane.erp = lambda command: None
    departed = packed(lane)
    first = commands_of(lane.hear(departed))
    before = len(lane.spans)
    lane.hear(departed)
    assert len(lane.spans) == before
    at = lane.offsets["wms.milestones", next(p for t, p in lane.offsets if t == "wms.milestones")]
    lane.restart()
    again = lane.read("wms.milestones", "SO-1", canonical.encode(departed), again=at - 2)
    assert commands_of(again) == first != {}
    assert lane.spans[-1].context == first["goods_issue"]


def test_after_a_recovery_open_commands_go_out_in_the_trace_of_their_cause() -> None:
    """Headers that were lost with a process are made again from the record alone."""
    lane = TracedLane()
    lane.erp = lambda command: None
    first = commands_of(lane.hear(packed(lane)))
    partition = next(p for t, p in lane.offsets if t == "wms.milestones")
    lane.restart()
    again = lane.lane.recovered(partition, lane.stores[partition], lane.epoch + 1)
    assert commands_of(list(again)) == first != {}


def test_what_is_not_kept_bears_its_business_id_and_leaves_no_span() -> None:
    """With a share of nothing there are no spans and no traceparent; the correlation id goes along all the same."""
    lane = TracedLane(share=0)
    for event in shipping("SO-1"):
        outputs = lane.hear(event)
    assert outputs
    assert not lane.spans
    assert {name for o in outputs for name, _ in o.headers} == {"milepost-correlation"}
    assert {value for o in outputs for _, value in o.headers} == {b"SO-1"}


def test_what_a_full_record_still_says_is_in_the_trace_of_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    """At its limit a record takes the ERP's receipt: what that allows goes out in the trace of the departure."""
    lane = TracedLane()
    lane.erp = lambda command: None
    departed = packed(lane)
    (issue,) = (o.value for o in lane.hear(departed) if o.topic == "erp.commands")
    monkeypatch.setattr(records, "HARD_LIMIT_BYTES", len(lane.rest("SO-1") or b""))
    told = receipt(msgspec.json.decode(issue or b"", type=PostingCommand), "accepted", departed.occurred_at)
    said = lane.hear(told, topic="erp.receipts")
    assert "orders.exceptions" in {o.topic for o in said}  # that it is full
    assert commands_of(said) == {"customer_invoice": lane.spans[-1].context}
    assert (lane.spans[-1].name, lane.spans[-1].context.trace) == (
        "receipt",
        trace_of("main", "SO-1", departed.business_key),
    )


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_partners_header_is_a_link_and_never_the_trace(hostile: bytes) -> None:
    """A partner's own span is linked to; a header that is none, or names our trace, changes nothing."""
    spans: list[Span] = []
    traced = TracedIntake(Tracer("main", 1.0, spans.append))
    event = shipping("SO-1")[2]
    trace = trace_of("main", "SO-1", event.business_key)
    for header in (traceparent(THEIRS).encode(), hostile, traceparent(Context(trace, 7)).encode()):
        record = Incoming("partner.events", 0, 5, b"SO-1", b"", 1, (("traceparent", header),))
        said = traced.forwarded(record, event, Output("wms.milestones", b"SO-1", b""))
        assert context_in(said.headers) == spans[-1].context
    assert {(one.context.trace, one.parent) for one in spans} == {(trace, None)}
    assert [one.links for one in spans] == [(THEIRS,), (), ()]


def test_without_traces_nothing_of_opentelemetry_is_imported_and_without_the_extra_one_line_says_so() -> None:
    """Off costs no import; on without the packages ends with code 2 and the name of the extra."""
    off = """import sys, milepost.app, milepost.commands.lane_process
sys.exit(any("opentelemetry" in name for name in sys.modules))"""
    assert subprocess.run([sys.executable, "-c", off], timeout=60, check=False).returncode == 0
    on = """import sys, os
os.environ["MILEPOST_TRACES"] = "otlp"
sys.modules["opentelemetry.sdk.trace.export"] = None
from milepost.commands.main import main
main(["worker", "intake", "--no-supervise"])"""
    done = subprocess.run([sys.executable, "-c", on], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert "pip install 'milepost[traces]'" in line


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ((("milepost-correlation", b"load/1"),), ""),
        ((), "command"),
        ((("traceparent", traceparent(THEIRS).encode()),), "theirs"),
    ],
    ids=["not kept", "no headers", "kept"],
)
def test_a_command_is_traced_as_its_headers_say_and_without_any_by_its_own_id(
    headers: tuple[tuple[str, bytes], ...], kept: str
) -> None:
    """What its sender does not keep is kept nowhere; a command whose headers nobody has is a trace of its own."""
    spans: list[Span] = []
    traced, command = TracedPostings(Tracer("main", 1.0, spans.append, lambda: 1)), accrual("load/1", 0)
    if headers:  # taken over from another process, it was never taken
        traced.taken(Incoming("erp.commands", 0, 1, b"load/1", b"", 1, headers), command)
    with traced.calling(command) as call:
        inside = dict(outgoing.get())
        call.ended("accepted")
    assert outgoing.get() == {}
    said = traced.answered(command, "accepted", "", Output("erp.receipts", b"load/1", b""))
    trace = {"": None, "command": trace_of("main", "load/1", f"command/{command.id}"), "theirs": THEIRS.trace}[kept]
    assert [one.name for one in spans] == (["ERP call", "posting"] if kept else [])
    assert {one.context.trace for one in spans} == ({trace} if trace else set())
    assert ("traceparent" in inside) is bool(kept)
    assert context_in(said.headers) == (spans[-1].context if kept else None)


def test_an_orders_page_names_the_traces_that_its_lane_made() -> None:
    """`milepost order` derives from the record alone the trace in which each posting's command went out."""
    lane = TracedLane()
    sent_in: dict[str, str] = {}
    for event, topic in zip(shipping("SO-1"), ("erp.orders", "wms.milestones", "wms.milestones"), strict=True):
        for output in lane.hear(event, topic=topic):
            if output.topic == "erp.commands" and (context := context_in(output.headers)):
                sent_in[json.loads(output.value or b"")["id"]] = trace_hex(context.trace)
    told = traces_of(lane.record("SO-1"), Settings(traces="otlp", traces_share=0.0))
    assert {posting: line.split()[0] for posting, line in told.items()} == sent_in != {}
    assert all(line.endswith(f" of {shipping('SO-1')[2].business_key}, not kept") for line in told.values())
    assert traces_of(lane.record("SO-1"), Settings()) == {}
