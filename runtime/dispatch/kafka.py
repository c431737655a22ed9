"""Gateway to a partner that reads a topic of ours: CloudEvents by their Kafka binding, anything else as its bytes.

The record's key is the event's ``partitionkey``, else the owner, so what one order is told stays in its order; the key
mapping changes nothing of the event (binding, 3.1). An event told twice has one id and source, by which a receiver
knows it; other documents carry the delivery's id in the header ``message-id``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, TopicAuthorizationFailedError
from milepost.codecs import cloudevents
from milepost.codecs.dialects.model import Mode, Topic
from milepost.codecs.errors import DecodeError
from milepost.runtime import kafka_access
from milepost.runtime.dispatch.parcel import Parcel
from milepost.runtime.erp.protocol import Accepted, Answer, Busy, Known, Rejected, Unknown

ACK_S = 10.0
KNOWN_S = 5.0  # for a connection and the topic's partitions: past it nothing was sent
REQUEST_BYTES = 1024 * 1024
CHARSET = "; charset=UTF-8"
MESSAGE_ID = "message-id"


class Written(NamedTuple):
    """A delivery as a record."""

    value: bytes
    key: bytes
    headers: tuple[tuple[str, bytes], ...]


def written(parcel: Parcel, mode: Mode) -> Written:
    """Return the record of a delivery; ValueError where it calls itself a CloudEvent and is none."""
    kind = parcel.way.content_type
    if kind != cloudevents.STRUCTURED:
        headers = (("content-type", kind.encode()), (MESSAGE_ID, parcel.id.encode()))
        return Written(parcel.value, parcel.owner.encode(), headers)
    try:
        (event,) = cloudevents.read(parcel.value, kind).documents
    except DecodeError as error:
        raise ValueError(str(error)) from None
    binary = cloudevents.write_binary(event.fields)
    key = binary.key or parcel.owner.encode()
    if mode == "binary":
        return Written(binary.value, key, binary.headers)
    return Written(parcel.value, key, (("content-type", (kind + CHARSET).encode()),))


class TopicPartner:
    """Writes one partner's topic. ``make`` builds a client; tests give their own. Close it with ``close()``."""

    longest_processing_s = 0.0  # who reads it knows what it has by its id: sending it again is safe

    def __init__(self, topic: Topic, bootstrap: str, make: Callable[[], Any] | None = None) -> None:
        self._topic = topic
        self._make = make or (lambda: _producer(bootstrap))
        self._producer: Any = None
        self._connecting = asyncio.Lock()

    async def post(self, command: Parcel) -> Answer:
        try:
            record = written(command, self._topic.mode)
        except ValueError as error:
            return Rejected("NO_CLOUDEVENT", str(error))
        name = self._topic.name
        try:
            async with asyncio.timeout(KNOWN_S):
                producer = await self._connected()
                await producer.partitions_for(name)
        except (KafkaError, TimeoutError, OSError) as error:  # nothing was sent
            return Busy(f"topic {name} is not to be had: {type(error).__name__}")
        try:
            async with asyncio.timeout(ACK_S):
                at = await producer.send_and_wait(name, record.value, key=record.key, headers=list(record.headers))
        except MessageSizeTooLargeError:
            return Rejected("TOO_LARGE", f"topic {name} takes no record of this size")
        except TopicAuthorizationFailedError:
            return Busy(f"topic {name}: we may not write to it")
        except (KafkaError, TimeoutError, OSError) as error:
            await self._given_up()
            return Unknown(f"topic {name} has not acknowledged: {type(error).__name__}")
        return Accepted(f"{at.topic}/{at.partition}/{at.offset}")

    async def find(self, reference: str) -> Sequence[Known]:
        return ()  # it is sent again, under the same id

    async def close(self) -> None:
        await self._given_up()

    async def _connected(self) -> Any:
        async with self._connecting:
            if self._producer is None:
                made = self._make()
                try:
                    await made.start()
                except BaseException:
                    await made.stop()
                    raise
                self._producer = made
            return self._producer

    async def _given_up(self) -> None:
        """A batch without an answer leaves a hole in the producer's sequence: the next one is a new producer's."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError, TimeoutError, OSError):
                async with asyncio.timeout(ACK_S):
                    await producer.stop()


def _producer(bootstrap: str) -> AIOKafkaProducer:
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        max_request_size=REQUEST_BYTES,
        **kafka_access.options(),
    )
