"""What changes of the fulfilment lane cost while real orders come: scaling 1, 2, 4, 2, a rolling update, a crash.

    .venv/bin/python -m milepost.bench.rolling --rate 60

The lane's own processes (`milepost worker fulfilment`, static names), posting and the simulated ERP on a real Kafka.
Orders are brought to their door first; then departures come at a steady rate, before, during and after each change.
Per change: "standing still" is the longest time in which departures of one partition waited and none was answered, for
the worst partition and the median one; latency is from the milestone's sending to the command seen. Before a figure is
printed, every departure has its command; at the end facts and documents wanted are those of the bare core, the ERP has
booked what the records know, none twice, and one goods issue stands per departure. Repeat: make bench-rolling
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from milepost.bench.compare import machine
from milepost.bench.departures import Answer, Departures
from milepost.bench.pipeline import split
from milepost.bench.replicas import Replicas
from milepost.bench.results import keep
from milepost.bench.rolling_end import at_rest, proved
from milepost.bench.whole import plan
from milepost.broker.choose import Broker, open_broker
from milepost.commands.stack import running_stack
from milepost.runtime.rules_files import load_rules
from milepost.runtime.topics import create_missing

MOST: Final = 4
CHANGES: Final[dict[str, Callable[[Replicas], None]]] = {
    "1 to 2": lambda lane: lane.scale(2),
    "2 to 4": lambda lane: lane.scale(4),
    "4 to 2": lambda lane: lane.scale(2),
    "rolling update": Replicas.roll,
    "kill -9": Replicas.crash,
}


def standing_still_s(answers: list[Answer]) -> dict[int, float]:
    """Per partition the longest time in which something of it waited and nothing was answered."""
    worst: dict[int, float] = {}
    for partition in {one.partition for one in answers}:
        own = sorted((one for one in answers if one.partition == partition), key=lambda one: one.seen_s)
        oldest, waiting = float("inf"), []
        for one in reversed(own):  # the oldest of those that are not answered yet
            waiting.append(oldest := min(oldest, one.sent_s))
        last = 0.0
        for one, since in zip(own, reversed(waiting), strict=True):
            worst[partition] = max(worst.get(partition, 0.0), one.seen_s - max(last, since))
            last = one.seen_s
    return worst


async def change(name: str, lane: Replicas, feed: Departures, calm_s: float) -> dict[str, float]:
    """Make the change under the feed; returns its figures once every departure is answered.

    ``said_again`` counts from the beginning of the run, not from the change.
    """
    await asyncio.sleep(calm_s)
    began = feed.now_s()
    lane.drains_s.clear()
    await asyncio.to_thread(CHANGES[name], lane)
    took_s = feed.now_s() - began
    await feed.answered(feed.now_s())
    await asyncio.sleep(calm_s)
    answers = await feed.answered(feed.now_s())
    touched = [one for one in answers if one.seen_s > began]
    still = standing_still_s(touched)
    late = sorted(1e3 * (one.seen_s - one.sent_s) for one in touched)
    return {
        "departures": len(touched), "took_s": took_s, "drain_s": max(lane.drains_s, default=0.0),
        "still_worst_s": max(still.values()), "still_median_s": statistics.median(still.values()),
        "p50_ms": late[len(late) // 2], "p99_ms": late[int(len(late) * 0.99)], "said_again": feed.said_again,
    }  # fmt: skip


def line(name: str, of: dict[str, float]) -> str:
    drain = f"   drained in {of['drain_s']:.1f} s" if of["drain_s"] else ""
    return (
        f"{name:<15} standing still {of['still_worst_s']:5.2f} s (median partition {of['still_median_s']:.2f})   "
        f"p50 {of['p50_ms']:5.0f} ms   p99 {of['p99_ms']:6.0f} ms   of {of['departures']:.0f} departures, none lost; "
        f"took {of['took_s']:.1f} s{drain}"
    )


async def rolled(
    given: argparse.Namespace, broker: Broker, folder: Path, say: Callable[[str], None] = print
) -> dict[str, dict[str, float]]:
    """Play all changes; returns figures by change. SystemExit when anything is lost, twice or wrong."""
    wanted = plan(folder)
    settings = replace(wanted.settings, broker=broker.bootstrap, session_timeout_s=given.session)
    rules = load_rules(settings.policy_dir, settings.reference_dir, settings.tenant)
    events, departures = split(given.seed, given.orders, rules)
    lane, feed = Replicas(settings, MOST), Departures(broker.bootstrap, departures)
    found: dict[str, dict[str, float]] = {}
    try:
        async with running_stack(replace(wanted, settings=settings, lanes=("posting",)), broker) as stack:
            feed.bring(events)
            await asyncio.to_thread(lane.start, [0])
            await at_rest(broker.bootstrap)
            feeding = asyncio.create_task(feed.run(given.rate))
            for name in given.changes:
                found[name] = await change(name, lane, feed, given.calm)
                say(line(name, found[name]))
            await feed.stop(feeding)
            await at_rest(broker.bootstrap)
            say(await proved(broker.bootstrap, stack.settings.erp_url, events, feed, rules))
    finally:
        feed.close()
        lane.stop_all()
    return found


def arguments(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=4000, help="must last for the rate")
    parser.add_argument("--rate", type=float, default=60.0, help="departures a second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--session", type=float, default=10.0, help="MILEPOST_SESSION_TIMEOUT_S of the workers")
    parser.add_argument("--calm", type=float, default=3.0, help="seconds of feed before and after each change")
    parser.add_argument("--changes", nargs="+", choices=list(CHANGES), default=list(CHANGES), help="in this order")
    asked = parser.parse_args(given or None)
    if asked.orders < 1 or asked.rate <= 0 or asked.session <= 0 or asked.calm <= 0:
        parser.error("--orders is at least 1; --rate, --session and --calm are more than 0")
    return asked


def main() -> int:
    """Measure, print, keep."""
    given = arguments()
    print(f"load before it began: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    with tempfile.TemporaryDirectory() as folder, open_broker("kafka", fresh=True, port=0, topics={}) as broker:
        create_missing(broker.bootstrap)
        found = asyncio.run(rolled(given, broker, Path(folder), lambda text: print(text, flush=True)))
    keep("rolling", {"changes": found, "rate": given.rate, "session_s": given.session, "machine": machine()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
