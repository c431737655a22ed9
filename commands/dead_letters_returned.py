"""What waited behind a dead letter comes back to ``partner.events``: in its order, once its letter is closed.

Sending again is at least once. How far an owner has come is in lane intake's own row, so whoever is interrupted here,
or does it a second time, loses nothing and overtakes nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from milepost.runtime import kafka_access, parked
from milepost.runtime.consumer import Consumer
from milepost.runtime.partitioner import partition_of
from milepost.runtime.topic_table import PARTNER_EVENTS, PARTNER_PARKED
from milepost.tables.waiting import Waiting

POLL_MS = 500
AT_ONCE = 500


async def return_waiting(
    bootstrap: str, owners: Mapping[str, Waiting], *, topic: str = PARTNER_EVENTS, parked_topic: str = PARTNER_PARKED
) -> dict[int, int]:
    """Send again what is parked of ``owners``, whose rows are those of lane intake now; the last offset in each
    partition. Owners whose letter is open, or of whom nothing waits, are left alone."""
    ready = {owner: row for owner, row in owners.items() if not row.letter and not row.over}
    places: dict[int, int] = {}
    if not ready:
        return places
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, max_request_size=parked.SIZE_MAX_BYTES,
        **kafka_access.options(),
    )  # fmt: skip
    consumer = Consumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest", **kafka_access.options()
    )
    async with producer, consumer:
        partitions = len(await producer.partitions_for(parked_topic))
        for partition in sorted({partition_of(owner.encode(), partitions) for owner in ready}):
            place = TopicPartition(parked_topic, partition)
            consumer.assign([place])
            await consumer.seek_to_beginning(place)
            last = await _back(consumer, producer, place, ready, topic)
            if last is not None:
                places[partition] = last
    return places


async def _back(consumer: Any, producer: Any, place: Any, ready: Mapping[str, Waiting], topic: str) -> int | None:
    end, last = (await consumer.end_offsets([place]))[place], None
    come = {owner: row.returned_to for owner, row in ready.items()}
    while await consumer.position(place) < end:
        found = (await consumer.getmany(place, timeout_ms=POLL_MS, max_records=AT_ONCE)).get(place, ())
        waiting = []
        for record in (one for one in found if one.offset < end):
            headers = dict(record.headers)
            owner = headers.get(parked.OWNER, b"").decode("utf-8", "replace")
            row, offset = ready.get(owner), int(headers.get(parked.OFFSET, b"-1"))
            # A reading after a crash parks once more, in the same order: what was sent is not sent again.
            if row is None or not come[owner] < offset <= row.parked_to:
                continue
            come[owner] = offset
            waiting.append(await producer.send(topic, record.value, key=record.key, partition=record.partition,
                                               headers=_headers(record, offset, row)))  # fmt: skip
        for answer in waiting:
            last = (await answer).offset
    return last


def _headers(record: Any, offset: int, row: Waiting) -> list[tuple[str, bytes]]:
    plain = [(name, value) for name, value in record.headers if not name.startswith(parked.MARK)]
    return [*plain, (parked.RETURNED_OFFSET, b"%d" % offset), (parked.RETURNED_BEHIND, b"%d" % row.since)]
