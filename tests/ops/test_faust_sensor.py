"""Faust's sensor: each known defect as the original has it, and gone in ours. Who upgrades Faust looks here first."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from faust.sensors.prometheus import FaustMetrics, PrometheusMonitor
from faust.types import TP
from milepost.metrics.faust_sensor import SHOWN, FaustSensor
from milepost.metrics.registry import Registry
from milepost.runtime.durable.book import Book, Era
from prometheus_client import CollectorRegistry

from .test_engine_numbers import a_lane

LANE = {"lane": "fulfilment"}
TOPIC = "orders.facts"
TOOK_S = 7.0


class Clocked:
    """The time a sensor is told."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clocked:
    return Clocked()


@pytest.fixture
def original(clock: Clocked) -> tuple[Any, CollectorRegistry]:
    """Faust's own, as setup_prometheus_sensors makes it."""
    registry = CollectorRegistry()
    sensor = PrometheusMonitor(FaustMetrics.create(registry, "faust"))
    sensor.time = clock
    return sensor, registry


@pytest.fixture
def ours(clock: Clocked) -> tuple[Any, CollectorRegistry, Any]:
    """Ours on the page of a lane."""
    lane, registry = a_lane(), Registry("fulfilment")
    sensor = FaustSensor(lane, registry)
    sensor.time = clock
    return sensor, registry.collectors, lane


def rebalance(sensor: Any, clock: Clocked) -> None:
    """One that takes seven seconds to its answer and seven more to its end."""
    app = SimpleNamespace(rebalancing_count=1)
    state = sensor.on_rebalance_start(app)
    clock.now += TOOK_S
    sensor.on_rebalance_return(app, state)
    clock.now += TOOK_S
    sensor.on_rebalance_end(app, state)


def test_a_rebalance_takes_its_time(original: Any, ours: Any, clock: Clocked) -> None:
    """Original: every rebalance took nothing. Ours: from its start to its answer, and to its end, in seconds."""
    (theirs, their_page), (sensor, page, _) = original, ours
    rebalance(theirs, clock)
    assert their_page.get_sample_value("faust_rebalance_done_latency_sum") == 0
    assert their_page.get_sample_value("faust_rebalance_done_consumer_latency_sum") == 0
    rebalance(sensor, clock)
    assert page.get_sample_value("faust_rebalance_answer_seconds_sum", LANE) == TOOK_S
    assert page.get_sample_value("faust_rebalance_seconds_sum", LANE) == 2 * TOOK_S
    assert page.get_sample_value("faust_rebalance_seconds_bucket", {**LANE, "le": "10.0"}) == 0


def test_an_interrupted_rebalance_does_not_go_on_for_ever(original: Any, ours: Any) -> None:
    """Original: a rebalance that another one interrupts stays under way for ever. Ours: one is, or none."""
    (theirs, their_page), (sensor, page, _) = original, ours
    app = SimpleNamespace(rebalancing_count=1)
    for one in (theirs, sensor):
        for _ in range(3):  # each interrupts the recovery of the one before
            state = one.on_rebalance_start(app)
            one.on_rebalance_return(app, state)
        one.on_rebalance_end(app, state)
    assert their_page.get_sample_value("faust_total_rebalances_recovering") == 2
    assert page.get_sample_value("faust_rebalances_recovering", LANE) == 0
    assert page.get_sample_value("faust_rebalances_under_way", LANE) == 0


def test_a_request_of_the_web_server_takes_its_time(original: Any, ours: Any, clock: Clocked) -> None:
    """Original: every request took nothing. Ours: what it took; the page leaves it out, as there is none."""
    (theirs, their_page), (sensor, page, _) = original, ours
    for one in (theirs, sensor):
        state = one.on_web_request_start(None, None)
        clock.now += TOOK_S
        one.on_web_request_end(None, None, SimpleNamespace(status=200), state)
    assert their_page.get_sample_value("faust_http_latency_sum") == 0
    assert sum(
        s.value for f in sensor._metrics.http_latency.collect() for s in f.samples if s.name.endswith("_sum")
    ) == (TOOK_S * 1000)
    assert not [family for family in page.collect() if "http" in family.name]


