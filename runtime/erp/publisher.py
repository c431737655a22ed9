"""Publishes receipts in batches: whoever comes while one batch is under way travels with the next.

One at a time also because the Kafka client lets writers of one partition queue for a single place, and those who lose
the race too often fail with a time-out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from milepost.runtime.durable.interface import Output

Publish = Callable[[Sequence[Output]], Awaitable[None]]


class Publisher:
    """Wraps a ``publish`` that waits for the broker's acknowledgement; order is kept."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._waiting: list[Output] = []
        self._told: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None

    async def tell(self, output: Output) -> None:
        """Publish and return when the broker has acknowledged; raises what ``publish`` raised."""
        self._waiting.append(output)
        if self._told is None:
            self._told = asyncio.get_running_loop().create_future()
        told = self._told
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._tell_all())
        await asyncio.shield(told)  # others wait for the same one: being cancelled must not cancel it

    async def close(self) -> None:
        """Give up what is not yet acknowledged."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _tell_all(self) -> None:
        while self._told is not None:
            outputs, told = self._waiting, self._told
            self._waiting, self._told = [], None
            try:
                await self._publish(outputs)
            except BaseException as error:
                if isinstance(error, Exception):
                    told.set_exception(error)
                    continue
                told.cancel()
                raise
            told.set_result(None)
