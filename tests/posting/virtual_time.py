"""An event loop whose clock jumps to the next thing that is due, so that hours of waiting cost nothing."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")


class VirtualLoop(asyncio.SelectorEventLoop):
    """``time()`` starts at 0 and moves only while every task waits. Waiting for nothing at all is an error."""

    def __init__(self) -> None:
        super().__init__()
        self._elapsed = 0.0
        selector: Any = self._selector  # type: ignore[attr-defined]
        poll = selector.select

        def select(timeout: float | None = None) -> list[Any]:
            ready: list[Any] = poll(0)
            if not ready and timeout is None:
                raise RuntimeError("every task waits for something that will never happen")
            self._elapsed += 0.0 if ready else timeout or 0.0
            return ready

        selector.select = select

    def time(self) -> float:
        return self._elapsed


def run(main: Coroutine[Any, Any, Result]) -> Result:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


def now() -> float:
    return asyncio.get_running_loop().time()


class Runs(Protocol):
    """A process of a test: it runs until it is killed."""

    async def run(self) -> None: ...


async def killed_at(process: Runs, at: float) -> None:
    """Run a process and end it at a time, wherever it happens to be; what it raises by itself is an error."""
    task = asyncio.ensure_future(process.run())
    await asyncio.wait([task], timeout=max(0.0, at - now()) if at < math.inf else None)
    if task.done():
        task.result()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
