"""Where a record goes when the topics get more partitions, and what in it names a place of before. Pure.

The new count is a multiple of the old one, so what lay in partition p goes to p, p + old, p + 2·old ...: records of one
key stay in their order, whatever else moves.
"""

from __future__ import annotations

from collections.abc import Iterable

from milepost.runtime.partitioner import partition_of
from milepost.runtime.topic_kinds import Topic
from milepost.runtime.topic_table import (
    DELIVERIES_CHANGELOG,
    ORDERS_TICKS,
    POSTING_LEASES,
    SOURCES_CHANGELOG,
    SOURCES_PAUSED,
    TOPICS,
)
from milepost.tables import deliveries
from milepost.tables.sources import replaced_places

LEFT_BEHIND = frozenset({ORDERS_TICKS, POSTING_LEASES})
"""The next tick says the same and more; a lease has no records."""

IN_EVERY_PART = frozenset({SOURCES_PAUSED, SOURCES_CHANGELOG})
"""Written to partitions by their number, not by their key: what holds for p holds for all that comes of p."""


def moved() -> list[Topic]:
    """Return the topics whose records go along."""
    return [topic for name, topic in TOPICS.items() if name not in LEFT_BEHIND]


def places_of(topic: str, key: bytes | None, partition: int, before: int, after: int) -> Iterable[int]:
    """Return the partitions a record goes to. One that its sender put where its key does not point stays at p."""
    if topic in IN_EVERY_PART:
        return range(partition, after, before)
    due = partition_of(key, after) if key is not None else partition
    return (due if due % before == partition else partition,)


def key_of(topic: str, key: bytes | None, value: bytes | None) -> bytes | None:
    """Return the key a record moves by: its own; of a row of the outbox, named by an instruction, its owner's, for that
    is where its acknowledgement will come."""
    if topic != DELIVERIES_CHANGELOG or value is None:
        return key
    row = deliveries.decode(value)
    return (row.key or row.owner).encode()


def content_of(topic: str, value: bytes | None) -> bytes | None:
    """Return what is written: offsets within rows of the table ``sources`` mean nothing in the new topics."""
    return replaced_places(value) if topic == SOURCES_CHANGELOG and value is not None else value
