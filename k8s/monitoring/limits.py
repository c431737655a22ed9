"""Limits of each lane and topic as series, made from the table of topics: alerts and dashboards compare with them.

Every record and alert is by namespace: two installations that one Prometheus scrapes are never added together. Where
no namespace is known, as on one machine without a scrape's label, that label is simply not there.
"""

from __future__ import annotations

from milepost.k8s.monitoring.rule import Group, Record
from milepost.k8s.monitoring.series import gauge
from milepost.runtime.topic_kinds import LANES, Lane
from milepost.runtime.topic_table import ORDERS_TICKS, POSTING_LEASES, TOPICS

LEAST_LIMIT_S = 30
"""A look of the lag-watcher, a scrape and partitions that change hands take so long: less would be noise."""
RECONCILED_WITHIN_S = 3600
"""Lane reconciliation may take its time, but the posting pass has to see every posting within an hour."""
NOT_WAITED_FOR = (ORDERS_TICKS, POSTING_LEASES)
"""At rest the last ticks are never committed, and nobody waits for them; leases have no records."""

SEEN = "namespace:milepost_seen:group"
"""1 for every namespace of which something was scraped within a day: what is missed in it is known by this. Where
nothing ever was, one without a namespace, so that a Prometheus that finds nothing at all says so."""
SEEN_WITHIN = "1d"
LIMIT = "namespace_lane_topic:milepost_lag_limit:seconds"
RETENTION = "namespace_lane_topic:milepost_retention:seconds"
PLACE = "namespace, lane, topic"


def waited_for(lane: Lane) -> list[str]:
    """Return the topics of a lane in which a record that is not read delays somebody."""
    return [
        topic.name
        for topic in TOPICS.values()
        if lane in topic.readers and topic.cleanup == "delete" and topic.name not in NOT_WAITED_FOR
    ]


def limit_s(lane: Lane, topic: str) -> int:
    """Return the age that the lane's oldest record of a topic may have."""
    return RECONCILED_WITHIN_S if lane == "reconciliation" else max(LEAST_LIMIT_S, TOPICS[topic].slo_s)


def group() -> Group:
    """Return the limits as series of constant value, for each namespace."""
    places = [(lane, topic) for lane in LANES for topic in waited_for(lane)]
    limits = (_constant(LIMIT, limit_s(lane, topic), lane, topic) for lane, topic in places)
    kept = (_constant(RETENTION, TOPICS[topic].retention_s or 0, lane, topic) for lane, topic in places)
    return Group("milepost-limits", (_seen(), *limits, *kept))


def _seen() -> Record:
    scraped = (f"max_over_time({gauge(name)}[{SEEN_WITHIN}])" for name in ("build", "watch_timestamp_seconds"))
    return Record(SEEN, f"group by (namespace) ({' or '.join(scraped)}) or on () vector(1)")


def _constant(name: str, value: int, lane: str, topic: str) -> Record:
    return Record(name, f"{value} * {SEEN}", {"lane": lane, "topic": topic})
