"""Partners that write to a topic of our broker: each record goes on to `partner.documents`, as a webhook's body does.

Who may write to a topic is the broker's affair, so nothing is signed here. A CloudEvent keeps the headers it speaks by,
in either mode. An offset is committed when the broker has what was read up to it: after a crash a record may go on
twice, under one id, and never not at all.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError
from milepost.gateway.bodies import Refusal
from milepost.gateway.partners import Partner
from milepost.gateway.publishing import NotTaken, Publisher
from milepost.gateway.records import Arrived
from milepost.gateway.taking import take
from milepost.runtime import kafka_access
from milepost.runtime.consumer import Consumer
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.rights import GATEWAY_GROUP

RECORDS_MAX = 500  # that are under way at the same time
POLL_MS = 1000
AGAIN_S = 1.0
ATTRIBUTES_MAX = 50
CLOUDEVENTS = "cloudevents"

log = logging.getLogger(__name__)


class Topics:
    """``now`` is the wall clock in seconds since 1970; ``taken`` is told of whom how many bytes were taken in.

    ``make`` builds a consumer of the topics; tests give their own.
    """

    def __init__(
        self,
        partners: Mapping[str, Partner],
        publisher: Publisher,
        bootstrap: str,
        *,
        now: Callable[[], float],
        taken: Callable[[str, int], None] = lambda partner, size: None,
        make: Callable[[Sequence[str]], Any] | None = None,
    ) -> None:
        self._publisher, self._now, self._told = publisher, now, taken
        self._make = make or (lambda topics: _consumer(bootstrap, topics))
        self._partners = by_topic(partners)

    def __bool__(self) -> bool:
        return bool(self._partners)

    async def run(self) -> None:
        """Hand on what comes, until cancelled. Raises KafkaError where the broker is away: then begin again."""
        consumer = self._make(sorted(self._partners))
        try:
            await consumer.start()
            while True:
                for at, records in (await consumer.getmany(timeout_ms=POLL_MS, max_records=RECORDS_MAX)).items():
                    await self._handed_on(consumer, at, records)
        finally:
            await consumer.stop()

    async def _handed_on(self, consumer: Any, at: TopicPartition, records: Sequence[Any]) -> None:
        answers = await asyncio.gather(*(self._taken(record) for record in records), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, NotTaken):
                consumer.seek(at, records[0].offset)
                await asyncio.sleep(AGAIN_S)
                return
            if isinstance(answer, BaseException):
                raise answer
        with suppress(CommitFailedError, IllegalStateError):  # the partition is another gateway's by now
            await consumer.commit({at: records[-1].offset + 1})

    async def _taken(self, record: Any) -> None:
        partner = self._partners[record.topic]
        try:
            await take(self._publisher, arrived_of(record, partner, int(self._now() * 1000)), partner.format)
        except Refusal as refusal:
            # It stays where it is, and this line says where.
            log.error("%s/%d/%d is not taken: %s", record.topic, record.partition, record.offset, refusal.text)
            return
        self._told(partner.name, len(record.value or b""))


def by_topic(partners: Mapping[str, Partner]) -> dict[str, Partner]:
    """Return who writes to which topic. Raises ConfigurationError, one line, where two write to one."""
    found: dict[str, Partner] = {}
    for one in partners.values():
        if one.topic is None:
            continue
        if other := found.get(one.topic):
            raise ConfigurationError(f"topic {one.topic} is read for {other.name} and for {one.name}: whose is it?")
        found[one.topic] = one
    return found


def arrived_of(record: Any, partner: Partner, received_ms: int) -> Arrived:
    """Return a record as a message. What it says, headers included, is its id; a null value is an empty message."""
    headers = [(name.lower(), value or b"") for name, value in record.headers]
    value = record.value or b""
    spoken = [one for one in headers if one[0].startswith("ce_")] if partner.format == CLOUDEVENTS else []
    mark = sha256(value)
    for name, attribute in sorted(spoken):
        mark.update(f"\n{name}:{len(attribute)}:".encode() + attribute)
    return Arrived(
        partner=partner.name,
        source=partner.source,
        id=mark.hexdigest(),
        value=value,
        received_ms=received_ms,
        transport="kafka",
        content_type=next((raw.decode("utf-8", "replace") for name, raw in headers if name == "content-type"), ""),
        attributes=tuple((name, raw.decode("utf-8", "replace")) for name, raw in spoken[:ATTRIBUTES_MAX]),
    )


def _consumer(bootstrap: str, topics: Sequence[str]) -> Consumer:
    return Consumer(
        *topics,
        bootstrap_servers=bootstrap,
        group_id=GATEWAY_GROUP,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        **kafka_access.options(),
    )
