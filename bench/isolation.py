"""Does a flood of reconciliation reach the priority lane? Latency at a steady rate, in turns without and with a flood.

All four lanes and the simulated ERP without faults, a real Kafka; every one a process, and the flood's sender too. The
budget of ERP calls is the default, 200 a second. Departures come at a steady rate; in every second window ten times as
many commands as they bring come on erp.commands.reconciliation, each of an owner of its own, which posting, fulfilment
(receipts) and reconciliation all have to read. Latency is from the producer's call to the receipt of the goods issue
seen. Quiet and flooded windows alternate, so that what the machine does meanwhile meets both; what is left of a flood
is drained before the next quiet window. Noise is the widest distance between the p99 of quiet windows.

Before a figure is printed, every command of the flood was accepted once, and every goods issue. Exit 1 when the flooded
p99 is worse than 10 % and the noise, when reconciliation stands still in a window, or when nothing can be told for
noise. Repeat: make bench-isolation
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from milepost.bench.compare import machine, say
from milepost.bench.flood import Flood, flooding
from milepost.bench.isolation_load import Load, Receipts, until
from milepost.bench.isolation_verdict import Verdict, Window, judged, percentile_ms
from milepost.bench.pipeline import QUIET_WITHIN_S, split
from milepost.bench.results import keep
from milepost.bench.whole import plan
from milepost.broker.choose import open_broker
from milepost.commands.stack import running_stack
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings
from milepost.runtime.topics import create_missing
from milepost.simulators.quiet import GroupsQuiet

TIMES = 10
WARM_UP_S = 6.0
STILL_LOOKS = 20
DEPARTURES_PER_ORDER = 0.95  # fewer than there are


async def windows(load: Load, flood: Flood, given: argparse.Namespace) -> AsyncIterator[Window]:
    """Warm up, then quiet and flooded windows in turns."""
    before = load.receipts.others
    sent = await load.run(WARM_UP_S)
    await load.answered(sent)
    await until(_still(load.receipts), "receipts that do not end")
    per_departure = (load.receipts.others - before) / len(sent)
    rate = TIMES * given.rate * per_departure
    say(f"{per_departure:.1f} commands a departure: the flood is {rate:.0f} commands/s")
    for number in range(2 * given.pairs):
        window = await _window(load, flood, given.seconds, rate if number % 2 else 0.0)
        say(_shown(window))
        yield window


async def _window(load: Load, flood: Flood, seconds: float, rate: float) -> Window:
    receipts = load.receipts
    told, count = receipts.flood.total(), int(seconds * rate)
    pouring = asyncio.create_task(flood(count, rate)) if count else None
    sent = await load.run(seconds)
    answered = receipts.flood.total() - told
    commanded, booked = await load.answered(sent)
    if pouring is not None:
        await pouring
        await until(lambda: len(receipts.flood) == flood.sent, "reconciliation commands without a receipt")
    await until(_still(receipts), "receipts that do not end")
    return Window(bool(count), seconds, booked, commanded, count, answered)


def _still(receipts: Receipts) -> Callable[[], bool]:
    """Whether no receipt has come for so many looks."""
    last, same = -1, 0

    def still() -> bool:
        nonlocal last, same
        now = receipts.others + receipts.flood.total()
        last, same = now, same + 1 if now == last else 0
        return same >= STILL_LOOKS

    return still


async def measure(settings: Settings, given: argparse.Namespace) -> list[Window]:
    """Bring the orders to their door, then measure; SystemExit when what came of it is not right."""
    rules = load_rules(settings.policy_dir, settings.reference_dir, settings.tenant)
    needed = int(given.rate * (WARM_UP_S + 2 * given.pairs * given.seconds))
    events, departures = split(given.seed, int(needed / DEPARTURES_PER_ORDER), rules)
    if len(departures) < needed:
        raise SystemExit(f"only {len(departures)} departures of {needed}")
    load = Load(settings.broker, departures, given.rate)
    try:
        async with GroupsQuiet(settings.broker, timeout_s=QUIET_WITHIN_S) as quiet, flooding(settings.broker) as flood:
            load.before(events)
            await quiet()
            say(f"{len(events)} events before the departures")
            measured = [one async for one in windows(load, flood, given)]
            await quiet()
    finally:
        load.close()
    told = Counter(load.receipts.flood.values())
    if told != {1: flood.sent}:
        raise SystemExit(f"of {flood.sent} commands of the flood so many were accepted so often: {dict(told)}")
    return measured


async def staged(given: argparse.Namespace, broker: Any, folder: Path) -> list[Window]:
    """Bring up the lanes and the ERP, with the default budget of ERP calls, then measure."""
    usual = Settings()
    wanted = plan(folder)
    settings = replace(
        wanted.settings, erp_rate_per_s=usual.erp_rate_per_s, erp_concurrency=usual.erp_concurrency,
    )  # fmt: skip
    async with running_stack(replace(wanted, settings=settings), broker) as stack:
        return await measure(stack.settings, given)


def _shown(window: Window) -> str:
    flood = f"{window.sent / window.seconds:5.0f}/s {window.answered / window.seconds:5.0f}/s" if window.flooded else ""
    commanded, booked = (
        [percentile_ms(spans, part) for part in (0.5, 0.99)] for spans in (window.commanded_s, window.spans_s)
    )
    name = "flooded" if window.flooded else "quiet"
    figures = "".join(f" {figure:8.0f}" for figure in (*commanded, *booked))
    return f"{name:<8} {len(window.spans_s):5d}{figures}   {flood}"


def table(measured: list[Window], verdict: Verdict) -> str:
    """The windows, a line each, and the verdict."""
    head = f"{'window':<8} {'n':>5} {'command p50, p99':>18}{'receipt p50, p99':>18} ms  flood sent, answered"
    return "\n".join([head, *map(_shown, measured), verdict.line()])


def asked() -> argparse.Namespace:
    """Read the command line; bad arguments are one line and exit 2."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=15.0, help="departures per second")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each window")
    parser.add_argument("--pairs", type=int, default=4, help="of a quiet and a flooded window")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if not 1 <= given.rate <= 1000 or given.seconds < 1 or given.pairs < 2:
        parser.error("--rate is from 1 to 1000, --seconds at least 1, --pairs at least 2")
    return given


def main() -> int:
    """Measure, print, keep, judge."""
    given = asked()
    with tempfile.TemporaryDirectory() as folder, open_broker("kafka", fresh=True, port=0, topics={}) as broker:
        create_missing(broker.bootstrap)
        measured = asyncio.run(staged(given, broker, Path(folder)))
    verdict = judged(measured)
    print(table(measured, verdict))
    keep("isolation", verdict._asdict() | {"holds": str(verdict.holds), "rate": given.rate, "seconds": given.seconds,
                                           "pairs": given.pairs, "machine": machine()})  # fmt: skip
    return 0 if verdict.holds else 1


if __name__ == "__main__":
    sys.exit(main())
