"""Receipts travel in batches and in order, and a failure is everybody's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from milepost.runtime.durable.interface import Output
from milepost.runtime.erp.publisher import Publisher
from milepost.tests.posting.virtual_time import now, run


def numbered(n: int) -> Output:
    return Output("t", b"k", str(n).encode())


def test_what_comes_meanwhile_travels_together() -> None:
    """Any number of receipts cost two publications: the first alone, then all that came while it was under way."""
    batches: list[list[Output]] = []

    async def publish(outputs: Sequence[Output]) -> None:
        batches.append(list(outputs))
        await asyncio.sleep(1.0)

    async def many() -> None:
        publisher = Publisher(publish)
        first = asyncio.create_task(publisher.tell(numbered(0)))
        await asyncio.sleep(0.5)
        await asyncio.gather(first, *(publisher.tell(numbered(n)) for n in range(1, 500)))
        assert now() == pytest.approx(2.0)

    run(many())
    assert [len(batch) for batch in batches] == [1, 499]
    assert [output for batch in batches for output in batch] == [numbered(n) for n in range(500)]


def test_a_refusal_reaches_all_who_wait_and_no_one_else() -> None:
    """When a publication fails all whose receipts were in it hear of it, and one who was cancelled harms no other."""
    fail = True

    async def publish(outputs: Sequence[Output]) -> None:
        await asyncio.sleep(1.0)
        if fail:
            raise ConnectionError("refused")

    async def many() -> None:
        nonlocal fail
        publisher = Publisher(publish)
        tasks = [asyncio.create_task(publisher.tell(numbered(n))) for n in range(3)]
        await asyncio.sleep(0.5)
        tasks[0].cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(one) for one in ended] == [asyncio.CancelledError, ConnectionError, ConnectionError]
        fail = False
        await publisher.tell(numbered(4))
        await publisher.close()

    run(many())
