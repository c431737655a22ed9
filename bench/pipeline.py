"""The whole pipeline on real orders: from a departure that a partner sends to the ERP's receipt of its goods issue.

All four lanes, the simulated ERP without faults or waits, a real Kafka; every one a process. The orders are brought to
their door first (everything but departures). Then half of the departures come as a backlog, the others at a steady rate
of half of what the backlog came to. Latency is from the producer's call to the receipt seen. Before a figure is
printed, the goods issues accepted are exactly those that the bare core asks for. Repeat: make bench-pipeline
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
from confluent_kafka import Producer
from milepost.bench.compare import machine, say
from milepost.bench.results import keep
from milepost.bench.topic_work import PARTITIONS, QUIET
from milepost.bench.whole import Listener, plan
from milepost.broker.choose import open_broker
from milepost.codecs import canonical
from milepost.commands.stack import running_stack
from milepost.contracts import orders, tms, wms
from milepost.contracts.events import Event
from milepost.contracts.identifiers import is_load
from milepost.contracts.postings import PostingAnswered
from milepost.runtime.partitioner import partition_of
from milepost.runtime.rules_files import load_rules
from milepost.runtime.topic_table import ERP_RECEIPTS, PARTNER_EVENTS
from milepost.runtime.topics import create_missing
from milepost.simulators.feeder import messages_of
from milepost.simulators.life import lives
from milepost.simulators.quiet import GroupsQuiet
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Place, Record
from milepost.workflow.rules import Rules
from milepost.workflow.step import step

GOODS_ISSUE = "goods_issue/"
QUIET_WITHIN_S = 300.0
SEEN_WITHIN_S = 180.0
SLICE_S = 0.001

UP_TO_THE_DOOR = (
    orders.OrderReleased, orders.OrderAmended, wms.WavePlanned, wms.Allocated, wms.PickConfirmed, wms.PickShort,
    wms.Packed, wms.Loaded, tms.LoadPlanned, tms.MemberAssigned, tms.ShipmentCreated, tms.FreightRated,
    tms.TenderOffered, tms.TenderAccepted, tms.CarrierAssigned,
)  # fmt: skip
"""What comes before a departure; whatever tells of the road would have the goods issued without it."""

Departure = tuple[Event, str]
"""(the milestone, the chain of the goods issue it must lead to)"""


def split(seed: int, count: int, rules: Rules) -> tuple[list[Event], list[Departure]]:
    """Return all that happens before the departures, and each departure that the core answers with one goods issue."""
    acts = [act.event for act in lives(seed, count).acts]
    before = [event for event in acts if isinstance(event.body, UP_TO_THE_DOOR)]
    records: dict[str, Record] = {}
    for event in before:
        _said(records, event, rules)
    departures = []
    for event in acts:
        if isinstance(event.body, wms.Departed) and not is_load(event.owner):
            chains = [one.chain for one in _said(records, event, rules) if one.chain.startswith(GOODS_ISSUE)]
            if len(chains) == 1:
                departures.append((event, chains[0]))
    return before, departures


def _said(records: dict[str, Record], event: Event, rules: Rules) -> list[Any]:
    """The commands of one step; what a load fans out to its orders is taken at once."""
    before = records.get(event.owner) or Record(event.owner)
    records[event.owner], out = step(before, [Arrival(event, Place(0, len(records)))], rules, 1)
    return [*out.commands, *(one for fanned in out.fanned for one in _said(records, fanned, rules))]


class Receipts:
    """Hears the ERP's answers and notes when each goods issue was first accepted."""

    def __init__(self, bootstrap: str) -> None:
        self.seen: dict[str, float] = {}
        self.answers = 0
        self.close = Listener(bootstrap, ERP_RECEIPTS, self._heard).close

    def _heard(self, value: bytes, at_s: float) -> None:
        body = canonical.decode(value).body
        self.answers += 1
        if (
            isinstance(body, PostingAnswered)
            and body.outcome == "accepted"
            and body.command.chain.startswith(GOODS_ISSUE)
        ):
            self.seen.setdefault(f"{body.command.owner} {body.command.chain}", at_s)


class Feed:
    """Sends partners' messages and notes when."""

    def __init__(self, bootstrap: str) -> None:
        settings = {"bootstrap.servers": bootstrap, "linger.ms": 0, "enable.idempotence": True,
                    "queue.buffering.max.messages": 1_000_000}  # fmt: skip
        self._producer: Any = Producer(settings | QUIET)

    def send(self, key: bytes, value: bytes) -> None:
        self._producer.produce(PARTNER_EVENTS, value, key, partition_of(key, PARTITIONS))
        self._producer.poll(0)

    def flush(self) -> None:
        self._producer.flush()


