"""Faust's own sensor for Prometheus, on our page and with its known defects mended.

As it comes (0.15.3) it measures a rebalance from its end, so that each took nothing; says ``topic.X`` where it says
``X`` elsewhere; counts rebalances that were interrupted as under way for ever, and events nobody acknowledges as active
for ever; tells offsets only when a record is read and forgets them at each rebalance, so that a partition that is stuck
has no series; and counts milliseconds. A test shows each in the original, so that we hear when one is mended there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from faust.sensors.monitor import Monitor
from faust.sensors.prometheus import FaustMetrics, PrometheusMonitor
from milepost.metrics.labels import closed
from milepost.metrics.registry import Registry
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric as Family
from prometheus_client.samples import Sample
from prometheus_client.utils import floatToGoString

if TYPE_CHECKING:
    from milepost.runtime.durable.lane import DurableLane

STREAM = "durable"
"""A lane has one stream; Faust would name it by all its topics."""

_MS = 1000.0


class Shown(NamedTuple):
    """How a family of Faust's appears with us: so many of its units are one base unit."""

    name: str
    about: str
    units: float = 1.0


SHOWN = {
    "faust_messages_received_per_topics_partition": Shown("faust_read_offset", "next offset to be applied"),
    "faust_total_events": Shown("faust_events", "chunks the agent was given"),
    "faust_total_events_per_stream": Shown("faust_stream_events", "chunks the agent was given"),
    "faust_table_operations": Shown("faust_table_operations", "operations on Faust's own tables, which stay empty"),
    "faust_topic_messages_sent": Shown("faust_topic_messages_sent", "messages sent past the durable batch"),
    "faust_total_sent_messages": Shown("faust_messages_sent", "messages sent past the durable batch"),
    "faust_producer_send_latency": Shown("faust_send_seconds", "time until such a message was acknowledged", _MS),
    "faust_total_error_messages_sent": Shown("faust_send_errors", "such messages that were not acknowledged"),
    "faust_producer_error_send_latency": Shown("faust_send_error_seconds", "time until such a refusal", _MS),
    "faust_assignment_operations": Shown("faust_assignments", "assignments this member made for its group"),
    "faust_assign_latency": Shown("faust_assignment_seconds", "time to make an assignment for the group", _MS),
    "faust_total_rebalances": Shown("faust_rebalances_under_way", "1 until the group's assignment was taken"),
    "faust_total_rebalances_recovering": Shown("faust_rebalances_recovering", "1 from then until partitions flow"),
    "faust_rebalance_done_consumer_latency": Shown(
        "faust_rebalance_answer_seconds", "time from a rebalance's start until its assignment was taken", _MS
    ),
    "faust_rebalance_done_latency": Shown(
        "faust_rebalance_seconds", "time from a rebalance's start until partitions flow, recovery included", _MS
    ),
    "faust_topic_partition_end_offset": Shown("faust_end_offset", "next offset to be written"),
    "faust_topic_partition_offset_commited": Shown("faust_committed_offset", "offset a new owner would start from"),
    "faust_consumer_commit_latency": Shown("faust_commit_seconds", "time of Faust's own commit timer", _MS),
}
"""Left out: acknowledged messages, as chunks are never; names from free text; the web server, which is off."""