def test_a_topic_and_a_table_are_called_by_their_names(original: Any, ours: Any) -> None:
    """Original: topic.X and table.X, as sent, whatever X. Ours: X where it is known, else "other"."""
    (theirs, their_page), (sensor, page, _) = original, ours
    for one in (theirs, sensor):
        for topic in (TOPIC, "nobody-knows-1", "nobody-knows-2"):
            one.on_send_initiated(None, topic, None, 0, 0)
        for table in ("orders", "nobody-knows"):
            one.on_table_set(SimpleNamespace(name=table), b"k", b"v")
    assert their_page.get_sample_value("faust_topic_messages_sent_total", {"topic": f"topic.{TOPIC}"}) == 1
    assert their_page.get_sample_value("faust_topic_messages_sent_total", {"topic": "topic.nobody-knows-1"}) == 1
    assert page.get_sample_value("faust_topic_messages_sent_total", {**LANE, "topic": TOPIC}) == 1
    assert page.get_sample_value("faust_topic_messages_sent_total", {**LANE, "topic": "other"}) == 2
    operation = {"operation": "keys_updated"}
    assert page.get_sample_value("faust_table_operations_total", {**LANE, "table": "orders", **operation}) == 1
    assert page.get_sample_value("faust_table_operations_total", {**LANE, "table": "other", **operation}) == 1


def test_offsets_are_told_through_a_rebalance_and_move_without_a_read(original: Any, ours: Any, clock: Clocked) -> None:
    """Original: a rebalance deletes every offset, and none moves before a record is read. Ours: as they are now."""
    (theirs, their_page), (sensor, page, lane) = original, ours
    place = {"topic": TOPIC, "partition": "0"}
    theirs.track_tp_end_offset(TP(TOPIC, 0), 40)
    assert their_page.get_sample_value("faust_topic_partition_end_offset", place) == 40
    rebalance(theirs, clock)
    assert their_page.get_sample_value("faust_topic_partition_end_offset", place) is None
    book = Book(TOPIC, 0, start=30, committed=20, end=40)
    lane.era = Era({(TOPIC, 0): book}, 1)
    assert page.get_sample_value("faust_end_offset", {**LANE, **place}) == 40
    lane.era = None  # the lane lets go of its partitions
    rebalance(sensor, clock)
    assert page.get_sample_value("faust_end_offset", {**LANE, **place}) == 40
    lane.era = Era({(TOPIC, 0): book}, 2)
    book.told_end(90, 1.0)
    assert page.get_sample_value("faust_end_offset", {**LANE, **place}) == 90
    assert page.get_sample_value("faust_read_offset", {**LANE, **place}) == 30
    assert page.get_sample_value("faust_committed_offset", {**LANE, **place}) == 20
    lane.era = Era({}, 3)  # to another member
    assert page.get_sample_value("faust_end_offset", {**LANE, **place}) is None


def test_events_that_nobody_acknowledges_are_not_active_for_ever(original: Any, ours: Any) -> None:
    """Original: the events of a stream without acknowledgements pile up as active. Ours: none is; they are counted."""
    (theirs, their_page), (sensor, page, _) = original, ours

    class Owner:
        """What the monitor keeps weakly."""

    stream = Owner()
    stream.task_owner, stream.shortlabel = Owner(), f"Stream: {TOPIC}, {'x' * 300}"
    for one in (theirs, sensor):
        for offset in range(5):
            one.on_stream_event_in(TP(TOPIC, 0), offset, stream, None)
    assert their_page.get_sample_value("faust_total_active_events") == 5
    assert sensor.events_active == 0
    assert page.get_sample_value("faust_events_total", LANE) == 5
    assert page.get_sample_value("faust_stream_events_total", {**LANE, "stream": "durable"}) == 5


def test_everything_of_faust_is_shown_or_left_out_on_purpose(original: Any) -> None:
    """Every name we show still exists in Faust, and what we leave out is known by name."""
    _, page = original
    theirs = {family.name for family in page.collect()}
    assert set(SHOWN) <= theirs
    assert theirs - set(SHOWN) == {
        "faust_messages_received", "faust_messages_received_per_topic", "faust_active_messages",
        "faust_total_active_events", "faust_events_runtime_ms", "faust_metrics_by_name", "faust_http_status_codes",
        "faust_http_latency",
    }  # fmt: skip
