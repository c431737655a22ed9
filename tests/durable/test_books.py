"""The books of an era, without a broker: what is applied, what is not, and what may be committed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.runtime.durable.book import Book
from milepost.runtime.durable.interface import Incoming, Output, OversizeError, Tuning
from milepost.runtime.durable.lane import DurableLane
from milepost.runtime.durable.setup import LaneSetup
from milepost.runtime.durable.sizes import fitting
from milepost.runtime.durable.store import PartitionStore
from milepost.tests.durable.fakes import Ended, a_chunk, an_era, die


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


def test_a_value_over_the_limit_is_refused_before_it_is_kept() -> None:
    """Rule 8: put() of an over-large value raises and leaves neither the store nor the changelog changed."""
    store = PartitionStore(0, 1_000)
    store.put("t", "k", b"small")
    with pytest.raises(OversizeError):
        store.put("t", "k", b"x" * 1_000)
    assert store.get("t", "k") == b"small"
    assert store.take_changes() == {("t", "k"): b"small"}
    assert store.take_changes() == {}


def test_an_oversized_output_is_replaced_by_the_hook() -> None:
    """Rule 8: with a hook, each over-large output is replaced (a dead letter) or left out; the others stay."""
    small, large, dropped = (Output("out", key, b"x" * n) for key, n in ((b"s", 10), (b"l", 2_000), (b"d", 3_000)))

    def hook(output: Output, size_bytes: int) -> Output | None:
        return None if output.key == b"d" else Output("dead", output.key, b"%d" % len(output.value or b""))

    assert fitting([small, large, dropped, small], 1_000, hook, die) == [small, Output("dead", b"l", b"2000"), small]
    assert fitting([small], 1_000, None, die) == [small]
    with pytest.raises(Ended, match="larger than 1000 bytes"):
        fitting([small, large], 1_000, None, die)
