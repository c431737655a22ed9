"""The client's idempotent producer: batches, one request at a time per partition, repeated until it is answered."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

from aiokafka.errors import KafkaError
from milepost.tests.simulation.broker import Broker, Partition, Stored
from milepost.tests.simulation.wire import Wire

_BATCH_RECORDS = 8


class Placed(NamedTuple):
    offset: int


class Refused(KafkaError):
    """The broker will never take the batch."""


class Builder:
    """The part of a batch that `Writer` packs into, past the client's own layer."""

    def __init__(self, records: list[Stored]) -> None:
        self._records = records

    def append(
        self, offset: int, timestamp: int, key: bytes | None, value: bytes | None, headers: Sequence[Any]
    ) -> object:
        assert offset == len(self._records)
        if offset == _BATCH_RECORDS:
            return None
        self._records.append(Stored(key, value, tuple(headers)))
        return True


class Batch:
    def __init__(self) -> None:
        self.records: list[Stored] = []
        self._builder = Builder(self.records)
        self._relative_offset = 0

    def append(self, *, timestamp: int, key: bytes | None, value: bytes | None, headers: Sequence[Any]) -> object:
        return self._builder.append(len(self.records), timestamp, key, value, headers)

    def close(self) -> None:
        """Nothing is packed here."""

    def record_count(self) -> int:
        return len(self.records)


class Producer:
    """What `Writer` asks of aiokafka's producer."""

    def __init__(self, name: str, broker: Broker, wire: Wire) -> None:
        self._name, self._broker, self._wire = name, broker, wire
        self._waiting: dict[Partition, deque[tuple[Batch, asyncio.Future[Placed | None]]]] = {}
        self._sequences: dict[Partition, int] = {}
        self.refuse_next = False
        self.forget_next = False
        """The broker takes the next batch as a repeated one and no longer knows its offset."""

    def create_batch(self) -> Batch:
        return Batch()

    async def partitions_for(self, topic: str) -> set[int]:
        return set(range(self._broker.partitions[topic]))

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> asyncio.Future[Placed | None]:
        at = (topic, partition)
        future: asyncio.Future[Placed | None] = asyncio.get_running_loop().create_future()
        queue = self._waiting.setdefault(at, deque())
        queue.append((batch, future))
        if len(queue) == 1:
            self._send(at)
        return future

    def _send(self, at: Partition) -> None:
        batch, future = self._waiting[at][0]
        sequence = self._sequences[at] = self._sequences.get(at, -1) + 1
        refused, self.refuse_next = self.refuse_next, False
        forgotten, self.forget_next = self.forget_next, False

        def effect() -> int:
            if refused:
                raise Refused(f"{at}")
            return self._broker.append(at, batch.records, self._name, sequence)

        def told(answer: asyncio.Future[int]) -> None:
            self._waiting[at].popleft()
            error = answer.exception()
            if not future.done():
                placed = None if error or forgotten else Placed(answer.result())
                future.set_exception(error) if error else future.set_result(placed)
            if self._waiting[at] and not error:
                self._send(at)

        self._wire.request(effect).add_done_callback(told)
