"""The books of an era, without a broker: what is applied, what is not, and what may be committed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.runtime.durable.book import Book, Chunk, Era
from milepost.runtime.durable.consumer_thread import DurableConsumerThread, ReadMovedError
from milepost.runtime.durable.interface import Incoming, Output, OversizeError, Tuning
from milepost.runtime.durable.lane import DurableLane
from milepost.runtime.durable.pipeline import Pipeline
from milepost.runtime.durable.setup import LaneSetup
from milepost.runtime.durable.store import Changes, PartitionStore


class Ended(Exception):
    """The process would have ended here."""


def die(reason: str) -> NoReturn:
    raise Ended(reason)


class Recorder:
    """A processor that only remembers what it was given."""

    def __init__(self) -> None:
        self.applied: list[int] = []

    def recovered(self, partition: int, store: Any, epoch: int) -> Sequence[Output]:
        return []

    def chunk(self, records: Sequence[Incoming], store: Any) -> Sequence[Output]:
        self.applied += [record.offset for record in records]
        return []

    def revoked(self, partition: int) -> None:
        pass


class Thread:
    """As much of the consumer's thread as a lane asks for."""

    def __init__(self) -> None:
        self.sought: list[int] = []

    async def reseek(self, token: object, at: tuple[str, int], offset: int) -> None:
        self.sought.append(offset)

    async def inside(self, work: Any) -> Any:
        return await work


def a_lane(thread: Thread) -> tuple[DurableLane, Recorder]:
    app = SimpleNamespace(consumer=SimpleNamespace(reading=thread))
    lane = DurableLane(app, LaneSetup("x", "", ("in",), ("t",), Recorder, Tuning()))
    lane.die = die
    lane.processor = recorder = Recorder()
    lane.stores[0] = PartitionStore(0, 1_000)
    lane.pipeline = SimpleNamespace(add_chunk=lambda *_: None)  # type: ignore[assignment]
    return lane, recorder


def a_chunk(book: Book, start: int, stop: int) -> Chunk:
    records = [Incoming("in", 0, n, b"k", b"v", 0, ()) for n in range(start, stop)]
    return Chunk(records, book, start, stop)


def an_era(start: int = 0) -> tuple[Era, Book]:
    book = Book("in", 0, start, -1, None)
    return Era({("in", 0): book}, 1), book


def test_a_chunk_after_a_gap_is_not_applied_and_the_gap_is_sought_again() -> None:
    """Rule 1: contiguity is checked before state is touched; the gap is sought again and then applied."""

    async def check() -> None:
        thread = Thread()
        lane, recorder = a_lane(thread)
        era, book = an_era()
        lane.open_era(era)
        lane.apply(a_chunk(book, 0, 3))
        lane.apply(a_chunk(book, 5, 7))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert recorder.applied == [0, 1, 2]
        assert thread.sought == [3]
        lane.apply(a_chunk(book, 3, 7))
        assert recorder.applied == list(range(7))
        assert (lane.stats.gaps, book.applied) == (1, 7)

    asyncio.run(check())


def test_a_gap_that_does_not_close_ends_the_process() -> None:
    """Rule 1: a gap that is still there after several seeks is not applied over; the process ends."""

    async def check() -> None:
        lane, recorder = a_lane(Thread())
        era, book = an_era()
        lane.open_era(era)
        with pytest.raises(Ended, match="does not close"):
            applied_for_ever(lane, book)
        assert recorder.applied == []

    asyncio.run(check())


def test_a_chunk_of_an_old_book_is_not_applied() -> None:
    """Rule 2: what was read under an earlier assignment is not applied, even where its offsets would fit."""

    async def check() -> None:
        lane, recorder = a_lane(Thread())
        (old, old_book), (new, _) = an_era(), an_era()
        lane.open_era(old)
        lane.era = None
        lane.apply(a_chunk(old_book, 0, 2))
        lane.open_era(new)
        lane.apply(a_chunk(old_book, 0, 2))
        assert recorder.applied == []
        assert lane.stats.stale_chunks == 2

    asyncio.run(check())


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5)), max_size=40))
def test_whatever_arrives_offsets_are_applied_once_and_in_order(arrivals: list[tuple[int, int]]) -> None:
    """Rule 1: for any sequence of chunks the applied offsets are 0, 1, 2, ... without gap or repeat."""

    async def check() -> None:
        lane, recorder = a_lane(Thread())
        era, book = an_era()
        lane.open_era(era)
        for start, length in arrivals:
            book.reseeks = 0
            lane.apply(a_chunk(book, start, start + length))
        assert recorder.applied == list(range(book.applied))

    asyncio.run(check())


def applied_for_ever(lane: DurableLane, book: Book) -> None:
    for _ in range(10):
        lane.apply(a_chunk(book, 5, 7))


