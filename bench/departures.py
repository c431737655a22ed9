"""A steady feed of departures into the fulfilment lane, and when the command for each was seen."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from typing import Any, Final, NamedTuple

import msgspec
from confluent_kafka import Producer
from milepost.agents.ownership import ROUTES
from milepost.bench.pipeline import Departure
from milepost.bench.topic_work import PARTITIONS, QUIET
from milepost.bench.whole import Listener
from milepost.codecs import canonical
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingCommand
from milepost.runtime.partitioner import partition_of
from milepost.runtime.topic_table import ERP_COMMANDS

ANSWERED_WITHIN_S: Final = 120.0
SLICE_S: Final = 0.005
_command_of = msgspec.json.Decoder(PostingCommand).decode


class Answer(NamedTuple):
    """Of one departure: the partition, when it was sent and when its goods issue's command was seen, in seconds."""

    partition: int
    sent_s: float
    seen_s: float


class Departures:
    """Feeds and listens. ``sent``: those that went, in their order."""

    def __init__(self, bootstrap: str, departures: list[Departure]) -> None:
        settings = {"bootstrap.servers": bootstrap, "linger.ms": 0, "enable.idempotence": True,
                    "queue.buffering.max.messages": 1_000_000}  # fmt: skip
        self._producer: Any = Producer(settings | QUIET)
        self._waiting = list(reversed(departures))
        self.sent: list[Departure] = []
        self._sent_s: dict[str, float] = {}
        self._seen_s: dict[str, float] = {}
        self._commands = Counter[str]()
        self._stop = asyncio.Event()
        self._listener = Listener(bootstrap, ERP_COMMANDS, self._hear)

    @staticmethod
    def now_s() -> float:
        return time.monotonic()

    @property
    def said_again(self) -> int:
        """Commands that came more than once under one id: who takes a partition over may say what has no answer yet
        again, and the ERP knows it."""
        return sum(times - 1 for times in self._commands.values())

    def bring(self, events: list[Event]) -> None:
        """Send everything that comes before the departures."""
        for event in events:
            self._send(event)
        self._producer.flush()

    async def run(self, rate: float) -> None:
        """Send at this rate until ``stop``. SystemExit when there are no more."""
        began = self.now_s()
        while not self._stop.is_set():
            for _ in range(int((self.now_s() - began) * rate) - len(self.sent)):
                if not self._waiting:
                    raise SystemExit(f"all {len(self.sent)} departures are sent: more --orders, or a lower --rate")
                event, chain = self._waiting.pop()
                self._sent_s[f"{event.owner} {chain}"] = self.now_s()
                self.sent.append((event, chain))
                self._send(event)
            await asyncio.sleep(SLICE_S)

    async def stop(self, feeding: asyncio.Task[None]) -> None:
        """End ``run`` and wait for the last answers."""
        self._stop.set()
        await feeding
        self._producer.flush()
        await self.answered(self.now_s())

    async def answered(self, until_s: float) -> list[Answer]:
        """Wait until every departure sent by then has its command, and return them. SystemExit when one has none."""
        wanted = {name for name, at_s in list(self._sent_s.items()) if at_s <= until_s}
        deadline = self.now_s() + ANSWERED_WITHIN_S
        while missing := wanted - self._seen_s.keys():
            if self.now_s() > deadline:
                raise SystemExit(f"{len(missing)} of {len(wanted)} departures have no command, such as {min(missing)}")
            await asyncio.sleep(0.02)
        return [
            Answer(partition_of(name.partition(" ")[0].encode(), PARTITIONS), self._sent_s[name], self._seen_s[name])
            for name in wanted
        ]

    def close(self) -> None:
        with contextlib.suppress(RuntimeError):
            self._listener.close()

    def _hear(self, value: bytes, at_s: float) -> None:
        command = _command_of(value)
        self._commands[command.id] += 1
        self._seen_s.setdefault(f"{command.owner} {command.chain}", at_s)

    def _send(self, event: Event) -> None:
        key = event.owner.encode()
        self._producer.produce(ROUTES[type(event.body)], canonical.encode(event), key, partition_of(key, PARTITIONS))
        self._producer.poll(0)
