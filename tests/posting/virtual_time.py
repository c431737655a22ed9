"""An event loop whose clock jumps to the next thing that is due, so that hours of waiting cost nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

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
