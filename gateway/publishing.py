"""Records to the broker, many requests in one batch: nothing is answered before the broker has it.

While the broker is away the records that wait for it are the probe: new ones are refused at once until one of those
was acknowledged. A producer that lost a batch for good has a hole in its sequence, so it is replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from milepost.gateway.records import Record
from milepost.runtime import kafka_access

ACK_S = 10.0
"""A request waits so long for the broker; what comes after that is acknowledged to nobody, and delivered again."""
LINGER_MS = 5
BATCH_BYTES = 256 * 1024
REQUEST_BYTES = 1024 * 1024
AGAIN_S = 1.0

log = logging.getLogger(__name__)


class NotTaken(Exception):
    """The broker has not acknowledged: whoever sent it is to send it again."""


class Publisher(Protocol):
    """Writes records."""

    async def publish(self, records: Sequence[Record]) -> None:
        """Return when the broker has all of them. Raises NotTaken."""


class KafkaPublisher:
    """An idempotent producer, acks from all replicas. ``make`` builds a client; tests give their own."""

    def __init__(self, bootstrap: str, *, ack_s: float = ACK_S, make: Callable[[], Any] | None = None) -> None:
        self._ack_s = ack_s
        self._make = make or (lambda: _producer(bootstrap))
        self._producer: Any = None
        self._waiting: dict[int, float] = {}  # since when, by number: the first is the oldest
        self._numbers = itertools.count()
        self._replacing: asyncio.Task[None] | None = None
        self._said = False

    async def start(self) -> None:
        """Connect. Raises what the client raises where there is no broker."""
        producer = self._make()
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def stop(self) -> None:
        """Send what waits, as far as the broker takes it in time."""
        if self._replacing is not None:
            self._replacing.cancel()
        if self._producer is not None:
            with contextlib.suppress(TimeoutError, KafkaError):
                async with asyncio.timeout(self._ack_s):
                    await self._producer.stop()

    def away(self) -> str | None:
        """Return why nothing can be written just now; None while it can. Any thread may ask."""
        if self._producer is None:
            return "no connection to Kafka"
        try:
            oldest = next(iter(self._waiting.values()), None)
        except RuntimeError:  # it changed while another thread looked: records come and go
            return None
        waited_s = 0.0 if oldest is None else time.monotonic() - oldest
        return f"Kafka has not acknowledged for {waited_s:.0f} s" if waited_s > self._ack_s else None

    async def publish(self, records: Sequence[Record]) -> None:
        if self.away() is not None:
            raise NotTaken
        try:
            async with asyncio.timeout(self._ack_s):
                acknowledged = [await self._send(record) for record in records]
                for one in acknowledged:
                    await asyncio.shield(one)
        except TimeoutError:
            self._tell("has not acknowledged in time")
            raise NotTaken from None
        except MessageSizeTooLargeError:  # by its own bytes it would have fitted: nothing is wrong with the producer
            raise NotTaken from None
        except KafkaError as error:
            self._lost(error)
            raise NotTaken from None
        self._said = False

    async def _send(self, record: Record) -> asyncio.Future[Any]:
        if self._producer is None:
            raise NotTaken
        sent: asyncio.Future[Any] = await self._producer.send(
            record.topic, record.value, key=record.key, headers=record.headers
        )
        number = next(self._numbers)
        self._waiting[number] = time.monotonic()
        sent.add_done_callback(lambda done: self._done(number, done))
        return sent

    def _done(self, number: int, done: asyncio.Future[Any]) -> None:
        self._waiting.pop(number, None)
        if not done.cancelled():
            done.exception()  # looked at: who waited may be gone

    def _lost(self, error: KafkaError) -> None:
        """A batch was given up: this producer's sequence has a hole, and the next batches would be refused for it."""
        self._tell(f"did not take a record: {type(error).__name__}")
        if self._producer is not None:
            old, self._producer = self._producer, None
            self._replacing = asyncio.create_task(self._replace(old))

    async def _replace(self, old: Any) -> None:
        with contextlib.suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(self._ack_s):
                await old.stop()
        while self._producer is None:
            try:
                await self.start()
            except (KafkaError, OSError, TimeoutError):
                await asyncio.sleep(AGAIN_S)

    def _tell(self, what: str) -> None:
        """One line for one trouble, however many requests it meets."""
        if not self._said:
            log.warning("Kafka %s; requests are answered 503 until it does", what)
        self._said = True


def _producer(bootstrap: str) -> AIOKafkaProducer:
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        linger_ms=LINGER_MS,
        max_batch_size=BATCH_BYTES,
        max_request_size=REQUEST_BYTES,
        **kafka_access.options(),
    )