class FaustSensor(PrometheusMonitor):  # type: ignore[misc]
    """Becomes ``app.monitor`` of a lane before it starts; a call comes per chunk, never per record."""

    def __init__(self, lane: DurableLane, registry: Registry, **kwargs: Any) -> None:
        own = CollectorRegistry()
        super().__init__(FaustMetrics.create(own, "faust"), **kwargs)
        self._lane = lane
        self._given = self._metrics.total_events_per_stream.labels(stream=STREAM)
        registry.collectors.register(_Mended(self, own, registry))

    # -- per chunk

    def on_stream_event_in(self, tp: Any, offset: int, stream: Any, event: Any) -> Any:
        state = Monitor.on_stream_event_in(self, tp, offset, stream, event)
        self.events_active = 0
        self._metrics.total_events.inc()
        self._given.inc()
        return state

    # -- tables and messages beside the durable batch

    def on_table_get(self, table: Any, key: Any) -> None:
        Monitor.on_table_get(self, table, key)
        self._count_operation(table, self.KEYS_RETRIEVED)

    def on_table_set(self, table: Any, key: Any, value: Any) -> None:
        Monitor.on_table_set(self, table, key, value)
        self._count_operation(table, self.KEYS_UPDATED)

    def on_table_del(self, table: Any, key: Any) -> None:
        Monitor.on_table_del(self, table, key)
        self._count_operation(table, self.KEYS_DELETED)

    def _count_operation(self, table: Any, operation: str) -> None:
        self._metrics.table_operations.labels(table=closed("table", table.name), operation=operation).inc()

    def on_send_initiated(self, producer: Any, topic: str, message: Any, keysize: int, valsize: int) -> Any:
        self._metrics.topic_messages_sent.labels(topic=closed("topic", topic)).inc()
        return Monitor.on_send_initiated(self, producer, topic, message, keysize, valsize)

    # -- rebalances: one is under way or none, however many were interrupted

    def on_rebalance_start(self, app: Any) -> Any:
        state = Monitor.on_rebalance_start(self, app)
        self._rebalancing(1, 0)
        return state

    def on_rebalance_return(self, app: Any, state: Any) -> None:
        Monitor.on_rebalance_return(self, app, state)
        self._rebalancing(0, 1)
        self._metrics.rebalance_done_consumer_latency.observe(self.secs_to_ms(state["latency_return"]))

    def on_rebalance_end(self, app: Any, state: Any) -> None:
        Monitor.on_rebalance_end(self, app, state)
        self._rebalancing(0, 0)
        self._metrics.rebalance_done_latency.observe(self.secs_to_ms(state["latency_end"]))

    def _rebalancing(self, under_way: int, recovering: int) -> None:
        self._metrics.total_rebalances.set(under_way)
        self._metrics.total_rebalances_recovering.set(recovering)

    def on_web_request_end(self, app: Any, request: Any, response: Any, state: Any, *, view: Any = None) -> None:
        Monitor.on_web_request_end(self, app, request, response, state, view=view)
        self._metrics.http_status_codes.labels(status_code=int(state["status_code"])).inc()
        self._metrics.http_latency.observe(self.secs_to_ms(state["latency_end"]))

    # -- offsets: read from the lane's books when somebody asks

    def on_tp_commit(self, tp_offsets: Any) -> None:
        Monitor.on_tp_commit(self, tp_offsets)

    def track_tp_end_offset(self, tp: Any, offset: int) -> None:
        Monitor.track_tp_end_offset(self, tp, offset)

    def read_offsets(self) -> None:
        """Set the offsets of what is owned; between two assignments the last one's stay."""
        era = self._lane.era
        if era is None:
            return
        read, end, committed = (
            self._metrics.messages_received_per_topics_partition,
            self._metrics.topic_partition_end_offset,
            self._metrics.topic_partition_offset_commited,
        )
        for gauge in (read, end, committed):
            gauge.clear()
        for book in era.books.values():
            place = {"topic": closed("topic", book.topic), "partition": closed("partition", str(book.partition))}
            read.labels(**place).set(book.applied)
            committed.labels(**place).set(book.resumes_at)
            if book.end is not None:
                end.labels(**place).set(book.end)


class _Mended:
    """Faust's families under our names, in base units, with the label every series of ours has."""

    def __init__(self, sensor: FaustSensor, own: CollectorRegistry, registry: Registry) -> None:
        self._sensor, self._own, self._lane = sensor, own, registry.lane

    def describe(self) -> Iterable[Family]:
        return [Family(shown.name, shown.about, "unknown") for shown in SHOWN.values()]

    def collect(self) -> Iterator[Family]:
        self._sensor.read_offsets()
        for found in self._own.collect():
            if (shown := SHOWN.get(found.name)) is not None:
                family = Family(shown.name, shown.about, found.type)
                family.samples = [self._mended(sample, found.name, shown) for sample in found.samples]
                yield family

    def _mended(self, sample: Sample, name: str, shown: Shown) -> Sample:
        labels = {"lane": self._lane, **sample.labels}
        if "le" in labels:
            labels["le"] = floatToGoString(float(labels["le"]) / shown.units)  # type: ignore[no-untyped-call]
        count = sample.name.endswith(("_bucket", "_count"))
        value = sample.value if count else sample.value / shown.units
        return Sample(shown.name + sample.name.removeprefix(name), labels, value)
