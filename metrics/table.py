"""The one table of metrics: name, kind, labels, meaning. Dashboards, alerts, runbooks and code read it from here.

Names have base units (seconds, bytes, records) and the suffixes of the OpenMetrics text format: a counter is written
without ``_total`` here and exposed with it. Every series also carries the constant label ``lane``, unless ``lane`` is
one of its own. Sources: prometheus.io, "Metric and label naming"; OpenMetrics 1.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

Group = Literal["engine", "business", "partners", "watcher", "gateway"]
Kind = Literal["counter", "gauge", "histogram"]

AGES_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600)
CALLS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
SPANS_S = (1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 86_400, 604_800)
"""Holds the edges of the objectives: 60 s (release), 300 s (ship-confirm), 600 s (inventory), 4 h (exceptions)."""

SERIES_MOST = 6000
"""Most samples on one process's page: what comes with use is from closed sets. The monitors' sampleLimit is well above
it: a mistake costs a scrape and not the Prometheus, and a page as it should be is never refused."""


class Metric(NamedTuple):
    group: Group
    name: str
    kind: Kind
    about: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


_PLACE = ("topic", "partition")


def _engine(name: str, kind: Kind, about: str, labels: tuple[str, ...] = (), buckets: tuple[float, ...] = ()) -> Metric:
    return Metric("engine", f"milepost_{name}", kind, about, labels, buckets)


def _business(
    name: str, kind: Kind, about: str, labels: tuple[str, ...] = (), buckets: tuple[float, ...] = ()
) -> Metric:
    return Metric("business", f"milepost_{name}", kind, about, labels, buckets)


def _partners(name: str, kind: Kind, about: str, labels: tuple[str, ...] = ()) -> Metric:
    return Metric("partners", f"milepost_partner_{name}", kind, about, labels)


def _watcher(name: str, kind: Kind, about: str, labels: tuple[str, ...] = ()) -> Metric:
    return Metric("watcher", f"milepost_{name}", kind, about, labels)


def _gateway(
    name: str, kind: Kind, about: str, labels: tuple[str, ...] = (), buckets: tuple[float, ...] = ()
) -> Metric:
    return Metric("gateway", f"milepost_gateway_{name}", kind, about, labels, buckets)


_ENGINE = (
    _engine("build", "gauge", "1, with the version that runs", ("version",)),
    _engine("ready", "gauge", "1 while the process is of use: recovered and flowing, or standing by"),
    _engine("assigned_partitions", "gauge", "source partitions owned and flowing"),
    _engine("lag_records", "gauge", "records not yet committed, as the worker knows it", _PLACE),
    _engine("lag_seconds", "gauge", "age of the oldest record not yet committed, as the worker knows it", _PLACE),
    _engine("committed_offset", "gauge", "offset a new owner would start from", _PLACE),
    _engine("end_offset", "gauge", "next offset to be written, as last told by the broker", _PLACE),
    _engine("event_age_seconds", "histogram", "age of a record when all it caused was durable", ("topic",), AGES_S),
    _engine("records", "counter", "records applied", ("topic",)),
    _engine("chunk_records", "histogram", "records in a chunk", (), SIZES),
    _engine("chunk_seconds", "histogram", "time to apply a chunk, in which the event loop is held", (), CALLS_S),
    _engine("changelog_write_seconds", "histogram", "time until the broker had a group of changes", (), CALLS_S),
    _engine("changelog_records", "counter", "records written to changelogs"),
    _engine("outputs", "counter", "records published"),
    _engine("commit_seconds", "histogram", "time a commit of offsets took", (), CALLS_S),
    _engine("commits", "counter", "commits of offsets"),
    _engine("rebalances", "counter", "assignments received from the group"),
    _engine("recovering", "gauge", "1 while an assignment's tables are being brought up to date"),
    _engine("recovery_remaining_records", "gauge", "changelog records still to be read"),
    _engine("recovery_seconds", "gauge", "since when the recovery under way has lasted; 0 without one"),
    _engine("recovered_records", "counter", "changelog records read in recoveries"),
    _engine(
        "event_loop_delay_seconds", "histogram", "how much later than asked the event loop came round", (), CALLS_S
    ),
    _engine("in_flight_records", "gauge", "records applied whose effects are not yet durable"),
    _engine("send_errors", "counter", "records the broker refused; each ends the process"),
    _engine("gaps", "counter", "chunks that did not begin where the last one ended"),
    _engine("stale_chunks", "counter", "chunks of an earlier assignment, not applied"),
    _engine("foreign_writes", "counter", "records in our changelog that another process wrote"),
    _engine("table_keys", "gauge", "keys at rest in the owned partitions", ("table",)),
    _engine("table_bytes", "gauge", "bytes at rest in the owned partitions", ("table",)),
)

_BUSINESS = (
    _business("orders", "gauge", "orders and loads by how far they are", ("stage", "status")),
    _business("orders_held", "gauge", "orders and loads by the hold that blocks something of them", ("hold",)),
    _business(
        "orders_stuck",
        "gauge",
        "orders and loads with an open exception: where, why, in whose system",
        ("stage", "cause", "system", "severity"),
    ),
    _business("orders_uncounted", "gauge", "orders and loads whose latest state `orders` does not show yet"),
    _business("milestones", "counter", "facts taken in, the first time each", ("milestone",)),
    _business("duplicates_dropped", "counter", "facts that were known already"),
    _business("fact_conflicts", "counter", "facts that contradict one of the same key"),
    _business("commands", "counter", "posting commands by kind of document", ("kind",)),
    _business("postings", "counter", "answers of the ERP", ("kind", "outcome", "priority")),
    _business("oldest_unacknowledged_command_seconds", "gauge", "age of the oldest command without an answer"),
    _business("oldest_unknown_command_seconds", "gauge", "age of the oldest command whose outcome nobody knows"),
    _business("ship_confirm_seconds", "histogram", "departure to the ERP's booking of the goods issue", (), SPANS_S),
    _business("release_seconds", "histogram", "release of an order to what let the warehouse be told", (), SPANS_S),
    _business("inventory_sync_seconds", "histogram", "movement of stock to its booking in the ERP", (), SPANS_S),
    _business("exception_resolution_seconds", "histogram", "exception opened to closed", ("severity",), SPANS_S),
    _business("exceptions", "counter", "exceptions opened and closed", ("cause", "severity", "change")),
    _business("tenders", "counter", "tenders by what became of them", ("outcome",)),
    _business("dead_letters", "counter", "refused records", ("partner", "reason")),
    _business("erp_budget_calls_per_second", "gauge", "calls a second the ERP allows us"),
    _business("erp_calls", "counter", "calls to the ERP", ("call",)),
    _business("erp_call_seconds", "histogram", "time a call to the ERP took", (), CALLS_S),
    _business("erp_throttled", "counter", "calls the ERP turned away for being too many"),
    _business("erp_waiting", "gauge", "commands that wait for the ERP", ("priority",)),
    _business("erp_under_way", "gauge", "calls to the ERP under way"),
    _business("erp_unknown", "gauge", "commands whose outcome nobody knows yet"),
    _business("erp_drain_seconds", "gauge", "time until the ERP has taken what waits, if as much keeps coming as now"),
    _business("erp_breaker_open", "gauge", "1 while the ERP is left alone because it fails"),
    _business("posting_active", "gauge", "1 in the posting process that holds the account's lease"),
    _business("posting_findings", "counter", "what the posting pass found wrong in the ERP's books", ("finding",)),
    _business("posting_pass_timestamp_seconds", "gauge", "when the last posting pass ended, in Unix time"),
)

_PARTNERS = (
    _partners("records", "counter", "records by what became of them", ("partner", "outcome")),
    _partners("silence_seconds", "gauge", "age of the last record of the partner", ("partner",)),
    _partners("paused", "gauge", "1 while the source is paused", ("partner",)),
    _partners("deliveries", "counter", "what is sent to partners, by how it stands", ("partner", "outcome")),
    _partners("deliveries_open", "gauge", "what a partner has still to be sent, or may have been", ("partner",)),
    _partners("deliveries_unknown", "gauge", "what nobody knows of whether the partner has it", ("partner",)),
    _partners("delivery_oldest_seconds", "gauge", "how long the oldest of what is open has waited", ("partner",)),
    _partners("breaker_open", "gauge", "1 while the partner is left alone because it fails", ("partner",)),
    _partners("dispatch_active", "gauge", "1 in the dispatch process that holds the lease"),
    _partners("documents", "counter", "messages in partners' formats by what became of them", ("partner", "outcome")),
    _partners("contract_end_timestamp_seconds", "gauge", "when a contract ends, in Unix time", ("partner",)),
    _partners("contract_warning_seconds", "gauge", "how long before its end a contract's end is told", ("partner",)),
    _partners("references_waiting", "gauge", "milestones that wait for what their native id means"),
    _partners("references_waiting_seconds", "gauge", "how long the oldest of them has waited, by the ticks"),
    _partners("references_orphaned", "gauge", "native ids whose milestones have waited too long"),
)

_WATCHER = (
    _watcher("group_lag_records", "gauge", "records not yet committed, as the broker knows it", ("lane", *_PLACE)),
    _watcher("group_lag_seconds", "gauge", "age of the oldest record not yet committed", ("lane", *_PLACE)),
    _watcher(
        "group_committed_offset", "gauge", "committed offset; the log's start where there is none", ("lane", *_PLACE)
    ),
    _watcher("group_end_offset", "gauge", "next offset to be written", ("lane", *_PLACE)),
    _watcher("group_members", "gauge", "members of the lane's consumer group", ("lane",)),
    _watcher("watch_timestamp_seconds", "gauge", "when the last complete look ended, in Unix time"),
    _watcher("watch_failures", "counter", "looks that the broker did not answer in time"),
)

_GATEWAY = (
    _gateway("requests", "counter", "requests by their answer", ("partner", "answer")),
    _gateway("refused", "counter", "requests not taken in, by what was wrong", ("partner", "refusal")),
    _gateway("request_seconds", "histogram", "time from a request's head to its answer", (), CALLS_S),
    _gateway("bytes", "counter", "bytes of messages taken in", ("partner",)),
    _gateway("duplicates", "counter", "messages that were taken in before, answered and dropped", ("partner",)),
    _gateway("ids_reused", "counter", "messages under the id of another one", ("partner",)),
    _gateway("fetches", "counter", "documents fetched because a message only pointed at them", ("fetch",)),
    _gateway("files", "counter", "dropped files by what became of them", ("file",)),
    _gateway("in_flight", "gauge", "requests not yet answered"),
    _gateway("silence_seconds", "gauge", "since when a watched partner has sent nothing by HTTP", ("partner",)),
    _gateway("silence_limit_seconds", "gauge", "how long a watched partner may be silent, as agreed", ("partner",)),
    _gateway("gaps", "gauge", "messages missing in a watched partner's sequence", ("partner",)),
)

METRICS: Mapping[str, Metric] = {one.name: one for one in (*_ENGINE, *_BUSINESS, *_PARTNERS, *_WATCHER, *_GATEWAY)}
"""Every metric by its name."""


def row_of(name: str) -> Metric:
    """Return the row of a metric; ``name`` is without the prefix."""
    return METRICS[f"milepost_{name}"]


def exposed(metric: Metric) -> tuple[str, ...]:
    """Return the names a metric has on the page and in queries."""
    match metric.kind:
        case "counter":
            return (f"{metric.name}_total",)
        case "histogram":
            return (f"{metric.name}_bucket", f"{metric.name}_sum", f"{metric.name}_count")
        case _:
            return (metric.name,)
