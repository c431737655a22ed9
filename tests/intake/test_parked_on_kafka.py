"""Parked messages come back over a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from milepost.codecs import canonical
from milepost.contracts.controls import SourceResumed
from milepost.runtime import parked
from milepost.runtime.durable.interface import Incoming, Output
from milepost.tests.codecs.events import T0


async def create(kafka: str, *names: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 3, 1) for name in names])
    finally:
        await admin.close()


async def park(kafka: str, topic: str, outputs: Sequence[Output]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        for o in outputs:
            await producer.send_and_wait(topic, o.value, key=o.key, partition=o.partition, headers=list(o.headers))


async def read(kafka: str, topic: str) -> list[Any]:
    async with AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest") as consumer:
        places = [TopicPartition(topic, partition) for partition in range(3)]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        records: list[Any] = []
        while len(records) < sum(ends.values()):
            found = await consumer.getmany(timeout_ms=500)
            records += [record for part in found.values() for record in part]
        return records


def test_sent_again_in_order_and_unharmed(kafka: str) -> None:
    """Parked messages of the resumed source go back byte for byte, in order per partition and once; others stay."""
    events, kept = "intake-back-events", "intake-back-parked"
    records = [
        Incoming("partner.events", n % 3, n, None if n == 4 else b"k%d" % n, b"\xff%d" % n, 1, (("trace", b"%d" % n),))
        for n in range(1500)
    ]

    async def run() -> None:
        await create(kafka, events, kept)
        mixed = [parked.parked(record, "edi" if record.offset % 5 else "other") for record in records]
        await park(kafka, kept, mixed)
        assert await parked.republish_parked(kafka, "edi", topic=events, parked_topic=kept) == 1200
        assert await parked.republish_parked(kafka, "edi", topic=events, parked_topic=kept) == 0
        back = await read(kafka, events)
        for partition in range(3):
            got = [(r.key, r.value, tuple(r.headers)) for r in back if r.partition == partition]
            sent = [r for r in records if r.partition == partition and r.offset % 5]
            assert got == [(r.key, r.value, r.headers) for r in sent]

    asyncio.run(run())


def test_documents_go_back_to_the_documents(kafka: str) -> None:
    """What was parked of a topic goes back there, without our headers; what does not say came from the events."""
    events, documents, kept = "intake-home-events", "intake-home-documents", "intake-home-parked"
    names = ("partner.events", "partner.documents", "partner.nowhere")
    records = [Incoming(names[n % 3], 0, n, b"k%d" % n, b"v%d" % n, 1, (("partner", b"acme"),)) for n in range(9)]

    async def run() -> None:
        await create(kafka, events, documents, kept)
        await park(kafka, kept, [parked.parked(record, "edi") for record in records])
        assert await parked.republish_parked(kafka, "edi", topic=events, documents=documents, parked_topic=kept) == 9
        assert [r.value for r in await read(kafka, documents)] == [b"v1", b"v4", b"v7"]
        assert {tuple(r.headers) for r in await read(kafka, documents)} == {(("partner", b"acme"),)}
        assert len(await read(kafka, events)) == 6

    asyncio.run(run())


def test_resume_reaches_every_partition(kafka: str) -> None:
    """A person's resumption is one canonical event in every partition of the topic, and its offsets are told."""
    topic = "intake-resume-events"

    async def run() -> None:
        await create(kafka, topic)
        places = await parked.resume_source(kafka, "edi", actor="ann", reason="mended", now=T0, topic=topic)
        assert places == {0: 0, 1: 0, 2: 0}
        records = await read(kafka, topic)
        assert sorted(record.partition for record in records) == [0, 1, 2]
        for record in records:
            assert canonical.decode(record.value).body == SourceResumed(
                source_resumed="edi", actor="ann", reason="mended"
            )

    asyncio.run(run())