class Fetcher:
    """As much of aiokafka's consumer as reading asks for: one partition, whose position moves by `step`."""

    def __init__(self, position: int) -> None:
        self.state = SimpleNamespace(position=position, lso=100, highwater=100)
        self._closed = False
        self._coordinator = SimpleNamespace(check_errors=lambda: None, generation=3)
        assignment = SimpleNamespace(state_value=lambda at: self.state)
        self._subscription = SimpleNamespace(subscription=SimpleNamespace(assignment=assignment))
        self._fetcher = self
        self.error_future = asyncio.get_running_loop().create_future()

    async def fetched_records(self, partitions: Any, **_: Any) -> Mapping[Any, list[Any]]:
        await asyncio.sleep(0.01)
        self.state.position += 5  # a transaction marker moves the position as well, without a record
        return {}

    def seek(self, at: Any, offset: int) -> None:
        self.state.position = offset

    def resume(self, *_: Any) -> None:
        pass


def a_thread(kafka: Fetcher) -> Any:
    thread = DurableConsumerThread.__new__(DurableConsumerThread)
    thread._consumer = kafka
    thread._pace = SimpleNamespace(records=0)
    return thread


def test_only_the_current_era_reads() -> None:
    """Rule 2: a read in the name of an era that is over returns nothing, and so does one pending at its end."""

    async def check() -> None:
        thread = a_thread(Fetcher(0))
        old, new = object(), object()
        await thread.open(old, {("in", 0): 0})
        pending = asyncio.create_task(thread.read(old, 10, 0.01))
        await asyncio.sleep(0)
        thread.shut()
        assert await pending == []
        assert await thread.open(new, {("in", 0): 7}) == 3
        assert await thread.read(old, 10, 0.01) == []
        (read,) = await thread.read(new, 10, 0.01)
        assert (read.before, read.after, read.records) == (7, 12, [])

    asyncio.run(check())


def test_a_read_that_does_not_begin_where_the_last_one_ended_is_an_error() -> None:
    """Rule 1: a position that somebody else moved is noticed before anything is taken from it."""

    async def check() -> None:
        kafka = Fetcher(0)
        thread, era = a_thread(kafka), object()
        await thread.open(era, {("in", 0): 0})
        await thread.read(era, 10, 0.01)
        kafka.state.position += 1
        with pytest.raises(ReadMovedError):
            await thread.read(era, 10, 0.01)

    asyncio.run(check())


def test_an_offset_is_committable_only_after_changelog_and_outputs() -> None:
    """Rule 3: per group the changelog is acknowledged, then the outputs, and only then may the offset be committed."""

    async def check() -> None:
        happened: list[str] = []
        logged, published = asyncio.Event(), asyncio.Event()

        async def log(changes: Mapping[int, Changes]) -> None:
            happened.append("log sent")
            await logged.wait()
            happened.append("log acknowledged")

        class Publisher:
            async def publish(self, outputs: Sequence[Output]) -> None:
                happened.append("outputs sent")
                await published.wait()
                happened.append("outputs acknowledged")

        pipeline = Pipeline(log, Publisher(), lambda book, stop, n: happened.append(f"committable {stop}"), die)
        pipeline.start()
        _, book = an_era()
        pipeline.add_chunk(book, 5, 5, {("t", "k"): b"v"}, [Output("out", b"k", b"v")])
        await asyncio.sleep(0.01)
        assert happened == ["log sent"]
        logged.set()
        await asyncio.sleep(0.01)
        assert happened == ["log sent", "log acknowledged", "outputs sent"]
        published.set()
        await asyncio.wait_for(pipeline.drained(), 1)
        assert happened[3:] == ["outputs acknowledged", "committable 5"]
        await pipeline.stop()

    asyncio.run(check())


def test_groups_overlap_but_keep_their_order() -> None:
    """The next group's changelog is written while the last group's outputs travel, and offsets grow in order."""

    async def check() -> None:
        running = most = 0
        stops: list[int] = []
        values: list[bytes | None] = []

        async def log(changes: Mapping[int, Changes]) -> None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.002)
            values.extend(changes[0].values())
            running -= 1

        class Publisher:
            async def publish(self, outputs: Sequence[Output]) -> None:
                nonlocal running, most
                running += 1
                most = max(most, running)
                await asyncio.sleep(0.002)
                running -= 1

        pipeline = Pipeline(log, Publisher(), lambda book, stop, n: stops.append(stop), die)
        pipeline.start()
        _, book = an_era()
        for n in range(1, 30):
            pipeline.add_chunk(book, n, 1, {("t", "k"): b"%d" % n}, [Output("out", b"k", b"v")])
            await asyncio.sleep(0.0005)
        await asyncio.wait_for(pipeline.drained(), 5)
        assert (stops, stops[-1], most) == (sorted(stops), 29, 2)
        assert values[-1] == b"29"
        assert len(values) < 29  # chunks that met in a group wrote their key once
        await pipeline.stop()

    asyncio.run(check())


def test_a_value_over_the_limit_is_refused_before_it_is_kept() -> None:
    """Rule 8: put() of an over-large value raises and leaves neither the store nor the changelog changed."""
    store = PartitionStore(0, 1_000)
    store.put("t", "k", b"small")
    with pytest.raises(OversizeError):
        store.put("t", "k", b"x" * 1_000)
    assert store.get("t", "k") == b"small"
    assert store.take_changes() == {("t", "k"): b"small"}
    assert store.take_changes() == {}
