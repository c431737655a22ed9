"""Reading by era, without a broker: no record of one assignment is taken in the name of another."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from milepost.runtime.durable.consumer_thread import DurableConsumerThread, ReadMovedError


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