async def departed(feed: Feed, receipts: Receipts, departures: list[Departure], rate: float | None) -> list[float]:
    """Send the departures, at a rate or all at once; return, sorted, the seconds from each to its receipt."""
    sent: dict[str, float] = {}
    began = time.monotonic()
    for number, (event, chain) in enumerate(departures):
        while rate and (time.monotonic() - began) * rate < number:  # noqa: ASYNC110 - a clock, not an event
            await asyncio.sleep(SLICE_S)
        sent[f"{event.owner} {chain}"] = time.monotonic()
        feed.send(event.owner.encode(), msgspec.json.encode(event))
    feed.flush()
    deadline = time.monotonic() + SEEN_WITHIN_S
    while missing := sent.keys() - receipts.seen.keys():
        if time.monotonic() > deadline:
            raise SystemExit(f"{len(missing)} of {len(sent)} goods issues have no receipt, such as {min(missing)}")
        await asyncio.sleep(0.02)
    return sorted(receipts.seen[name] - at for name, at in sent.items())


async def measure(bootstrap: str, events: list[Event], departures: list[Departure]) -> dict[str, Any]:
    """Run the pipeline over them and return its figures."""
    feed, receipts = Feed(bootstrap), Receipts(bootstrap)
    try:
        async with GroupsQuiet(bootstrap, timeout_s=QUIET_WITHIN_S) as quiet:
            began = time.monotonic()
            for key, value in messages_of(events):
                feed.send(key, value)
            feed.flush()
            await quiet()
            before_s, early = time.monotonic() - began, set(receipts.seen)
            say(f"{len(events)} events before the departures, {before_s:.0f} s")
            half = len(departures) // 2
            answers, began = receipts.answers, time.monotonic()
            backlog = await departed(feed, receipts, departures[:half], None)
            rate = half / backlog[-1]
            drained_s = time.monotonic() - began
            await quiet()
            calls = (receipts.answers - answers) / (time.monotonic() - began)
            say(f"backlog of {half} departures: {rate:.0f}/s, all answered after {drained_s:.1f} s")
            steady = await departed(feed, receipts, departures[half:], rate / 2)
            await quiet()
    finally:
        receipts.close()
    wanted = {f"{event.owner} {chain}" for event, chain in departures}
    if receipts.seen.keys() - early != wanted:
        raise SystemExit("the goods issues at the ERP are not those of the core: no figure is worth printing")
    return {
        "events_before": len(events), "events_before_per_s": len(events) / before_s, "departures": len(departures),
        "backlog_per_s": rate, "answers_per_s": calls, "steady_per_s": rate / 2,
        "p50_ms": 1e3 * steady[len(steady) // 2], "p99_ms": 1e3 * steady[int(len(steady) * 0.99)],
    }  # fmt: skip


async def staged(given: argparse.Namespace, broker: Any, folder: Path) -> dict[str, Any]:
    """Bring up the lanes and the ERP, then measure."""
    wanted = plan(folder)
    rules = load_rules(wanted.settings.policy_dir, wanted.settings.reference_dir, wanted.settings.tenant)
    events, departures = split(given.seed, given.orders, rules)
    async with running_stack(wanted, broker) as stack:
        return await measure(stack.settings.broker, events, departures)


def main() -> int:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.orders < 20:
        parser.error("--orders is at least 20")
    with tempfile.TemporaryDirectory() as folder, open_broker("kafka", fresh=True, port=0, topics={}) as broker:
        create_missing(broker.bootstrap)
        figures = asyncio.run(staged(given, broker, Path(folder)))
    print(
        f"before the departures: {figures['events_before']:,} events of {given.orders:,} orders, "
        f"{figures['events_before_per_s']:,.0f} events/s through intake and fulfilment\n"
        f"backlog: {figures['backlog_per_s']:,.0f} departures/s to their goods issue's receipt, "
        f"{figures['answers_per_s']:,.0f} receipts/s with invoices and the rest\n"
        f"steady {figures['steady_per_s']:,.0f} departures/s: milestone to receipt p50 {figures['p50_ms']:.0f} ms, "
        f"p99 {figures['p99_ms']:.0f} ms"
    )
    keep("pipeline", figures | {"orders": given.orders, "seed": given.seed, "machine": machine()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
