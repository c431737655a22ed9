"""All workers of the fulfilment lane gone with all they had: how long until they are ready again from the changelogs.

    .venv/bin/python -m milepost.bench.disks_lost --orders 100000

Open orders in the middle of their lives (see state.py) are written to the changelog of a real Kafka. Then so many
workers are started at once: seconds until /readyz says ok, beside those of an empty lane, and the CPU time of them all.
A worker has no disk: state is memory and the changelog. Repeat: make bench-disks-lost
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from milepost.bench.compare import machine
from milepost.bench.peer_process import cpu_s
from milepost.bench.replicas import Replicas
from milepost.bench.results import keep
from milepost.bench.state import clones, examples, write
from milepost.bench.whole import plan
from milepost.broker.choose import open_broker
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings
from milepost.runtime.topics import create_missing

SESSION_S: Final = 6.0


class Started(NamedTuple):
    """Seconds until all were ready, and CPU seconds of all of them by then."""

    wall_s: float
    cpu_s: float


def started(settings: Settings, count: int) -> Started:
    """Start so many workers at once from nothing; they are ended afterwards."""
    lane = Replicas(settings, count)
    try:
        began = time.monotonic()
        lane.start(range(count))
        found = Started(time.monotonic() - began, sum(cpu_s(lane.pid(n)) for n in range(count)))
        lane.drain(range(count))
    finally:
        lane.stop_all()
    time.sleep(SESSION_S + 1)  # until the group has forgotten those who had a name
    return found


def told(what: str, full: Started, empty: Started) -> str:
    return (
        f"{what}: ready after {full.wall_s:.1f} s, {full.cpu_s:.1f} CPU s; an empty lane {empty.wall_s:.1f} s and "
        f"{empty.cpu_s:.1f} CPU s, so recovery is {full.wall_s - empty.wall_s:.1f} s and "
        f"{full.cpu_s - empty.cpu_s:.1f} CPU s"
    )


def main() -> int:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    if given.orders < 1 or given.workers < 1:
        parser.error("--orders and --workers are at least 1")
    print(f"load before it began: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    with tempfile.TemporaryDirectory() as folder, open_broker("kafka", fresh=True, port=0, topics={}) as broker:
        create_missing(broker.bootstrap)
        settings = replace(plan(Path(folder)).settings, broker=broker.bootstrap, session_timeout_s=SESSION_S)
        empty = started(settings, given.workers)
        rules = load_rules(settings.policy_dir, settings.reference_dir, settings.tenant)
        asyncio.run(write(broker.bootstrap, clones(examples(rules), given.orders, 0)))
        full = started(settings, given.workers)
    print(told(f"{given.orders:,} open orders, workers: {given.workers}", full, empty))
    figures = {"orders": given.orders, "workers": given.workers, "full": full._asdict(), "empty": empty._asdict()}
    keep("disks_lost", figures | {"machine": machine()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
