"""A stream of partners' messages at a steady rate, and when each fact was first in the journal."""

from __future__ import annotations

import asyncio
import time
from typing import NamedTuple

import msgspec
from milepost.bench.compare import say
from milepost.bench.pipeline import Feed
from milepost.bench.whole import Listener
from milepost.contracts.events import Event
from milepost.runtime.topic_table import ORDERS_JOURNAL
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Place, Record
from milepost.workflow.rules import Rules
from milepost.workflow.step import step

SLICE_S = 0.001

Name = tuple[str, str]
"""Owner and fact key."""


class _Fact(msgspec.Struct):
    owner: str
    business_key: str


class _Entry(msgspec.Struct):
    facts: tuple[_Fact, ...] = ()


class Sent(NamedTuple):
    """One message: when it went and in which phase."""

    at_s: float
    phase: str


def taken_in(events: list[Event], rules: Rules) -> set[Name]:
    """Return the facts of ``events`` that the core takes in; what a load passes on to its orders is not among them."""
    records: dict[str, Record] = {}
    taken: set[Name] = set()
    for number, event in enumerate(events):
        before = records.get(event.owner) or Record(event.owner)
        records[event.owner], out = step(before, [Arrival(event, Place(0, number))], rules, 1)
        taken |= {(f.owner, f.business_key) for entry in out.journal for f in entry.facts} & {_name(event)}
    return taken


def _name(event: Event) -> Name:
    return event.owner, event.business_key


class Journal:
    """Hears the journal and notes when each fact was first in it."""

    def __init__(self, bootstrap: str) -> None:
        self.seen: dict[Name, float] = {}
        self._decode = msgspec.json.Decoder(_Entry).decode
        self.close = Listener(bootstrap, ORDERS_JOURNAL, self._heard).close

    def _heard(self, value: bytes, at_s: float) -> None:
        for fact in self._decode(value).facts:
            self.seen.setdefault((fact.owner, fact.business_key), at_s)


class Stream:
    """Feeds partners' messages, each noted with the phase it went in. ``phase``: the one that is now."""

    def __init__(self, feed: Feed) -> None:
        self.phase, self.sent = "warm-up", dict[Name, Sent]()
        self._feed, self._stop = feed, asyncio.Event()

    async def run(self, events: list[Event], rate: float | None) -> None:
        """Send, at a rate or as fast as it goes, until there is no more or ``stop`` was called."""
        began = time.monotonic()
        for number, event in enumerate(events):
            while rate and (time.monotonic() - began) * rate < number:  # noqa: ASYNC110 - a clock, not an event
                await asyncio.sleep(SLICE_S)
            if self._stop.is_set():
                return
            self.sent.setdefault(_name(event), Sent(time.monotonic(), self.phase))
            self._feed.send(event.owner.encode(), msgspec.json.encode(event))
        if rate:
            say("the messages did not last to the end; more --orders are needed")

    def stop(self) -> None:
        self._stop.set()
