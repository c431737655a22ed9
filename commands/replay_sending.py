"""Messages sent again at a limited rate, so that what happens now keeps its place before what happened then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from milepost.commands.replay_reading import committed
from milepost.runtime import kafka_access
from milepost.runtime.topic_kinds import Lane

SLICE_S = 0.05
SLICES_BETWEEN_LOOKS = 20
READ_POLL_S = 0.2
IN_STEP_S = 2.0
"""So many seconds' worth may wait unread: a commit is that old, and more would stand before the messages of today."""
IN_STEP_WITHIN_S = 60.0
"""A lane that does not catch up in so long is down: the rest goes all the same, and waits for it on the topic."""


class Sending(NamedTuple):
    """One record to publish under its owner's key."""

    topic: str
    owner: str
    value: bytes


Ends = dict[tuple[str, int], int]


async def _free() -> None:
    """Nothing is to be waited for."""


async def send(
    bootstrap: str, sendings: Sequence[Sending], rate_per_s: float, seen: Callable[[int], None],
    clear: Callable[[], Awaitable[None]] = _free, lane: Lane = "fulfilment",
) -> Ends:  # fmt: skip
    """Publish in order, at most ``rate_per_s``; returns where each partition ends then. ``seen`` hears how many went.

    Each slice is acknowledged before the next: whoever stops it knows what has gone. The ``lane`` that reads it is
    waited for when it falls behind: what happens today is never queued behind much of what is sent again. ``clear`` is
    awaited first and then about once a second: it comes back when nobody is harmed.
    """
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, **kafka_access.options()
    )
    await producer.start()
    clock = asyncio.get_running_loop().time
    ends: Ends = {}
    try:
        size, due, reads = max(1, int(rate_per_s * SLICE_S)), clock(), True
        for start in range(0, len(sendings), size):
            await asyncio.sleep(max(0.0, due - clock()))
            if start % (size * SLICES_BETWEEN_LOOKS) == 0:
                await clear()
            due = max(due, clock()) + size / rate_per_s  # what a wait has cost is not made up for in a burst
            await _publish(producer, sendings[start : start + size], ends)
            seen(min(start + size, len(sendings)))
            if reads and start % (size * SLICES_BETWEEN_LOOKS) == 0:
                reads = await read_by_lane(bootstrap, ends, IN_STEP_WITHIN_S, int(rate_per_s * IN_STEP_S), lane)
    finally:
        await producer.stop()
    return ends


async def _publish(producer: AIOKafkaProducer, some: Sequence[Sending], ends: Ends) -> None:
    waiting = [await producer.send(one.topic, one.value, key=one.owner.encode()) for one in some]
    for kept in await asyncio.gather(*waiting):
        ends[kept.topic, kept.partition] = max(ends.get((kept.topic, kept.partition), 0), kept.offset + 1)


async def read_by_lane(bootstrap: str, ends: Ends, within_s: float, unread: int = 0, lane: Lane = "fulfilment") -> bool:
    """Wait until the lane has at most ``unread`` records before ``ends`` to read, whoever wrote them.

    False when that takes longer.
    """
    deadline = asyncio.get_running_loop().time() + within_s
    while asyncio.get_running_loop().time() < deadline:
        offsets = await committed(bootstrap, lane)
        if sum(max(0, end - offsets.get(at, 0)) for at, end in ends.items()) <= unread:
            return True
        await asyncio.sleep(READ_POLL_S)
    return False
