"""A lane's table written anew from the retained topics, after its changelog was lost. The lane must not run meanwhile.

Committed offsets stay as they are. What lies before them was read here; what lies behind them was read here as well,
and is a duplicate to the lane that reads it again, as everything would be if the offsets were lost, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import click
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from milepost.commands.lags import members_of
from milepost.runtime import kafka_access
from milepost.runtime.durable.interface import Tuning
from milepost.runtime.topic_kinds import Lane, app_id

MEMBERS_POLL_S = 0.5
Say = Callable[[str], None]


@dataclass(slots=True)
class Rebuilt:
    """What was written. ``left``: rows that the changelog still had as they should be. ``skipped``: what could not be.

    ``open``: commands that the ERP has still to answer; ``unposted``: those of them that nobody had ever sent.
    """

    rows: int = 0
    left: int = 0
    open: int = 0
    unposted: int = 0
    outputs: int = 0
    skipped: int = 0


async def must_be_stopped(bootstrap: str, lane: Lane, within_s: float, say: Say) -> None:
    """Raise ClickException while a process of the lane is in its group: two writers would undo each other's rows.

    A process that was stopped stays in its group until its session ends, so that it can come back to its partitions:
    it is waited for, ``within_s`` at most.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **kafka_access.options())
    await admin.start()
    clock, told = asyncio.get_running_loop().time, False
    deadline = clock() + within_s
    try:
        while members := await members_of(admin, lane):
            if clock() >= deadline:
                raise click.ClickException(f"lane {lane} runs: {members} in group {app_id(lane)}; stop it first")
            if not told:
                say(f"{members} in group {app_id(lane)}; waiting up to {within_s:g} s for the session to end")
                told = True
            await asyncio.sleep(MEMBERS_POLL_S)
    finally:
        await admin.close()


class Changelog:
    """Writes rows to a changelog, each to the partition of its table, and waits for every acknowledgement."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def write(self, topic: str, partition: int | None, rows: Iterable[tuple[str, bytes]]) -> int:
        """Write (key, value) pairs; without a partition each goes where its key points. Returns how many."""
        waiting = [
            await self._producer.send(topic, value, key=key.encode("utf-8", "surrogateescape"), partition=partition)
            for key, value in rows
        ]
        for one in waiting:
            await one
        return len(waiting)


@asynccontextmanager
async def writing(bootstrap: str) -> AsyncIterator[Changelog]:
    """Open a producer for a rebuild."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        linger_ms=5,
        max_request_size=Tuning().max_message_bytes,
        **kafka_access.options(),
    )
    await producer.start()
    try:
        yield Changelog(producer)
    finally:
        await producer.stop()
