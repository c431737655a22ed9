"""Messages of a paused source: kept unharmed on ``partner.parked``, and sent again when a person resumes the source.

Sending again is at least once: what was sent is committed under a consumer group of the source, and a message that goes
twice has the same ids both times.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer, TopicPartition
from milepost.contracts.controls import SourceResumed
from milepost.contracts.events import Event
from milepost.contracts.identifiers import digest
from milepost.runtime import desk, kafka_access
from milepost.runtime.consumer import Consumer
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.partner_headers import TRANSPORT
from milepost.runtime.rights import PARKED_GROUPS
from milepost.runtime.topic_table import PARTNER_DOCUMENTS, PARTNER_EVENTS, PARTNER_PARKED

MARK = "parked-"  # of the headers we add; a message goes back without them
SOURCE, OFFSET, KEYLESS, TOPIC = MARK + "source", MARK + "offset", MARK + "keyless", MARK + "topic"
OWNER = MARK + "owner"  # of what waits behind a dead letter; it has no source
BACK = "returned-"  # of the headers of what comes back behind a dead letter
RETURNED_OFFSET, RETURNED_BEHIND = BACK + "offset", BACK + "behind"
"""Offset from which it was parked, and of the refused record behind which it waited."""
BATCH_RECORDS = 500
SIZE_MAX_BYTES = 1_000_000
PARKED_MAX_BYTES = 900_000
"""Of a record with its key and headers: with those we add it stays below the broker's limit."""
SENDER = "milepost-operator"
AGAIN = b"redrive"

Headers = Sequence[tuple[str, bytes]]


def parked(record: Incoming, source: str) -> Output:
    """Return ``record``, byte for byte, for ``partner.parked``, in the partition it came from."""
    return _parked(record, (SOURCE, source.encode()))


def parked_behind(record: Incoming, owner: str) -> Output:
    """Return ``record`` likewise, because it waits behind a dead letter of its owner."""
    return _parked(record, (OWNER, owner.encode()))


def _parked(record: Incoming, why: tuple[str, bytes]) -> Output:
    marks = [why, (OFFSET, str(record.offset).encode()), (TOPIC, record.topic.encode())]
    if record.key is None:
        marks.append((KEYLESS, b"1"))
    plain = [one for one in record.headers if not one[0].startswith(BACK)]
    return Output(PARTNER_PARKED, record.key or b"", record.value, record.partition, (*plain, *marks))


async def resume_source(
    bootstrap: str, source: str, *, actor: str, reason: str, now: datetime, topic: str = PARTNER_EVENTS
) -> dict[int, int]:
    """Tell every partition that ``source`` may go on; the offset of the word in each partition.

    Then ``republish_parked``, when the lane has read all of these: until then it goes on parking.
    """
    places = {}
    async with _producer(bootstrap) as producer:
        partitions = sorted(await producer.partitions_for(topic))
        ident = digest("source.resumed", source, actor, reason, now)
        event = Event(
            event_id=ident, business_key=f"resume/{ident}", owner=f"source/{source}"[:200], occurred_at=now,
            source=SENDER, body=SourceResumed(source_resumed=source, actor=actor, reason=reason),
        )  # fmt: skip
        value, key = msgspec.json.encode(event), event.owner.encode()
        for partition in partitions:
            said = await producer.send_and_wait(
                topic, value, key=key, partition=partition, headers=desk.proof(key, value)
            )
            places[partition] = said.offset
    return places


async def republish_parked(
    bootstrap: str, source: str, *, topic: str = PARTNER_EVENTS, documents: str = PARTNER_DOCUMENTS,
    parked_topic: str = PARTNER_PARKED,
) -> int:  # fmt: skip
    """Send what is parked of ``source`` to where it came from, in order per partition; how many were sent.

    ``topic`` and ``documents`` stand for ``partner.events``, from where all came that does not say, and
    ``partner.documents``.
    Reads to the end as it was at the start: what is parked meanwhile (the source is not resumed, or was paused again)
    waits for the next call.
    """
    sent = 0
    async with _producer(bootstrap) as producer, _consumer(bootstrap, source) as consumer:
        known = sorted(await producer.partitions_for(parked_topic))
        places = [TopicPartition(parked_topic, partition) for partition in known]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        for place in places:
            consumer.pause(*(other for other in places if other != place))
            consumer.resume(place)
            sent += await _sent_again(consumer, producer, place, ends[place], source, (topic, documents))
    return sent


async def _sent_again(
    consumer: Any, producer: Any, place: TopicPartition, end: int, source: str, homes: tuple[str, str]
) -> int:
    sent = 0
    while (position := await consumer.position(place)) < end:
        found = await consumer.getmany(place, timeout_ms=1000, max_records=BATCH_RECORDS)
        records = [record for record in found.get(place, ()) if record.offset < end]
        mine = [record for record in records if dict(record.headers).get(SOURCE) == source.encode()]
        waiting = [await _send(producer, record, _home(record, *homes)) for record in mine]
        for answer in waiting:
            await answer
        sent += len(waiting)
        done = records[-1].offset + 1 if records else position
        await consumer.commit({place: done})
    return sent


def _home(record: Any, events: str, documents: str) -> str:
    """Return the topic a record was parked from; only those that are parked from are taken for one."""
    said = next((value for name, value in record.headers if name == TOPIC), b"")
    return documents if said == PARTNER_DOCUMENTS.encode() else events


async def _send(producer: Any, record: Any, topic: str) -> Any:
    headers: Headers = record.headers
    key = None if any(name == KEYLESS for name, _ in headers) else record.key
    # Of a document it is told that a person sent it: the gateways heard the partner when it came first.
    plain = [(name, AGAIN if name == TRANSPORT else value) for name, value in headers if not name.startswith(MARK)]
    # The partition it came from, not that of its key: a wrongly keyed message is to be refused again, not mended.
    return await producer.send(topic, record.value, key=key, partition=record.partition, headers=plain)


@asynccontextmanager
async def _producer(bootstrap: str) -> AsyncIterator[Any]:
    # Idempotent: a repeated request cannot change the order within a partition.
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        max_request_size=SIZE_MAX_BYTES,
        **kafka_access.options(),
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


@asynccontextmanager
async def _consumer(bootstrap: str, source: str) -> AsyncIterator[Any]:
    consumer = Consumer(
        bootstrap_servers=bootstrap,
        group_id=f"{PARKED_GROUPS}{source}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        **kafka_access.options(),
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()
