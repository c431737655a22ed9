"""Reads the journal for closed orders in which news waits: one partition at a time, once for all that ask.

It runs beside lane reconciliation, with a consumer group of its own, so that reading a year of one partition holds up
neither orders nor postings. A request is committed only when its answer is on the broker; answered twice is harmless.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from milepost.contracts.reports import JournalEntry
from milepost.runtime import kafka_access
from milepost.runtime.consumer import Consumer
from milepost.runtime.durable.interface import Output
from milepost.runtime.durable.reader import LogReader
from milepost.runtime.topic_table import ORDERS_JOURNAL, ORDERS_REOPENED, ORDERS_REOPENINGS
from milepost.workflow.reopening import answer, decode_asked, decode_entry, encode_reopening

GROUP = "milepost-reopener"
GATHER_S = 1.0  # requests that come within it are answered by one pass over the journal
REQUESTS_MAX = 1000  # in one pass: bounds the facts held in memory
PAUSE_S = 5.0  # after an error of the broker

log = logging.getLogger("milepost.reopener")
Publish = Callable[[Sequence[Output]], Awaitable[None]]
Wanted = dict[str, int]
"""Owner -> the version as of which it asked."""


class Reopener:
    """Answers requests as they come. ``publish`` waits for the broker's acknowledgement."""

    def __init__(self, bootstrap: str, client_id: str, publish: Publish, group: str = GROUP) -> None:
        self._bootstrap, self._client_id, self._publish, self._group = bootstrap, client_id, publish, group

    async def run(self) -> None:
        """Run for ever; an error of the broker is waited out, for what was asked stays asked."""
        while True:
            try:
                await self._serve()
            except KafkaError as error:
                log.warning("reopening put off: %r", error)
            await asyncio.sleep(PAUSE_S)

    async def _serve(self) -> None:
        consumer: Any = Consumer(
            ORDERS_REOPENINGS, bootstrap_servers=self._bootstrap, client_id=f"{self._client_id}-reopener",
            group_id=self._group, enable_auto_commit=False, auto_offset_reset="earliest",
            isolation_level="read_committed", max_poll_interval_ms=3_600_000, **kafka_access.options(),
        )  # fmt: skip
        await consumer.start()
        try:
            while True:
                await self._round(consumer)
        finally:
            await consumer.stop()

    async def _round(self, consumer: Any) -> None:
        read = await consumer.getmany(timeout_ms=int(GATHER_S * 1000), max_records=REQUESTS_MAX)
        for at, records in read.items():
            wanted = wanted_of(records)
            answers = await self.answers(at.partition, wanted)
            for start in range(0, len(answers), 50):
                await self._publish(answers[start : start + 50])
            await consumer.commit({TopicPartition(at.topic, at.partition): records[-1].offset + 1})

    async def answers(self, partition: int, wanted: Mapping[str, int]) -> list[Output]:
        """Return the facts of each owner as the partition's journal has them, by one pass over it."""
        entries: dict[bytes, list[JournalEntry]] = {owner.encode(): [] for owner in wanted}
        count = 0
        async with LogReader(self._bootstrap, f"{self._client_id}-journal") as reader:
            bounds = await reader.bounds([(ORDERS_JOURNAL, partition)])
            async for _, records, _ in reader.read(bounds):
                count += len(records)
                for record in records:
                    if record.key in entries and record.value:
                        entries[record.key].append(decode_entry(record.value))
                await asyncio.sleep(0)
        log.info("read %d journal entries of partition %d for %d orders", count, partition, len(wanted))
        return [
            Output(ORDERS_REOPENED, owner.encode(), encode_reopening(answer(owner, entries[owner.encode()], version)))
            for owner, version in wanted.items()
        ]


def wanted_of(records: Sequence[Any]) -> Wanted:
    """Return who asks for what: the last request of an owner stands; what cannot be read is left out."""
    wanted: Wanted = {}
    for record in records:
        try:
            asked = decode_asked(record.value or b"")
        except msgspec.MsgspecError as error:
            log.error("%s[%d]@%d is no request: %s", record.topic, record.partition, record.offset, error)
            continue
        wanted[asked.owner] = asked.version
    return wanted
