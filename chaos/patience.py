"""Asking a broker that may be down: again and again, with new connections, until a time is over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import aiohttp
from aiokafka.errors import KafkaError
from milepost.simulators.quiet import GroupsQuiet, NotQuiet

AGAIN_AFTER_S: Final = 0.5
AWAY = (KafkaError, OSError, TimeoutError, aiohttp.ClientError)
"""What asking somebody who is away may raise."""

ASK_WITHIN_S: Final = 30.0

Answer = TypeVar("Answer")


async def patiently(ask: Callable[[], Awaitable[Answer]], within_s: float) -> Answer:
    """The answer; what the last attempt raised when there is none in time."""
    deadline = asyncio.get_running_loop().time() + within_s
    while True:
        try:
            return await ask()
        except AWAY:
            if asyncio.get_running_loop().time() > deadline:
                raise
        await asyncio.sleep(AGAIN_AFTER_S)


async def until_quiet(bootstrap: str, within_s: float, check: Callable[[], None] = lambda: None) -> None:
    """Wait until every lane has committed all there is, whatever falls and comes back meanwhile.

    Raises NotQuiet, and what ``check`` raises, which is asked before each look.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    why = "the broker does not answer"
    while (left_s := deadline - loop.time()) > 0:
        check()
        try:
            # Looked at in short spells: a client may wait for a broker that is gone for longer than it is away.
            async with asyncio.timeout(ASK_WITHIN_S), GroupsQuiet(bootstrap, timeout_s=min(left_s, 15.0)) as quiet:
                return await quiet()
        except NotQuiet as error:
            why = str(error)
        except AWAY as error:
            why = repr(error)
            await asyncio.sleep(AGAIN_AFTER_S)
    raise NotQuiet(f"not at rest within {within_s:.0f} s; the last look: {why}")
