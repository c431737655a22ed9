"""The client's consumer as far as the consumer's thread of the product touches it, and the reader of changelogs.

Everything between them is the product's own: tokens, positions, pauses, seeks, generations.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from random import Random
from types import SimpleNamespace
from typing import Any, TypeVar

from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata
from milepost.runtime.durable.consumer import DurableConsumer
from milepost.runtime.durable.consumer_thread import Bounds, DurableConsumerThread
from milepost.runtime.durable.interface import Incoming, SourcePartition
from milepost.tests.simulation.broker import Broker, Partition
from milepost.tests.simulation.group import Group
from milepost.tests.simulation.wire import Wire

T = TypeVar("T")
_EMPTY_S = 0.2


class _State:
    """One assigned partition. Nothing of it survives the assignment, as in aiokafka."""

    def __init__(self) -> None:
        self.position: int | None = None
        self.paused = True
        self.lso: int | None = None
        self.highwater: int | None = None


class KafkaConsumer:
    """What `DurableConsumerThread` asks of aiokafka's consumer."""

    _closed = False

    def __init__(self, name: str, broker: Broker, group: Group, wire: Wire, rng: Random) -> None:
        self.name, self._broker, self._group, self._wire, self._rng = name, broker, group, wire, rng
        self._states: dict[TopicPartition, _State] = {}
        self._coordinator = SimpleNamespace(
            generation=-1, check_errors=lambda: None, fetch_committed_offsets=self._committed,
            _do_heartbeat=self._heartbeat,
        )  # fmt: skip
        broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._fetcher = SimpleNamespace(error_future=broken, fetched_records=self._fetched)
        self._subscription = SimpleNamespace(
            subscription=SimpleNamespace(assignment=SimpleNamespace(state_value=lambda at: self._states.get(at)))
        )

    def assign(self, partitions: Iterable[Partition]) -> None:
        self._states = {TopicPartition(*at): _State() for at in sorted(partitions)}

    def assignment(self) -> set[TopicPartition]:
        return set(self._states)

    def pause(self, *partitions: TopicPartition) -> None:
        for at in partitions:
            if at in self._states:
                self._states[at].paused = True

    def resume(self, *partitions: TopicPartition) -> None:
        for at in partitions:
            self._states[at].paused = False

    def seek(self, at: TopicPartition, offset: int) -> None:
        self._states[at].position = offset

    async def beginning_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 0)

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        ends: dict[TopicPartition, int] = await self._wire.request(
            lambda: {at: self._broker.end((at.topic, at.partition)) for at in partitions}
        )
        return ends

    async def commit(self, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        generation = self._coordinator.generation
        wanted = {(at.topic, at.partition): to.offset for at, to in offsets.items()}
        await self._wire.request(lambda: self._group.commit(self.name, generation, wanted), "coordinator")

    async def _heartbeat(self) -> bool:
        generation = self._coordinator.generation
        answer = await self._wire.request(lambda: self._group.heartbeat(self.name, generation))
        if answer == "unknown" and self._coordinator.generation == generation:
            self._coordinator.generation = -1
        return bool(answer != "unknown")

    async def _committed(self, partitions: list[TopicPartition]) -> dict[TopicPartition, OffsetAndMetadata]:
        wanted = [(at.topic, at.partition) for at in partitions]
        found = await self._wire.request(lambda: self._group.committed(wanted), "coordinator")
        return {TopicPartition(*at): OffsetAndMetadata(offset, "") for at, offset in found.items()}

    async def _fetched(
        self,
        partitions: set[TopicPartition],
        timeout: float,  # noqa: ASYNC109 - aiokafka's own name
        max_records: int,
    ) -> dict[TopicPartition, list[Incoming]]:
        wanted = {at: state.position for at, state in self._states.items() if at in partitions and not state.paused}
        found = await self._wire.request(lambda: self._slices(wanted, max_records))
        if not found:
            await asyncio.sleep(min(timeout, _EMPTY_S))
        fetched: dict[TopicPartition, list[Incoming]] = {}
        for at, (records, after, end) in found.items():
            state = self._states.get(at)
            if state is None or state.paused or state.position != wanted[at]:
                continue  # sought or assigned anew while the answer was on its way
            state.position, state.lso = after, end
            if records:
                fetched[at] = records
        return fetched

    def _slices(self, wanted: Mapping[TopicPartition, int | None], most: int) -> dict[TopicPartition, Any]:
        found: dict[TopicPartition, Any] = {}
        left = most
        for at, start in wanted.items():
            log = self._broker.logs[at.topic, at.partition]
            if start is None or start >= len(log) or not left:
                continue
            after = min(len(log), start + self._rng.randint(1, left))
            records = [
                Incoming(at.topic, at.partition, n, r.key, r.value, 0, r.headers)
                for n, r in enumerate(log[start:after], start)
                if r is not None
            ]
            left -= len(records)
            found[at] = (records, after, len(log))
        return found


class ConsumerThread(DurableConsumerThread):
    """The product's own, in the loop of the process: a thread of its own is what a simulation cannot have."""

    def __init__(self, consumer: KafkaConsumer) -> None:
        self._kafka = self._consumer = consumer
        self._pace = SimpleNamespace(records=0)

    def _ensure_consumer(self) -> Any:
        return self._kafka

    async def inside(self, work: Coroutine[Any, Any, T]) -> T:
        return await asyncio.ensure_future(work)

    async def bounds(self, sources: Iterable[SourcePartition]) -> dict[SourcePartition, Bounds]:
        return await super().bounds(sorted(sources))  # one order in every run, whatever the hashes


class Consumer(DurableConsumer):
    """The product's own, without Faust's services around it."""

    should_stop = False

    def __init__(self, app: Any, thread: ConsumerThread, callback: Any) -> None:
        self.app, self._thread, self.callback = app, thread, callback
        self.loop, self._commit_fut = asyncio.get_running_loop(), None

    def assignment(self) -> set[Any]:
        return set(self._thread._kafka.assignment())

    def resume_partitions(self, partitions: Any) -> None:
        """The thread resumes what it opens."""

    def resume_flow(self) -> None:
        """The flow is the lane's era."""


class Reader:
    """LogReader: bounds once, then records up to an end, in pieces of any size."""

    def __init__(self, broker: Broker, wire: Wire, rng: Random) -> None:
        self._broker, self._wire, self._rng = broker, wire, rng

    async def __aenter__(self) -> Reader:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def bounds(self, partitions: Iterable[Partition]) -> dict[Partition, tuple[int, int]]:
        wanted = sorted(partitions)
        ends: dict[Partition, tuple[int, int]] = await self._wire.request(
            lambda: {at: (0, self._broker.end(at)) for at in wanted}
        )
        return ends

    async def read(self, spans: Mapping[Partition, tuple[int, int]]) -> AsyncIterator[tuple[Partition, list[Any], int]]:
        left = {at: start for at, (start, end) in spans.items() if start < end}
        while left:
            at = self._rng.choice(sorted(left))
            position = min(left[at] + self._rng.randint(1, 40), spans[at][1])
            log = await self._wire.request(lambda at=at, position=position: self._broker.logs[at][left[at] : position])
            yield at, [r for r in log if r is not None], position
            left[at] = position
            if position >= spans[at][1]:
                del left[at]
