"""What a replay of everything does to the orders of today: latency at a steady rate, without one and while it runs.

All four lanes and the simulated ERP without faults, a real Kafka; every one a process. A history is taken in first.
Then partners' messages come at a steady rate, and `milepost replay --all --again` runs in their middle at its default
rate. Latency is from the producer's call to the journal's entry that says the order has the fact, for each fact that
the bare core would take in. Rows: before the replay; while it reads and compares; while it publishes and its messages
are read; while it looks at what came of it; after it. Repeat: make bench-replay
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from confluent_kafka import Consumer, TopicPartition
from milepost.bench.compare import machine, say
from milepost.bench.pipeline import ERP_CONCURRENCY, ERP_RATE_PER_S, QUIET_WITHIN_S, Feed
from milepost.bench.results import keep
from milepost.bench.topic_work import PARTITIONS, QUIET
from milepost.broker.choose import open_broker
from milepost.commands.stack import Plan, running_stack
from milepost.contracts.events import Event
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings, to_environment
from milepost.runtime.topic_table import ORDERS_JOURNAL
from milepost.runtime.topics import create_missing
from milepost.simulators.life import lives
from milepost.simulators.quiet import GroupsQuiet
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Place, Record
from milepost.workflow.rules import Rules
from milepost.workflow.step import step

SLICE_S = 0.001
POLL_S = 0.2
WARM_UP_S = 3.0
EVENTS_PER_ORDER = 20  # fewer than there are
REPLAY_WITHIN_S = 600.0
PHASES = ("without", "comparing", "publishing", "looking again", "after")
BEGINS = {"publishing": "publishing", "afterwards:": "looking again"}
"""With which word of the verb which phase begins."""

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
    """Reads the journal in a thread of its own and notes when each fact was first in it."""

    def __init__(self, bootstrap: str) -> None:
        self.seen: dict[Name, float] = {}
        self._decode = msgspec.json.Decoder(_Entry).decode
        self._ended = False
        settings = {"bootstrap.servers": bootstrap, "group.id": "bench-journal", "enable.auto.commit": False,
                    "fetch.wait.max.ms": 5}  # fmt: skip
        self._consumer: Any = Consumer(settings | QUIET)
        self._consumer.assign([TopicPartition(ORDERS_JOURNAL, partition, 0) for partition in range(PARTITIONS)])
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while not self._ended:
            record = self._consumer.poll(POLL_S)
            if record is None or record.error() is not None:
                continue
            now = time.monotonic()
            for fact in self._decode(record.value()).facts:
                self.seen.setdefault((fact.owner, fact.business_key), now)

    def close(self) -> None:
        """End the thread."""
        self._ended = True
        self._thread.join()
        self._consumer.close()


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


async def replayed(settings: Settings, entered: Callable[[str], None]) -> list[str]:
    """Run the verb over everything; ``entered`` hears of its phases. SystemExit when it fails or takes too long."""
    verb = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "milepost.commands.main", "replay", "--all", "--again", "--broker", settings.broker,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env=_environment(settings),
    )  # fmt: skip
    assert verb.stdout is not None
    lines: list[str] = []
    try:
        async with asyncio.timeout(REPLAY_WITHIN_S):
            async for line in verb.stdout:
                lines.append(line.decode().rstrip())
                if phase := BEGINS.get(lines[-1].partition(" ")[0]):
                    entered(phase)
            code = await verb.wait()
    finally:
        if verb.returncode is None:
            verb.kill()
            await verb.wait()
    if code not in (0, 1) or not any(line.startswith("afterwards:") for line in lines):
        raise SystemExit(f"the replay ended with {code}: {' / '.join(lines[-3:])}")
    return lines


def _environment(settings: Settings) -> dict[str, str]:
    import os

    # Unbuffered: its words tell the phases.
    return {**os.environ, **to_environment(settings), "PYTHONUNBUFFERED": "1"}


async def measure(settings: Settings, given: argparse.Namespace, rules: Rules) -> dict[str, Any]:
    """Take in the history, then stream with the replay in the middle; return the figures of each phase."""
    acts = [act.event for act in lives(given.seed, given.orders).acts]
    taken = taken_in(acts, rules)
    history, today = acts[: given.history], acts[given.history :]
    feed, journal = Feed(settings.broker), Journal(settings.broker)
    try:
        async with GroupsQuiet(settings.broker, timeout_s=QUIET_WITHIN_S) as quiet:
            await Stream(feed).run(history, None)
            feed.flush()
            await quiet()
            say(f"{len(history)} messages of history taken in")
            stream = Stream(feed)
            streaming = asyncio.create_task(stream.run(today, given.rate))
            took = await _phases(stream, settings, given.seconds)
            stream.stop()
            await streaming
            feed.flush()
            await quiet()
            await asyncio.sleep(2 * POLL_S)  # the reader is a moment behind the broker
    finally:
        journal.close()
    wanted = {name: sent for name, sent in stream.sent.items() if name in taken}
    if missing := wanted.keys() - journal.seen.keys():
        raise SystemExit(f"{len(missing)} facts are not in the journal, such as {min(missing)}: no figure is printed")
    return {phase: _figures(wanted, journal.seen, phase) | {"seconds": took.get(phase, 0.0)} for phase in PHASES}


async def _phases(stream: Stream, settings: Settings, seconds: float) -> dict[str, float]:
    """Go through the phases; return how long each took."""
    took: dict[str, float] = {}
    began = time.monotonic()

    def enter(phase: str) -> None:
        nonlocal began
        took[stream.phase], began, stream.phase = time.monotonic() - began, time.monotonic(), phase

    await asyncio.sleep(WARM_UP_S)
    enter("without")
    await asyncio.sleep(seconds)
    enter("comparing")
    for line in await replayed(settings, enter):
        say(f"  replay: {line}")
    enter("after")
    await asyncio.sleep(seconds)
    enter("")
    return took


def _figures(sent: dict[Name, Sent], seen: dict[Name, float], phase: str) -> dict[str, float]:
    spans = sorted(seen[name] - one.at_s for name, one in sent.items() if one.phase == phase)
    if not spans:
        return {"events": 0}
    return {"events": len(spans), "p50_ms": 1e3 * spans[len(spans) // 2], "p99_ms": 1e3 * spans[int(len(spans) * 0.99)]}


async def staged(given: argparse.Namespace, broker: Any, folder: Path) -> dict[str, Any]:
    """Bring up the lanes and the ERP, then measure."""
    settings = replace(
        Settings(), data_dir=folder, ticks="external", erp_rate_per_s=ERP_RATE_PER_S, erp_concurrency=ERP_CONCURRENCY,
        log_level="warning",
    )  # fmt: skip
    rules = load_rules(settings.policy_dir, settings.reference_dir, settings.tenant)
    plan = Plan(
        kind="bench", settings=settings, run_dir=folder, erp_arguments=("--faults", "none", "--unique-reference")
    )
    async with running_stack(plan, broker) as stack:
        return await measure(stack.settings, given, rules)


def asked() -> argparse.Namespace:
    """Read the command line; bad arguments are one line and exit 2."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=2400, help="of which messages are made")
    parser.add_argument("--history", type=int, default=2000, help="messages that are taken in before")
    parser.add_argument("--rate", type=float, default=400.0, help="messages per second")
    parser.add_argument("--seconds", type=float, default=15.0, help="of the phases without a replay")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if not 1 <= given.rate <= 10_000 or given.seconds < 1 or given.history < 1:
        parser.error("--rate is from 1 to 10000, --seconds and --history are at least 1")
    if given.orders * EVENTS_PER_ORDER < given.history + given.rate * (WARM_UP_S + 2 * given.seconds):
        parser.error("so few --orders do not last for that --history, --rate and --seconds")
    return given


def main() -> int:
    """Measure, print, keep."""
    given = asked()
    with tempfile.TemporaryDirectory() as folder, open_broker("kafka", fresh=True, port=0, topics={}) as broker:
        create_missing(broker.bootstrap)
        figures = asyncio.run(staged(given, broker, Path(folder)))
    print(f"{given.rate:g} messages/s from producer to journal, `milepost replay --all --again` at its default rate")
    for phase, one in figures.items():
        if one["events"]:
            print(f"{phase:<14} {one['seconds']:6.1f} s {one['events']:7,} facts   "
                  f"p50 {one['p50_ms']:6.1f} ms   p99 {one['p99_ms']:7.1f} ms")  # fmt: skip
    keep("replay_harm", figures | {"rate": given.rate, "seed": given.seed, "machine": machine()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
