"""A steady load of departures, and what comes of each: its command, its receipt, and the flood's receipts beside it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable

import msgspec
from milepost.bench.flood import OWNER
from milepost.bench.pipeline import GOODS_ISSUE, SEEN_WITHIN_S, SLICE_S, Departure, Feed
from milepost.bench.whole import Listener
from milepost.codecs import canonical
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingAnswered, PostingCommand
from milepost.runtime.topic_table import ERP_COMMANDS, ERP_RECEIPTS
from milepost.simulators.feeder import messages_of

LOOK_S = 0.05


class Receipts:
    """Hears the ERP's answers: when each goods issue was first accepted, and how often each command of the flood."""

    def __init__(self, bootstrap: str) -> None:
        self.seen: dict[str, float] = {}
        self.others = 0
        self.flood: Counter[str] = Counter()
        self.close = Listener(bootstrap, ERP_RECEIPTS, self._heard).close

    def _heard(self, value: bytes, at_s: float) -> None:
        event = canonical.decode(value)
        assert isinstance(event.body, PostingAnswered)
        if event.owner.startswith(OWNER):
            self.flood[event.owner] += event.body.outcome == "accepted"
            return
        self.others += 1
        if event.body.outcome == "accepted" and event.body.command.chain.startswith(GOODS_ISSUE):
            self.seen.setdefault(f"{event.owner} {event.body.command.chain}", at_s)


class Commands:
    """Hears what fulfilment commands: when each goods issue was first seen on its way."""

    def __init__(self, bootstrap: str) -> None:
        self.seen: dict[str, float] = {}
        self._decode = msgspec.json.Decoder(PostingCommand).decode
        self.close = Listener(bootstrap, ERP_COMMANDS, self._heard).close

    def _heard(self, value: bytes, at_s: float) -> None:
        command = self._decode(value)
        if command.chain.startswith(GOODS_ISSUE):
            self.seen.setdefault(f"{command.owner} {command.chain}", at_s)


class Load:
    """Departures at a steady rate, window by window."""

    def __init__(self, bootstrap: str, departures: list[Departure], rate: float) -> None:
        self.receipts, self._commands = Receipts(bootstrap), Commands(bootstrap)
        self._feed, self._rest, self._rate = Feed(bootstrap), iter(departures), rate

    def close(self) -> None:
        """End its threads."""
        self.receipts.close()
        self._commands.close()

    def before(self, events: list[Event]) -> None:
        """Send what has to happen before any departure."""
        for key, value in messages_of(events):
            self._feed.send(key, value)
        self._feed.flush()

    async def run(self, seconds: float) -> dict[str, float]:
        """Send for so long; return when each goods issue's departure was sent."""
        sent: dict[str, float] = {}
        began = time.monotonic()
        for number in range(int(seconds * self._rate)):
            while (time.monotonic() - began) * self._rate < number:  # noqa: ASYNC110 - a clock, not an event
                await asyncio.sleep(SLICE_S)
            event, chain = next(self._rest)
            sent[f"{event.owner} {chain}"] = time.monotonic()
            self._feed.send(event.owner.encode(), msgspec.json.encode(event))
        await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
        self._feed.flush()
        return sent

    async def answered(self, sent: dict[str, float]) -> tuple[list[float], list[float]]:
        """Wait for the receipts; return the seconds that each command took, and each receipt."""
        heard = self._commands.seen, self.receipts.seen
        await until(lambda: all(sent.keys() <= seen.keys() for seen in heard), "goods issues without a receipt")
        commanded, booked = ([seen[name] - at for name, at in sent.items()] for seen in heard)
        return commanded, booked


async def until(done: Callable[[], bool], otherwise: str) -> None:
    """Wait; SystemExit, saying what is there otherwise, when it takes too long."""
    deadline = time.monotonic() + SEEN_WITHIN_S
    while not done():
        if time.monotonic() > deadline:
            raise SystemExit(f"{otherwise} after {SEEN_WITHIN_S:g} s: no figure is worth printing")
        await asyncio.sleep(LOOK_S)
