"""Traces: one milestone and all it caused up to the ERP's answer, under ids that anybody can derive."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from hypothesis import given
from hypothesis import strategies as st
from milepost.agents.fulfilment_trace import TracedFulfilment
from milepost.agents.intake_trace import TracedIntake
from milepost.codecs import canonical
from milepost.commands.order_traces import traces_of
from milepost.commands.smoke_order import SmokeOrder
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingCommand
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings
from milepost.runtime.topics import create_missing
from milepost.runtime.tracing.ids import Context, bound_of, context_in, sampled, trace_hex, trace_of, traceparent
from milepost.runtime.tracing.postings import TracedPostings, outgoing
from milepost.runtime.tracing.spans import Span, Tracer
from milepost.tables import records
from milepost.tests.ops.counted_lane import CountedLane, receipt, shipping
from milepost.tests.ops.lane_page import LanePage, until
from milepost.tests.ops.manifests import rules
from milepost.tests.ops.manifests.looking import (
    component,
    containers,
    environment,
    find,
    matches,
    pod_labels,
    workloads,
)
from milepost.tests.ops.manifests.rendering import TRACED, rendered
from milepost.tests.ops.manifests.rules import wrong
from milepost.tests.ops.trace_collector import Received, SmallErp, TraceCollector
from milepost.tests.posting.commands import accrual
from milepost.workflow.record import Record, decode
from opentelemetry.sdk.trace.sampling import Decision, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

THEIRS = Context(0xAF7651916CD43DD8448EB211C80319C0, 0xB7AD6B7169203331)
HOSTILE = (
    b"",
    b"00-0-0-01",
    b"ff-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01",
    b"00-" + b"0" * 32 + b"-" + b"b" * 16 + b"-01",
    traceparent(THEIRS).encode() + b"-more",
    traceparent(THEIRS).upper().encode() * 9,
    b"\xff\xfe" * 40,
)


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


def commands_of(outputs: list[Output]) -> dict[str, Context | None]:
    return {json.loads(o.value or b"")["chain"].split("/")[0]: context_in(o.headers)
            for o in outputs if o.topic == "erp.commands"}  # fmt: skip


def test_what_a_receipt_allows_is_in_the_trace_of_the_departure() -> None:
    """The goods issue, its receipt, the invoice that waited for it and that one's receipt are one trace, in order."""
    lane = TracedLane()
    released, picked, departed = shipping("SO-1")
    lane.hear(released, topic="erp.orders")
    lane.hear(picked)
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
    released, picked, departed = shipping("SO-1")
    lane.hear(released, topic="erp.orders")
    lane.hear(picked)
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
    released, picked, departed = shipping("SO-1")
    lane.hear(released, topic="erp.orders")
    lane.hear(picked)
    first, partition = commands_of(lane.hear(departed)), next(p for t, p in lane.offsets if t == "wms.milestones")
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
    *before, departed = shipping("SO-1")
    for event in before:
        lane.hear(event)
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


LANES = ("intake", "fulfilment", "posting")


@contextmanager
def traced_lanes(kafka: str, folder: Path, collector: str, erp: str) -> Iterator[dict[str, LanePage]]:
    """Three lanes as processes, everything kept."""
    told = {
        "MILEPOST_TRACES": "otlp", "MILEPOST_TRACES_URL": collector, "MILEPOST_TRACES_SHARE": "1",
        "MILEPOST_ERP_URL": erp, "MILEPOST_LOG_FORMAT": "json", "MILEPOST_INSTANCE": "traced",
        "MILEPOST_COMMIT_INTERVAL_S": "0.2",
    }  # fmt: skip
    with ExitStack() as stack:
        lanes = {lane: stack.enter_context(LanePage(lane, kafka, folder, **told)) for lane in LANES}
        for lane in lanes.values():
            lane.until_status("/readyz", 200, 120)
        yield lanes


