"""A flood of reconciliation commands: stock counts, each of an owner of its own, at a steady rate.

A process of its own, so that making the flood takes nothing from who measures. Each line on its standard input,
`FIRST COUNT RATE`, is one flood; it answers with a line when the broker has all of it.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from confluent_kafka import Producer
from milepost.bench.topic_work import PARTITIONS, QUIET
from milepost.contracts.documents import DocumentLine, InventoryAdjustment, journal_of
from milepost.contracts.identifiers import digest
from milepost.contracts.postings import PostingCommand
from milepost.runtime.partitioner import partition_of
from milepost.runtime.topic_table import ERP_COMMANDS_RECONCILIATION

OWNER = "count/flood-"
SLICE_S = 0.005


def command(number: int) -> PostingCommand:
    """The adjustment that one count found."""
    owner = f"{OWNER}{number}"
    line = DocumentLine(line="1", item="FLOOD", quantity=1 + number % 9, amount_minor=100 * (1 + number % 9))
    document = InventoryAdjustment(
        date="2026-01-15", node="FLOOD", currency="EUR", gain=bool(number % 2), reason="count", lines=(line,)
    )
    chain = f"inventory_adjustment/{owner}"
    return PostingCommand(
        id=digest(owner, chain, document), owner=owner, chain=chain, sequence=0, document=document,
        journal=journal_of(document), priority="reconciliation",
    )  # fmt: skip


def send(producer: Any, first: int, count: int, rate: float) -> None:
    """Send so many commands at the rate."""
    began = time.monotonic()
    for number in range(count):
        while (time.monotonic() - began) * rate < number:
            time.sleep(SLICE_S)
        one = command(first + number)
        key = one.owner.encode()
        producer.produce(ERP_COMMANDS_RECONCILIATION, msgspec.json.encode(one), key, partition_of(key, PARTITIONS))
        producer.poll(0)
    producer.flush()


class Flood:
    """The process that floods."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.sent = 0
        self._process = process

    async def __call__(self, count: int, rate: float) -> None:
        """Send so many commands; returns when the broker has them."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{self.sent} {count} {rate}\n".encode())
        self.sent += count
        if not await self._process.stdout.readline():
            raise SystemExit("the process that floods has ended")


@asynccontextmanager
async def flooding(bootstrap: str) -> AsyncIterator[Flood]:
    """Start the process that floods, end it on leaving."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "milepost.bench.flood", bootstrap,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Flood(process)
    finally:
        process.kill()
        await process.wait()


def main() -> None:
    """Send what the lines ask for, until there are no more."""
    settings = {"bootstrap.servers": sys.argv[1], "linger.ms": 0, "enable.idempotence": True}
    producer: Any = Producer(settings | QUIET)
    for line in sys.stdin:
        first, count, rate = line.split()
        send(producer, int(first), int(count), float(rate))
        print("sent", flush=True)


if __name__ == "__main__":
    main()
