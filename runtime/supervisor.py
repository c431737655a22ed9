"""Keeps one process per lane running: starts, watches, restarts with backoff, stops. Leaves no orphan behind.

Each child hangs on a pipe held by this process (see lifeline): it ends when we end, also on kill -9. What is known of
the children stands in a state file, so that another command can read it without talking to this process.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from milepost.runtime.child_process import Child, Life, Restarts
from milepost.runtime.child_run import failure_of, run_once, send_signal, shown_exit


class ChildFailed(Exception):
    """A child was given up. The text is one line, then the tail of its log."""


class Supervisor:
    """The children of one run. Use as an async context manager, or call start() and stop()."""

    def __init__(
        self,
        children: Sequence[Child],
        directory: Path,
        *,
        restarts: Restarts | None = None,
        facts: Mapping[str, object] | None = None,
        on_change: Callable[[Life], None] | None = None,
    ) -> None:
        self._directory = directory
        self._restarts = restarts or Restarts()
        self._facts = dict(facts or {})
        self._on_change = on_change or (lambda life: None)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stop = asyncio.Event()
        self._leaving: dict[str, asyncio.Event] = {}
        self._changed = asyncio.Event()
        self.lives = {child.name: self._life(child) for child in children}

    @property
    def state_file(self) -> Path:
        return self._directory / "supervisor.json"

    async def start(self) -> None:
        """Start every child; returns at once. See wait_ready()."""
        self._directory.mkdir(parents=True, exist_ok=True)
        for life in self.lives.values():
            self._begin(life)
        self._publish()

    def add(self, child: Child) -> None:
        """Run one more child from now on; returns at once. ValueError when one of its name runs."""
        if child.name in self.lives:
            raise ValueError(f"{child.name} runs already")
        self.lives[child.name] = life = self._life(child)
        self._begin(life)
        self._publish()

    async def remove(self, name: str, grace_s: float = 10.0) -> None:
        """End one child for good, SIGTERM first, SIGKILL after the grace; returns when its process is gone."""
        life, task = self.lives[name], self._tasks[name]
        self._leaving[name].set()
        send_signal(life.pid, signal.SIGTERM)
        _, late = await asyncio.wait({task}, timeout=grace_s)
        if late:
            send_signal(life.pid, signal.SIGKILL)
            await asyncio.wait(late)
        del self.lives[name], self._tasks[name], self._leaving[name]
        self._publish()

    async def wait_ready(self, timeout_s: float) -> None:
        """Wait until every child is ready. ChildFailed when one is given up or the time is over."""
        deadline = time.monotonic() + timeout_s
        while waiting := [life for life in self.lives.values() if life.state != "ready"]:
            self.check()
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise ChildFailed(failure_of(waiting[0], f"is not ready after {timeout_s:g} s"))
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), min(left_s, 1.0))

    async def wait_given_up(self, name: str, stop: asyncio.Event) -> None:
        """Wait until a child is given up or `stop` is set."""
        stopped = asyncio.ensure_future(stop.wait())
        await asyncio.wait({stopped, self._tasks[name]}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()

    def check(self) -> None:
        """ChildFailed if a child was given up."""
        for life in self.lives.values():
            if life.state == "failed":
                raise ChildFailed(failure_of(life, f"ended with {shown_exit(life.last_exit)} and was given up"))

    def kill(self, name: str) -> int | None:
        """kill -9 the process of a child, as an accident would; returns its pid. It is restarted like after any end."""
        return self.signal(name, signal.SIGKILL)

    def signal(self, name: str, number: signal.Signals) -> int | None:
        """Send a signal to the process of a child; returns its pid, None while it has none."""
        life = self.lives.get(name)
        pid = None if life is None else life.pid
        send_signal(pid, number)
        return pid

    async def stop(self, grace_s: float = 10.0) -> None:
        """SIGTERM to all, SIGKILL after the grace to what is left; returns when every process is gone."""
        self._stop.set()
        for life in self.lives.values():
            send_signal(life.pid, signal.SIGTERM)
        if self._tasks:
            _, late = await asyncio.wait(self._tasks.values(), timeout=grace_s)
            for life in self.lives.values():
                send_signal(life.pid, signal.SIGKILL)
            if late:
                await asyncio.wait(late)
        self._publish()

    async def __aenter__(self) -> Supervisor:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    def _life(self, child: Child) -> Life:
        return Life(child, self._directory / f"{child.name}.log")

    def _begin(self, life: Life) -> None:
        name = life.child.name
        self._leaving[name] = leaving = asyncio.Event()
        self._tasks[name] = asyncio.create_task(self._keep(life, leaving), name=f"keep {name}")

    async def _keep(self, life: Life, leaving: asyncio.Event) -> None:
        while not self._ends(leaving):
            began = time.monotonic()
            code = await run_once(life, self._tell, lambda: self._ends(leaving))
            if self._ends(leaving):
                break
            wait_s = life.ended(code, time.monotonic() - began, self._restarts)
            self._tell(life)
            if wait_s is None:
                return
            await self._pause(wait_s, leaving)
            life.restarts += 1
        life.state, life.pid = "stopped", None
        self._tell(life)

    def _ends(self, leaving: asyncio.Event) -> bool:
        return self._stop.is_set() or leaving.is_set()

    async def _pause(self, wait_s: float, leaving: asyncio.Event) -> None:
        ends = {asyncio.ensure_future(event.wait()) for event in (self._stop, leaving)}
        await asyncio.wait(ends, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        for one in ends:
            one.cancel()

    def _tell(self, life: Life) -> None:
        self._publish()
        self._changed.set()
        self._on_change(life)

    def _publish(self) -> None:
        """Write the state file whole or not at all: readers never see half of it."""
        state = {"pid": os.getpid(), **self._facts, "children": [life.shown() for life in self.lives.values()]}
        partial = self.state_file.with_suffix(".partial")
        partial.write_text(json.dumps(state, indent=1, default=str))
        partial.replace(self.state_file)