async def sent(kafka: str, *records: tuple[bytes, bytes, list[tuple[str, bytes]]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    try:
        for key, value, headers in records:
            await producer.send_and_wait("partner.events", value, key=key, headers=headers)
    finally:
        await producer.stop()


def test_a_milestone_and_the_erps_answer_are_one_trace_on_a_real_kafka(kafka: str, tmp_path: Path) -> None:
    """Departure, goods issue, ERP call, receipt, refused invoice: one trace from end to end, and in the log's lines."""
    create_missing(kafka)
    own = Settings()
    order = SmokeOrder(load_rules(own.policy_dir, own.reference_dir, own.tenant), lambda: datetime.now(UTC))
    *before, departed = [order.released(), *order.gone()]
    key = order.id.encode()
    told = [(key, canonical.encode(one), [("traceparent", HOSTILE[n])]) for n, one in enumerate(before)]
    gone = (key, canonical.encode(departed), [("traceparent", traceparent(THEIRS).encode())])
    with TraceCollector() as there, SmallErp() as erp, traced_lanes(kafka, tmp_path, there.url, erp.url) as lanes:
        asyncio.run(sent(kafka, *told, gone, (key, b"no event", [])))
        until(lambda: len(there.named("receipt", order_id=order.id)) == 2, 60, lambda: there.spans)
        asyncio.run(sent(kafka, gone))
        until(lambda: len(there.named("intake", event_id=departed.event_id)) == 2, 30, lambda: there.spans)
        (refused,) = (json.loads(one) for one in lanes["posting"].said().splitlines() if "NO_INVOICES" in one)
        for lane in lanes.values():
            lane.process.terminate()
            assert lane.process.wait(60) == 0
        _one_trace(there, departed, erp, refused)


def _one_trace(there: TraceCollector, departed: Event, erp: SmallErp, refused: dict[str, object]) -> None:
    trace = trace_hex(trace_of("main", departed.owner, departed.business_key))
    spans = [one for one in there.spans if one.trace == trace]
    by_id = {one.span: one for one in spans}

    def path(one: Received) -> list[str]:
        return [*(path(by_id[one.parent]) if one.parent else []), f"{one.service}: {one.name}"]

    issue = ["milepost-intake: intake", "milepost-fulfilment: fulfilment", "milepost-posting: posting"]
    invoice = [*issue, "milepost-fulfilment: receipt", "milepost-posting: posting"]
    assert sorted(map(path, spans)) == sorted(
        [*(issue[:n] for n in (1, 1, 2, 3)), [*issue, "milepost-posting: ERP call"], invoice[:4],
         invoice, [*invoice, "milepost-posting: ERP call"], [*invoice, "milepost-fulfilment: receipt"]]
    )  # fmt: skip
    assert len(by_id) == len(spans)
    assert {one.links for one in spans if one.name == "intake"} == {((f"{THEIRS.trace:032x}", f"{THEIRS.span:016x}"),)}
    assert not any(one.links for one in there.named("intake") if one.trace != trace)
    assert sorted(one.name for one in spans if one.failed) == ["ERP call", "posting", "receipt"]
    assert all(one.events == ("exception",) for one in spans if one.failed)
    _joined(there, spans, departed, erp, refused)


def _joined(
    there: TraceCollector, spans: list[Received], departed: Event, erp: SmallErp, refused: dict[str, object]
) -> None:
    """The same ids in requests, in log lines and on spans; and a dead letter's span says what was wrong."""
    calls = {one.span: one.attributes["milepost.command_id"] for one in spans if one.name == "ERP call"}
    heard = {headers["traceparent"].split("-")[2]: draft["reference"] for draft, headers in erp.calls}
    assert heard == calls
    assert {headers["milepost-correlation"] for _, headers in erp.calls} == {departed.owner}
    (failed,) = (one for one in spans if one.name == "posting" and one.failed)
    assert (refused["trace_id"], refused["span_id"]) == (failed.trace, failed.span)
    assert (refused["order_id"], refused["command_id"]) == (departed.owner, failed.attributes["milepost.command_id"])
    (letter,) = there.named("refuse partner.events")
    assert letter.failed
    assert letter.events == ("exception",)


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


def test_the_component_lets_those_who_send_reach_the_collector_they_are_told_of() -> None:
    """Staging with traces obeys every rule of manifests; exactly the lanes that send may reach the collector's port."""
    docs = rendered(TRACED)
    assert wrong(docs, rules.OF_OVERLAYS) == {}
    policy = find(docs, "NetworkPolicy", "allow-collector")["spec"]
    for doc in workloads(docs):
        told = urlsplit(environment(docs, containers(doc)[0])["MILEPOST_TRACES_URL"])
        assert matches(policy["podSelector"], pod_labels(doc)) is (component(doc) in LANES)
        assert policy["egress"][0]["ports"] == [{"protocol": "TCP", "port": told.port}]
