"""A partner's system in virtual time: it may be busy, lose an answer, or take something long after we gave up."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from milepost.runtime.erp.protocol import Accepted, Answer, Busy, ErpUnavailable, Known, Rejected, Undecidable, Unknown
from milepost.tables.delivery import Delivery
from milepost.tests.posting.virtual_time import now

LATENCY_S = 0.3
LATE_S = 6.0


@dataclass(frozen=True)
class Weather:
    """Shares of requests that go wrong in each way, and refused ids."""

    busy: float = 0.0
    throttled: float = 0.0
    answer_lost: float = 0.0
    late: float = 0.0
    lookup_down: float = 0.0
    retry_after_s: float = 0.7


class Arrived(NamedTuple):
    at: float
    delivery: str
    owner: str
    value: bytes


class Partner:
    """What outlives our processes. ``minds_ids``: what comes twice under one id has one effect."""

    def __init__(self, weather: Weather, rng: Random, *, minds_ids: bool) -> None:
        self.weather, self.minds_ids, self._rng = weather, minds_ids, rng
        self.arrived: list[Arrived] = []
        self.effects: Counter[str] = Counter()
        self.first: dict[str, int] = {}
        self.working: set[asyncio.Task[object]] = set()
        self.before: Callable[[Delivery], None] = lambda delivery: None

    def take(self, delivery: Delivery) -> None:
        self.arrived.append(Arrived(now(), delivery.id, delivery.owner, delivery.value))
        if not (self.minds_ids and self.effects[delivery.id]):
            self.effects[delivery.id] += 1
        self.first.setdefault(delivery.id, len(self.first))

    async def ask(self, delivery: Delivery) -> Answer:
        self.before(delivery)
        roll, weather = self._rng.random(), self.weather
        await asyncio.sleep(self._rng.uniform(0.0, LATENCY_S))
        for share, answer in (
            (weather.busy, Busy("503")),
            (weather.throttled, Busy("429", weather.retry_after_s, throttled=True)),
        ):
            if roll < share:
                return answer
            roll -= share
        if roll < weather.late:
            late = asyncio.ensure_future(self._later(delivery))
            self.working.add(late)
            late.add_done_callback(self.working.discard)
            return Unknown("cut")
        self.take(delivery)
        return Unknown("lost") if roll - weather.late < weather.answer_lost else Accepted("HTTP 201")

    async def settled(self) -> None:
        while self.working:
            await asyncio.wait(self.working)

    async def _later(self, delivery: Delivery) -> None:
        await asyncio.sleep(self._rng.uniform(0.0, LATE_S))
        self.take(delivery)

    def answers_lookup(self) -> bool:
        return self._rng.random() >= self.weather.lookup_down


class There(NamedTuple):
    number: str
    booked_at: None = None


class Line:
    """One process's gateway to the partner. What has left goes on whatever becomes of the process."""

    def __init__(self, partner: Partner, *, repeatable: bool, lookup: bool) -> None:
        self.longest_processing_s = 0.0 if repeatable else LATENCY_S + LATE_S
        self._partner, self._repeatable, self._lookup = partner, repeatable, lookup
        self.began: list[float] = []
        self.under_way: list[str] = []
        self.most_under_way = 0
        self.refusing = False

    async def post(self, command: Delivery) -> Answer:
        assert command.owner not in self.under_way, f"two requests at once for {command.owner}"
        self.under_way.append(command.owner)
        self.most_under_way = max(self.most_under_way, len(self.under_way))
        self.began.append(now())
        try:
            if self.refusing:
                return Rejected("HTTP_422", "no such item")
            return await asyncio.shield(asyncio.ensure_future(self._partner.ask(command)))
        finally:
            self.under_way.remove(command.owner)

    async def find(self, reference: str) -> Sequence[Known]:
        self.began.append(now())
        if self._repeatable:
            return ()
        if not self._lookup:
            raise Undecidable("nobody can ask")
        await asyncio.sleep(LATENCY_S / 2)
        if not self._partner.answers_lookup():
            raise ErpUnavailable("down")
        return (There("found"),) if self._partner.effects[reference] else ()

    async def close(self) -> None:
        """Nothing is open."""
