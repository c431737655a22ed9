"""What the gateway's tests stand on: partners, a broker in memory, a clock that a test turns, a door over all of it."""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from milepost.codecs.dialects.model import Place
from milepost.codecs.dialects.paths import parsed
from milepost.gateway.fetching import Fetched, NotFetched
from milepost.gateway.limits import Limits
from milepost.gateway.once import Once
from milepost.gateway.partners import Fetch, Partner, Signature, Timestamp
from milepost.gateway.publishing import NotTaken
from milepost.gateway.receiving import Delivery, Receiving
from milepost.gateway.records import Record
from milepost.gateway.service import Service
from milepost.metrics.gateway import GatewayCounts
from milepost.metrics.registry import Registry
from milepost.runtime.durable.interface import Incoming
from milepost.runtime.setting_kinds import Secret

KEY = "planted-key-7f3a"
START_S = 1_780_000_000.0


class Clock:
    """Seconds; turned by the test alone."""

    def __init__(self, now_s: float = START_S) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


class Broker:
    """Takes records, unless it is away. ``gate``: records are acknowledged only while it is set."""

    def __init__(self) -> None:
        self.records = list[Record]()
        self.is_away = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = asyncio.Event()

    async def publish(self, records: Sequence[Record]) -> None:
        self.asked.set()
        await self.gate.wait()
        if self.is_away:
            raise NotTaken
        self.records += records

    def values(self) -> list[bytes]:
        return [record.value for record in self.records]


class Pointed:
    """Documents by their address."""

    def __init__(self) -> None:
        self.documents = dict[str, bytes]()
        self.asked = list[str]()

    async def get(self, fetch: Fetch, url: str) -> Fetched:
        self.asked.append(url)
        if url not in self.documents:
            raise NotFetched("its server answered 404")
        return Fetched(self.documents[url], "application/json")


class Listening:
    def __init__(self) -> None:
        self.signs = list[tuple[str, bool]]()
        self.duplicates = self.reused = self.bytes = 0

    def alive(self, partner: str, *, kept: bool) -> None:
        self.signs.append((partner, kept))

    def taken(self, partner: str, size: int) -> None:
        self.bytes += size

    def duplicate(self, partner: str) -> None:
        self.duplicates += 1

    def id_reused(self, partner: str) -> None:
        self.reused += 1


def place(header: str = "", path: str = "") -> Place:
    return Place(header=header, path=parsed(path) if path else None)


def signature(**changes: Any) -> Signature:
    return Signature(**{"scheme": "hmac-sha256", "secrets": (Secret(KEY),), "header": "X-Signature", **changes})


def partner(name: str = "acme", **changes: Any) -> Partner:
    return Partner(**{"name": name, "signature": signature(), "message_id": place("X-Message-ID"), **changes})


TIMESTAMP = Timestamp(header="X-Time", tolerance_s=300)


def signed(body: bytes, key: str = KEY, *, header: str = "X-Signature", **more: str) -> dict[str, str]:
    return {header: hmac.digest(key.encode(), body, "sha256").hex(), **more}


def signed_base64(body: bytes, key: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), body, "sha256")).decode()


def headers_of(headers: Mapping[str, str]) -> Callable[[str], str]:
    low = {name.lower(): value for name, value in headers.items()}
    return lambda name: low.get(name.lower(), "")


def delivery(
    body: bytes,
    headers: Mapping[str, str] | None = None,
    to: str = "acme",
    peer: str = "192.0.2.7",
    sandbox: bool = False,
) -> Delivery:
    return Delivery(to, headers_of(signed(body) if headers is None else headers), body, peer, sandbox)


def logged(record: Record, at_s: float = START_S, partition: int = 0, offset: int = 0) -> Incoming:
    """The record as the topic has it, taken at that time."""
    return Incoming(
        record.topic, partition, offset, record.key, record.value, int(at_s * 1000), tuple(record.headers)
    )  # fmt: skip


class Door:
    """Receiving over a broker in memory."""

    def __init__(self, *partners: Partner, **options: Any) -> None:
        self.broker, self.pointed, self.listening, self.clock = Broker(), Pointed(), Listening(), Clock()
        self.once = Once(options.pop("seen", 1000))
        self.receiving = Receiving(
            {one.name: one for one in partners or (partner(),)}, self.broker, self.pointed, self.listening,
            now=self.clock, clock=self.clock, once=self.once, **options,
        )  # fmt: skip

    async def post(self, body: bytes, headers: Mapping[str, str] | None = None, **options: Any) -> tuple[int, str]:
        answer = await self.receiving.answer(delivery(body, headers, **options))
        return answer.status, answer.why


@asynccontextmanager
async def serving(door: Door, limits: Limits | None = None) -> AsyncIterator[tuple[Service, GatewayCounts, Registry]]:
    """The door behind a real port."""
    registry = Registry("gateway")
    counts = GatewayCounts(registry, ["acme"])
    service = Service(door.receiving, counts, limits)
    counts.watch(lambda: service.room.requests, lambda: {"acme": 1.0}, dict, {"acme": 60.0})
    await service.start("127.0.0.1", 0)
    try:
        yield service, counts, registry
    finally:
        await service.stop()
