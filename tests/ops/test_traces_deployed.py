"""Traces of lanes that are processes on a real Kafka, and the way to their collector on Kubernetes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from aiokafka import AIOKafkaProducer
from milepost.codecs import canonical
from milepost.commands.smoke_order import SmokeOrder
from milepost.contracts.events import Event
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings
from milepost.runtime.topics import create_missing
from milepost.runtime.tracing.ids import trace_hex, trace_of, traceparent
from milepost.tests.ops.foreign_spans import HOSTILE, THEIRS
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

LANES = ("intake", "fulfilment", "posting")
SENDING = (*LANES, "dispatch")


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


def test_the_component_lets_those_who_send_reach_the_collector_they_are_told_of() -> None:
    """Staging with traces obeys every rule of manifests; exactly the lanes that send may reach the collector's port."""
    docs = rendered(TRACED)
    assert wrong(docs, rules.OF_OVERLAYS) == {}
    policy = find(docs, "NetworkPolicy", "allow-collector")["spec"]
    for doc in workloads(docs):
        told = urlsplit(environment(docs, containers(doc)[0])["MILEPOST_TRACES_URL"])
        assert matches(policy["podSelector"], pod_labels(doc)) is (component(doc) in SENDING)
        assert policy["egress"][0]["ports"] == [{"protocol": "TCP", "port": told.port}]
