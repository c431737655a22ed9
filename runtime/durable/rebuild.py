"""Brings the stores of owned partitions up to the end of their changelogs, in batches and straight to the bytes.

A store is the fold of its changelog up to an offset it knows, so a partition that stayed with us reads only what came
after: usually nothing, and what there is was written by somebody else.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from milepost.runtime.durable.setup import LaneSetup
from milepost.runtime.durable.store import PartitionStore, key_from_bytes

log = logging.getLogger(__name__)

KEY_SHOWN_CHARS = 200

Unreadable = dict[tuple[str, str], str]
"""(table, key) -> where its last record is and why it cannot be read."""


class UnreadableRecord(Exception):
    """Bytes in a changelog that nobody here can read: damaged, or of a later version. The text names the place.

    The process ends and stays down: left out, the order would begin again from nothing, with documents at the ERP that
    it does not know of.
    """


async def rebuild(lane: Any, partitions: set[int]) -> set[int]:
    """Create or complete the stores of the partitions; return those in which something was read."""
    began = time.monotonic()
    topics = {lane.app.tables[name].changelog_topic.get_topic_name(): name for name in lane.setup.tables}
    for partition in partitions - set(lane.stores):
        lane.stores[partition] = PartitionStore(partition, lane.tuning.max_message_bytes)
    changed: set[int] = set()
    count = 0
    unreadable: Unreadable = {}
    async with lane.new_reader() as reader:
        bounds = await reader.bounds((topic, p) for topic in topics for p in partitions)
        spans = {}
        for (topic, p), (begin, end) in bounds.items():
            store: PartitionStore = lane.stores[p]
            start = store.next_offset.setdefault(topics[topic], begin)
            spans[topic, p] = (max(start, begin), end)
            store.next_offset[topics[topic]] = max(start, begin)
        lane.recovery_remaining = sum(end - start for start, end in spans.values())
        async for (topic, p), records, position in reader.read(spans):
            store = lane.stores[p]
            fold(lane.setup, store, topics[topic], records, unreadable)
            lane.recovery_remaining -= position - store.next_offset[topics[topic]]
            store.next_offset[topics[topic]] = position
            if records:
                changed.add(p)
                store.news = True  # told to the processor by this recovery, or by the one that interrupts it
                count += len(records)
            await asyncio.sleep(0)
    if unreadable:
        raise UnreadableRecord(next(iter(unreadable.values())))
    lane.stats.recoveries += len(changed)
    lane.stats.recovered_records += count
    log.info("recovered %d records of %d partitions in %.2f s", count, len(partitions), time.monotonic() - began)
    return changed


def fold(
    setup: LaneSetup, store: PartitionStore, table: str, records: list[Any], unreadable: Unreadable | None = None
) -> None:
    """Fold changelog records into the store, in log order; a tombstone always holds.

    What cannot be read is noted in ``unreadable`` until a later record or tombstone of its key overwrites it: until
    the broker has compacted it away, a mended record's damaged one is still there. Without it UnreadableRecord.
    """
    pairs, merge, epoch_of = store.tables[table], setup.merge, setup.epoch_of
    for record in records:
        key, value = key_from_bytes(record.key or b""), record.value
        if value is None:
            pairs.pop(key, None)
            if unreadable:
                unreadable.pop((table, key), None)
            continue
        try:
            if epoch_of is not None:
                store.highest_epoch = max(store.highest_epoch, epoch_of(table, value))
            if merge is not None and (old := pairs.get(key)) is not None:
                value = merge(table, key, old, value)
        except Exception as error:  # whatever the lane's own reading of its bytes may raise
            if unreadable is None:
                raise UnreadableRecord(_named(record, key, error)) from error
            unreadable[table, key] = _named(record, key, error)
            continue
        pairs[key] = value
        if unreadable:
            unreadable.pop((table, key), None)


def _named(record: Any, key: str, error: Exception) -> str:
    return f"{record.topic}[{record.partition}]@{record.offset} key {key[:KEY_SHOWN_CHARS]!r} cannot be read: {error}"
