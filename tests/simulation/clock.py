"""An event loop in virtual time in which processes live that can be killed or frozen between any two of their steps.

A step belongs to the process in whose context it was scheduled; steps of no process are the world: brokers, networks,
the ERP, the judge. A dead process takes no further step at all, so nothing it would do in a `finally` has an effect.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
from collections.abc import Coroutine
from contextvars import Context, ContextVar, copy_context
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")

PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)
WORLD = Context()


class Ended(BaseException):
    """A process ended itself. No `except Exception` may hold it up, as none holds up the real end."""


class NothingWillHappen(Exception):
    """Every task waits for something that never comes."""


class Process:
    """What can be killed: the steps scheduled in its context."""

    def __init__(self, name: str, loop: Loop) -> None:
        self.name, self.loop = name, loop
        self.dead = self.frozen = False
        self.reason = ""
        self.crashed: BaseException | None = None
        self._stashed: list[asyncio.Handle] = []
        self.context = copy_context()
        self.context.run(PROCESS.set, self)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start a task whose failure is the end of the process, and a defect."""
        task = self.loop.create_task(work, context=self.context)
        task.add_done_callback(self._ended, context=WORLD)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, Ended) and not self.dead:
            self.crashed = error
            self.kill(f"crashed: {error!r}")

    def kill(self, reason: str = "killed") -> None:
        if not self.dead:
            self.dead, self.frozen, self.reason = True, False, reason
            self._stashed.clear()

    def die(self, reason: str) -> NoReturn:
        """What the product's `die` is here."""
        self.kill(reason)
        raise Ended(reason)

    def freeze(self) -> None:
        self.frozen = not self.dead

    def thaw(self) -> None:
        self.frozen = False
        self.loop.resume(self._stashed)
        self._stashed = []

    def holds(self, step: asyncio.Handle) -> bool:
        """Keep a step from being taken: for ever if dead, until it thaws if frozen."""
        if self.frozen:
            self._stashed.append(step)
        return self.frozen or self.dead


class Loop(asyncio.BaseEventLoop):
    """`time()` starts at 0 and jumps to whatever is due next."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._all: list[asyncio.Task[Any]] = []
        self.errors: list[str] = []

    def time(self) -> float:
        return self._now

    def create_task(self, coro: Any, *, name: object = None, context: Context | None = None) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self, name=name, context=context)  # type: ignore[arg-type]
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        self._all.append(task)
        return task

    def resume(self, steps: list[asyncio.Handle]) -> None:
        self._ready.extend(steps)  # type: ignore[attr-defined]

    def _run_once(self) -> None:
        ready: Any = self._ready  # type: ignore[attr-defined]
        due: Any = self._scheduled  # type: ignore[attr-defined]
        while due and due[0]._cancelled:
            heapq.heappop(due)
        if not ready:
            if not due:
                raise NothingWillHappen
            self._now = max(self._now, due[0]._when)
        while due and due[0]._when <= self._now:
            ready.append(heapq.heappop(due))
        for _ in range(len(ready)):
            step = ready.popleft()
            if step._cancelled:
                continue
            process = step._context.get(PROCESS)
            if process is None or not process.holds(step):
                step._run()

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if "handle" in context and error is not None and not isinstance(error, Ended):
            self.errors.append(f"{context.get('message')}: {error!r}")

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Cancelled timers leave the heap when they are due."""

    def _asyncgen_finalizer_hook(self, agen: Any) -> None:
        """The collector of garbage must not start tasks at times of its own."""

    def _process_events(self, event_list: Any) -> None:
        """There are none from outside."""

    def _write_to_self(self) -> None:
        """Nobody waits in a selector."""

    def dispose(self) -> None:
        """Close what the dead left suspended, in order."""
        for task in self._all:
            if not task.done():
                with contextlib.suppress(BaseException):
                    task.get_coro().close()
        self.close()


def simulate(main: Coroutine[Any, Any, T], loop: Loop) -> T:
    """Run in the world's context until `main` is done."""
    task: asyncio.Task[T] = loop.create_task(main, context=WORLD.copy())
    try:
        return loop.run_until_complete(task)
    finally:
        loop.dispose()


def now() -> float:
    return asyncio.get_running_loop().time()


def here() -> Process:
    """The process whose step this is."""
    process = PROCESS.get()
    assert process is not None, "only a process asks a broker"
    return process
