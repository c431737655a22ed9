"""Limits of each lane and topic as series, made from the table of topics: alerts and dashboards compare with them."""

from __future__ import annotations

from milepost.k8s.monitoring.rule import Group, Record
from milepost.runtime.topic_kinds import LANES, Lane
from milepost.runtime.topic_table import ORDERS_TICKS, POSTING_LEASES, TOPICS

LEAST_LIMIT_S = 30
"""A look of the lag-watcher, a scrape and partitions that change hands take so long: less would be noise."""
RECONCILED_WITHIN_S = 3600
"""Lane reconciliation may take its time, but the posting pass has to see every posting within an hour."""
NOT_WAITED_FOR = (ORDERS_TICKS, POSTING_LEASES)
"""At rest the last ticks are never committed, and nobody waits for them; leases have no records."""

LIMIT = "lane_topic:milepost_lag_limit:seconds"
RETENTION = "lane_topic:milepost_retention:seconds"


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
    """Return the limits as constant series."""
    places = [(lane, topic) for lane in LANES for topic in waited_for(lane)]
    limits = (_constant(LIMIT, limit_s(lane, topic), lane, topic) for lane, topic in places)
    kept = (_constant(RETENTION, TOPICS[topic].retention_s or 0, lane, topic) for lane, topic in places)
    return Group("milepost-limits", (*limits, *kept))


def _constant(name: str, value: int, lane: str, topic: str) -> Record:
    return Record(name, f"vector({value})", {"lane": lane, "topic": topic})
