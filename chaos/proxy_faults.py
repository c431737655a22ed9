"""Faults of the network between workers and broker. Each ends by itself and says what it did.

seconds: how long it is in force at most; the proxy ends it even if nobody is left to take it back.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping

from milepost.chaos.injected import Injected, injected
from milepost.chaos.proxy import Proxy, ProxyError
from milepost.chaos.proxy_orders import STORAGE_ERROR

LOOK_EVERY_S = 0.1
TARGET = "broker's network"


async def cut(proxy: Proxy, *, share: float = 1.0, seed: int = 0) -> Injected:
    """Break a share of all connections, chosen by the seed."""
    began = time.time()
    before = _count(proxy.ask("counts"), "cut")
    after = proxy.ask("cut", share=share, seed=seed)
    return injected("cut", TARGET, began, cut=_count(after, "cut") - before, share=share)


async def cut_in_produce(proxy: Proxy, *, times: int, seconds: float) -> Injected:
    """Cut a connection after half of a Produce request went through; the next `times` requests meet that."""
    return await _struck(proxy, "cut", "cut_in_produce", times, seconds)


async def lose_produce_answer(proxy: Proxy, *, times: int, seconds: float) -> Injected:
    """Cut a connection when a Produce request was answered, so that the client cannot know; `times` requests."""
    return await _struck(proxy, "answers_lost", "lose_produce_answer", times, seconds)


async def slow_answers(proxy: Proxy, *, delay_s: float, seconds: float) -> Injected:
    """Hold back every answer of the broker for delay_s."""
    began = time.time()
    proxy.ask("delay", answers_s=delay_s, seconds=seconds)
    await _lasting(proxy, "delay", seconds)
    return injected("delay", TARGET, began, delay_s=delay_s)


async def stall(proxy: Proxy, *, seconds: float) -> Injected:
    """Pass nothing on in either direction; connections stand."""
    began = time.time()
    proxy.ask("stall", seconds=seconds)
    await _lasting(proxy, "stall", seconds)
    return injected("stall", TARGET, began)


async def refuse_produce(proxy: Proxy, *, seconds: float, error: int = STORAGE_ERROR) -> Injected:
    """Answer every Produce request with an error of the broker, by default that of a full disk."""
    began = time.time()
    before = _count(proxy.ask("refuse_produce", error=error, seconds=seconds), "refuse_produce")
    await _lasting(proxy, "refuse_produce", seconds)
    refused = _count(proxy.ask("counts"), "refuse_produce") - before
    return injected("disk_full" if error == STORAGE_ERROR else "produce_refused", TARGET, began, refused=refused)


async def _struck(proxy: Proxy, kind: str, what: str, times: int, seconds: float) -> Injected:
    """Wait until the fault has struck so often as it may, or its time is over."""
    began = time.time()
    before = _count(proxy.ask(what, times=times, seconds=seconds), what)
    await _lasting(proxy, what, seconds, lambda counts: _count(counts, what) - before >= times)
    return injected(kind, TARGET, began, times=_count(proxy.ask("counts"), what) - before)


async def _lasting(
    proxy: Proxy, what: str, seconds: float, enough: Callable[[Mapping[str, int]], bool] = lambda counts: False
) -> None:
    """Wait for a fault's end, and see that it is over also when the waiting is cancelled."""
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline and not enough(proxy.ask("counts")):  # noqa: ASYNC110
            await asyncio.sleep(min(LOOK_EVERY_S, max(0.0, deadline - time.monotonic())))
    finally:
        _end(proxy, what)


def _end(proxy: Proxy, what: str) -> None:
    with contextlib.suppress(ProxyError):  # with the proxy its faults have ended as well
        proxy.ask("end", what=what)


def _count(counts: Mapping[str, int], what: str) -> int:
    return int(counts.get(what, 0))
