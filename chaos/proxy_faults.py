"""Faults of the network between workers and broker. Each ends by itself and says what it did.

seconds: how long it is in force at most, of what strikes produce requests from the first that meets it; the proxy ends
it even if nobody is left to take it back.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping

from milepost.chaos.injected import MET_WITHIN_S, Injected, injected
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
    what = "refuse_produce"
    before = _count(proxy.ask(what, error=error, seconds=MET_WITHIN_S + seconds), what)
    await _lasting(proxy, what, seconds, met=lambda counts: _count(counts, what) > before)
    refused = _count(proxy.ask("counts"), what) - before
    kind = "disk_full" if error == STORAGE_ERROR else "produce_refused"
    return injected(kind, TARGET, began, met=refused, refused=refused)


async def _struck(proxy: Proxy, kind: str, what: str, times: int, seconds: float) -> Injected:
    """Wait until the fault has struck so often as it may, or its time is over."""
    began = time.time()
    before = _count(proxy.ask(what, times=times, seconds=MET_WITHIN_S + seconds), what)
    await _lasting(
        proxy, what, seconds, lambda counts: _count(counts, what) - before >= times,
        met=lambda counts: _count(counts, what) > before,
    )  # fmt: skip
    struck = _count(proxy.ask("counts"), what) - before
    return injected(kind, TARGET, began, met=struck, times=struck)


Seen = Callable[[Mapping[str, int]], bool]


async def _lasting(
    proxy: Proxy, what: str, seconds: float, enough: Seen = lambda counts: False, *, met: Seen = lambda counts: True
) -> None:
    """Wait until somebody has met a fault, then for its end; it is over also when the waiting is cancelled."""
    try:
        await _looking(proxy, MET_WITHIN_S, met)
        await _looking(proxy, seconds, enough)
    finally:
        _end(proxy, what)


async def _looking(proxy: Proxy, seconds: float, enough: Seen) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not enough(proxy.ask("counts")):  # noqa: ASYNC110
        await asyncio.sleep(min(LOOK_EVERY_S, max(0.0, deadline - time.monotonic())))


def _end(proxy: Proxy, what: str) -> None:
    with contextlib.suppress(ProxyError):  # with the proxy its faults have ended as well
        proxy.ask("end", what=what)


def _count(counts: Mapping[str, int], what: str) -> int:
    return int(counts.get(what, 0))
