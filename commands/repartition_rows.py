"""Where a record goes when the topics get more partitions, and what in it names a place of before. Pure.

The new count is a multiple of the old one, so what lay in partition p goes to p, p + old, p + 2·old ...: records of one
key stay in their order, whatever else moves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from milepost.runtime.partitioner import partition_of
from milepost.runtime.topic_kinds import Topic
from milepost.runtime.topic_table import (
    COMMANDS_CHANGELOG,
    DELIVERIES_CHANGELOG,
    LEDGERS_CHANGELOG,
    ORDERS_TICKS,
    POSTING_LEASES,
    REFERENCES_CHANGELOG,
    SOURCES_CHANGELOG,
    SOURCES_PAUSED,
    TOPICS,
    WAITING_CHANGELOG,
)
from milepost.tables import command_log, deliveries, ledgers, references, snapshots, sources, waiting

LEFT_BEHIND = frozenset({ORDERS_TICKS, POSTING_LEASES})
"""The next tick says the same and more; a lease has no records."""

IN_EVERY_PART = frozenset({SOURCES_PAUSED, SOURCES_CHANGELOG})
"""Written to partitions by their number, not by their key: what holds for p holds for all that comes of p."""

_BELONGS_TO: Mapping[str, Callable[[bytes], str]] = {
    COMMANDS_CHANGELOG: command_log.belongs_to,
    LEDGERS_CHANGELOG: ledgers.belongs_to,
    DELIVERIES_CHANGELOG: deliveries.belongs_to,
}
"""Rows named by a posting or an instruction lie where their owner's records are read, and only they say whose they are.
A tombstone does not say it, nor does the name of a posting of which no more is known: these hold for all that comes of
p, for where there is no such row they change nothing."""

TOLD_BY_ROW = frozenset(_BELONGS_TO)

_REPLACED: Mapping[str, Callable[[bytes], bytes | None]] = {
    SOURCES_CHANGELOG: sources.replaced_places,
    REFERENCES_CHANGELOG: references.replaced_places,
    WAITING_CHANGELOG: waiting.replaced_places,
}
"""Rows that name offsets: these mean nothing in the new topics, where other records lie at them."""


def moved() -> list[Topic]:
    """Return the topics whose records go along."""
    return [topic for name, topic in TOPICS.items() if name not in LEFT_BEHIND]


def places_of(
    topic: str, key: bytes | None, value: bytes | None, partition: int, before: int, after: int
) -> Iterable[int]:  # fmt: skip
    """Return the partitions a record goes to. One that its sender put where its key does not point stays at p."""
    if topic in _BELONGS_TO:
        owner = _BELONGS_TO[topic](value) if value is not None else ""
        key = owner.encode()
        if not owner:
            return range(partition, after, before)
    if topic in IN_EVERY_PART:
        return range(partition, after, before)
    due = partition_of(key, after) if key is not None else partition
    return (due if due % before == partition else partition,)


def content_of(topic: str, key: bytes | None, value: bytes | None) -> bytes | None:
    """Return what is written: a row without the offsets of before."""
    if value is None or topic not in _REPLACED:
        return value
    if topic == REFERENCES_CHANGELOG and (key or b"").startswith(references.SNAPSHOT.encode()):
        return snapshots.replaced_places(value)
    return _REPLACED[topic](value)
