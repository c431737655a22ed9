"""Faults of the broker itself. Each ends by itself, leaves the broker running, and says what it did."""

from __future__ import annotations

import asyncio
import time

from milepost.chaos.broker_under_test import BrokerUnderTest
from milepost.chaos.injected import Injected, injected

TARGET = "broker"


async def kill_and_revive(broker: BrokerUnderTest, *, down_s: float) -> Injected:
    """kill -9, and a start on the same data and address down_s later; ends when it answers again."""
    began = time.time()
    await asyncio.to_thread(broker.kill)
    try:
        await asyncio.sleep(down_s)
    finally:
        # Also when cancelled: whoever cleans up next needs a broker.
        await asyncio.shield(asyncio.to_thread(broker.revive))
    return injected("broker_kill", TARGET, began, down_s=down_s)


async def suspend(broker: BrokerUnderTest, *, seconds: float) -> Injected:
    """SIGSTOP, and SIGCONT after some seconds."""
    began = time.time()
    broker.suspend()
    try:
        await asyncio.sleep(seconds)
    finally:
        broker.resume()
    return injected("broker_suspend", TARGET, began, seconds=seconds)


async def stutter(
    broker: BrokerUnderTest, *, seconds: float, stopped_s: float = 0.4, running_s: float = 0.1
) -> Injected:
    """A slow broker: stopped and let run in turns, so that it has a part of its speed."""
    began = time.time()
    deadline, stops = time.monotonic() + seconds, 0
    try:
        while time.monotonic() < deadline:
            broker.suspend()
            stops += 1
            await asyncio.sleep(stopped_s)
            broker.resume()
            await asyncio.sleep(running_s)
    finally:
        broker.resume()
    return injected("broker_slow", TARGET, began, stops=stops, speed=running_s / (stopped_s + running_s))
