"""Ways to break a running lane from inside, each once per directory: the process that comes after is a sound one.

A worker started with one of these names as its `sabotage` is broken by the function of that name, before it starts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from milepost.runtime.durable.consumer import DurableConsumer, DurableRebalanceListener
from milepost.runtime.durable.consumer_thread import DurableConsumerThread
from milepost.runtime.durable.reader import LogReader

Strike = Callable[[], None]
"""Notes that the deed is done."""


def break_once(app: Any, name: str, folder: Path) -> None:
    """Prepare the deed of that name, unless an earlier process of this folder has done it."""
    done = folder / f"{name}.done"
    if not done.exists():
        globals()[name](app, done.touch)


def read_loop_is_cancelled(app: Any, strike: Strike) -> None:
    loops: list[asyncio.Task[Any]] = []
    drain = DurableConsumer._drain_messages

    async def noted(self: Any, fetcher: Any) -> None:
        loops.extend(filter(None, [asyncio.current_task()]))
        await drain(self, fetcher)

    DurableConsumer._drain_messages = noted  # type: ignore[method-assign]
    _after_a_chunk(app, strike, lambda: loops[-1].cancel())


def read_loop_hangs(app: Any, strike: Strike) -> None:
    read = DurableConsumer._read_once
    struck: list[bool] = []

    async def hanging(self: Any, lane: Any, era: Any) -> None:
        await (_for_ever() if struck else read(self, lane, era))

    DurableConsumer._read_once = hanging  # type: ignore[method-assign]
    _after_a_chunk(app, strike, lambda: struck.append(True))


def commits_are_lost(app: Any, strike: Strike) -> None:
    async def lost(self: Any, generation: int, offsets: Any) -> bool:
        strike()
        return False

    DurableConsumerThread.store_offsets = lost  # type: ignore[method-assign]


def nothing_becomes_durable(app: Any, strike: Strike) -> None:
    def deaf(*_: Any) -> None:
        strike()

    app.durable._durable = deaf


def recovery_hangs(app: Any, strike: Strike) -> None:
    async def hanging(self: Any, partitions: Any) -> Any:
        strike()
        await _for_ever()

    LogReader.bounds = hanging  # type: ignore[method-assign]


def rebalance_hangs(app: Any, strike: Strike) -> None:
    _in_the_group(app, strike, "_do_rejoin_group", _for_ever, "request_rejoin")


def group_is_never_joined(app: Any, strike: Strike) -> None:
    started = DurableConsumerThread.on_start

    async def on_start(self: Any) -> None:
        await started(self)
        self._consumer._coordinator._do_rejoin_group = _for_ever
        strike()

    DurableConsumerThread.on_start = on_start  # type: ignore[method-assign]


def member_is_forgotten(app: Any, strike: Strike) -> None:
    _in_the_group(app, strike, "ensure_active_group", _for_ever, "reset_generation")


def nothing_is_assigned(app: Any, strike: Strike) -> None:
    assigned = DurableRebalanceListener.on_partitions_assigned

    async def on_partitions_assigned(self: Any, partitions: Any) -> None:
        strike()
        await assigned(self, set())

    DurableRebalanceListener.on_partitions_assigned = on_partitions_assigned  # type: ignore[method-assign]


def coordinator_dies(app: Any, strike: Strike) -> None:
    _in_the_group(app, strike, "ensure_coordinator_known", _dying, "request_rejoin")


def coordinator_dies_in_a_rebalance(app: Any, strike: Strike) -> None:
    _in_the_group(app, strike, "_do_rejoin_group", _dying, "request_rejoin")


def event_loop_is_held(app: Any, strike: Strike) -> None:
    _after_a_chunk(app, strike, lambda: time.sleep(3600))


def _after_a_chunk(app: Any, strike: Strike, deed: Callable[[], Any]) -> None:
    """Do it once, right after the first records were applied."""
    apply, done = app.durable.apply, []

    def applied(chunk: Any) -> None:
        apply(chunk)
        if chunk and not done:
            done.append(True)
            strike()
            deed()

    app.durable.apply = applied


def _in_the_group(app: Any, strike: Strike, step: str, broken: Callable[..., Any], then: str) -> None:
    """After a chunk put `broken` in the place of the coordinator's `step`, and call what leads there in its thread."""

    def deed() -> None:
        thread = app.consumer.reading
        group = thread._consumer._coordinator
        setattr(group, step, broken)
        thread.thread_loop.call_soon_threadsafe(getattr(group, then))

    _after_a_chunk(app, strike, deed)


async def _dying(*_: Any) -> None:
    raise AssertionError("Did we not perform bootstrap?")


def _for_ever(*_: Any) -> Coroutine[Any, Any, Any]:
    return asyncio.sleep(3600)
