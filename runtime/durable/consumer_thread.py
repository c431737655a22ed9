"""The consumer's own thread: the only place that touches the aiokafka consumer.

Everything is asked for by token: an era opened by open() is read until shut(), and a read under any other token returns
nothing. So no record can be taken from one assignment in the name of another.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, ConsumerStoppedError, IllegalStateError
from aiokafka.structs import OffsetAndMetadata
from faust.transport.drivers import aiokafka as driver
from milepost.runtime.durable.cures import cure_fetch, cure_join, cure_leaving, cure_offset_fetch
from milepost.runtime.durable.exits import EXIT_CONFIG, die
from milepost.runtime.durable.interface import Incoming, SourcePartition
from milepost.runtime.durable.membership import Membership

_T = TypeVar("_T")

_RETRY_S = 0.02
"""Until the app's own thread has heard that the assignment is gone."""

_ASK_AGAIN_S = 0.5


class Read(NamedTuple):
    """What one read took from one source partition: its records and the offsets [before, after) they cover."""

    topic: str
    partition: int
    before: int
    after: int
    end: int | None
    records: list[Incoming]


class Bounds(NamedTuple):
    committed: int
    """-1 if nothing was ever committed."""
    begin: int
    end: int


class ReadMovedError(Exception):
    """A read does not begin where the last one ended: records would be skipped or repeated."""


class DurableConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    _token: object | None = None
    _reading: asyncio.Task[Any] | None = None
    _positions: dict[TopicPartition, int]
    _membership: Membership | None = None

    async def inside(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run in the consumer's thread; unlike call_thread, cancelling the caller cancels the work."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.thread_loop))

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Faust fixes these three; they are read when the consumer starts.
        consumer._fetch_max_wait_ms = self.app.durable.tuning.fetch_max_wait_ms
        consumer._isolation_level = "read_committed"
        consumer._auto_offset_reset = "none"  # an offset out of range is an error to see, not a place to jump from
        return consumer

    async def on_start(self) -> None:
        await super().on_start()
        consumer = self._ensure_consumer()
        cure_leaving(consumer._coordinator)
        cure_offset_fetch(consumer._coordinator)
        cure_join(consumer._coordinator)
        if consumer._coordinator._group_instance_id is not None:
            contested = functools.partial(die, code=EXIT_CONFIG)
            self._membership = Membership(consumer._coordinator, self.app.durable.tuning.session_timeout_s, contested)
        self._pace = cure_fetch(consumer._fetcher, self.app.durable.tuning)

    def pause_all(self, assigned: Iterable[SourcePartition]) -> None:
        self._ensure_consumer().pause(*(TopicPartition(*at) for at in assigned))

    def shut(self) -> None:
        """No read of this assignment returns records any more; a pending one is cancelled, else it takes the next's."""
        self._token = None
        if self._reading is not None and not self._reading.done():
            self._reading.cancel()

    async def shut_and_pause(self) -> None:
        self.shut()
        consumer = self._ensure_consumer()
        consumer.pause(*consumer.assignment())

    def partitions_of(self, topics: Iterable[str]) -> list[SourcePartition]:
        """All partitions of topics that are subscribed to; may be called from any thread."""
        consumer = self._ensure_consumer()
        return [(topic, p) for topic in topics for p in sorted(consumer.partitions_for_topic(topic) or ())]

    async def bounds(self, sources: Iterable[SourcePartition]) -> dict[SourcePartition, Bounds]:
        """Committed offset and log bounds, asked of the broker; waits as long as it has no coordinator."""
        consumer = self._ensure_consumer()
        wanted = [TopicPartition(*at) for at in sources]
        committed = await consumer._coordinator.fetch_committed_offsets(wanted)
        begins = await consumer.beginning_offsets(wanted) if wanted else {}
        ends = await consumer.end_offsets(wanted) if wanted else {}
        nothing = OffsetAndMetadata(-1, "")
        return {
            (at.topic, at.partition): Bounds(committed.get(at, nothing).offset, begins[at], ends[at]) for at in wanted
        }

    async def open(self, token: object, starts: Mapping[SourcePartition, int]) -> int:
        """Seek every source explicitly, let it flow, and return the group generation all of it belongs to."""
        self.shut()
        consumer = self._ensure_consumer()
        self._positions = {TopicPartition(*at): offset for at, offset in starts.items()}
        for at, offset in self._positions.items():
            consumer.seek(at, offset)
        if self._membership is not None:
            self._membership.joined()
        self._token = token
        consumer.resume(*self._positions)
        return int(consumer._coordinator.generation)

    async def reseek(self, token: object, at: SourcePartition, offset: int) -> None:
        if self._token is token:
            self._ensure_consumer().seek(TopicPartition(*at), offset)
            self._positions[TopicPartition(*at)] = offset

    async def read(self, token: object, most: int, timeout_s: float) -> list[Read]:
        consumer = self._ensure_consumer()
        if consumer._closed:
            raise ConsumerStoppedError()
        consumer._coordinator.check_errors()  # a dead coordinator task is an error, not an idle worker
        if consumer._fetcher.error_future.done():  # and so is a dead fetcher
            consumer._fetcher.error_future.result()
            raise ConsumerStoppedError()
        if self._token is not token or not self._positions:
            await asyncio.sleep(timeout_s if self._token is token else _RETRY_S)
            return []
        states = self._states(consumer)
        for at, state in states.items():
            if state.position != self._positions[at]:
                raise ReadMovedError(f"{at} stands at {state.position}, not at {self._positions[at]}")
        fetching = consumer._fetcher.fetched_records(set(states), timeout=timeout_s, max_records=most)
        self._reading = asyncio.ensure_future(fetching)
        try:
            fetched = await self._reading
        except asyncio.CancelledError:
            if self._token is token:
                raise
            return []
        self._pace.records = sum(map(len, fetched.values()))
        return self._reads(states, fetched) if self._token is token else []

    def _states(self, consumer: Any) -> dict[TopicPartition, Any]:
        assignment = consumer._subscription.subscription.assignment
        return {at: assignment.state_value(at) for at in self._positions}

    def _reads(self, states: Mapping[TopicPartition, Any], fetched: Mapping[TopicPartition, list[Any]]) -> list[Read]:
        reads = []
        for at, state in states.items():
            before, after = self._positions[at], state.position
            end = state.lso if state.lso is not None and state.lso >= 0 else state.highwater
            records = fetched.get(at, [])
            if records or after != before:
                self._positions[at] = after
                reads.append(Read(at.topic, at.partition, before, after, end, records))
        return reads

    def ends(self) -> dict[SourcePartition, int]:
        """Log ends as of the last fetch; may be called from any thread."""
        consumer = self._consumer
        if consumer is None or self._token is None:
            return {}
        found = {}
        for at, state in self._states(consumer).items():
            if state is not None and state.lso is not None and state.lso >= 0:
                found[at.topic, at.partition] = state.lso
        return found

    def beat(self, heard: Callable[[], None]) -> None:
        """Have ``heard`` called in this thread when its loop comes round; never, if the thread has ended."""
        with contextlib.suppress(RuntimeError):  # the loop was closed
            self.thread_loop.call_soon_threadsafe(heard)

    def coordinator_death(self) -> BaseException | None:
        """What ended aiokafka's coordinator task, None while it lives; may be called from any thread."""
        coordinator = getattr(self._consumer, "_coordinator", None)  # there is none before the consumer's own start
        if coordinator is None or coordinator._closing.done() or not coordinator._coordination_task.done():
            return None
        task = coordinator._coordination_task
        return asyncio.CancelledError() if task.cancelled() else task.exception() or RuntimeError("it returned")

    def out_of_group(self, generation: int, sources: Iterable[SourcePartition]) -> str | None:
        """Whether the group has moved on from what was opened, in words; may be called from any thread."""
        consumer = self._ensure_consumer()
        found = consumer._coordinator.generation
        if found != generation:
            return f"opened in generation {generation}, now in {found}"
        missing = {TopicPartition(*at) for at in sources} - set(consumer.assignment())
        return f"{len(missing)} partitions are assigned no more" if missing else None

    def generation(self) -> int:
        """The group's generation as last told; may be called from any thread."""
        return int(self._ensure_consumer()._coordinator.generation)

    async def confirmed(self) -> bool:
        """Whether the coordinator, asked now, still counts us a member; waits as long as it does not answer."""
        coordinator = self._ensure_consumer()._coordinator
        generation = coordinator.generation
        while not await coordinator._do_heartbeat():
            if coordinator.generation != generation or generation < 0:
                return False
            await asyncio.sleep(_ASK_AGAIN_S)
        return True

    async def store_offsets(self, generation: int, offsets: Mapping[SourcePartition, int]) -> bool:
        """Commit in the generation the offsets belong to; False if the group has moved on."""
        consumer = self._ensure_consumer()
        if consumer._coordinator.generation != generation:
            return False
        try:
            await consumer.commit({TopicPartition(*at): OffsetAndMetadata(to, "") for at, to in offsets.items()})
        except (CommitFailedError, IllegalStateError):
            return False
        return True
