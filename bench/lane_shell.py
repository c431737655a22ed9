"""CPU and throughput of the durable batch alone, on a real Kafka, with a digest of what it left behind.

    .venv/bin/python -m milepost.bench.lane_shell --events 120000

The processor counts events per key, so the figures are the shell's own. The clock stops before the digest is computed;
a wrong digest exits 1, whatever the figures say.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import aiokafka
import faust
from milepost.broker import kafka as local_kafka
from milepost.runtime.durable.app import durable_app
from milepost.runtime.durable.interface import Tuning
from milepost.tests.durable import processors
from milepost.tests.durable.kit import World, read_all

PARTITIONS = 12
KEYS = 5_000
EVENT_BYTES = 371
START_TIMEOUT_S = 60.0


def events(count: int) -> list[tuple[str, str]]:
    """Keys by the golden ratio, so that they come interleaved but the same every time."""
    filler = "x" * (EVENT_BYTES - 60)
    made = []
    for n in range(count):
        key = f"order-{(n * 2654435761) % KEYS}"
        made.append((key, json.dumps({"id": f"e{n}", "order": key, "note": filler})))
    return made


async def drain(world: World, count: int, tuning: Tuning) -> tuple[float, float]:
    """(client CPU seconds, wall seconds) from the first read to the last commit."""
    app = durable_app(
        world.app_id,
        world.bootstrap,
        sources=[world.source],
        tables=[processors.TABLE],
        processor_factory=lambda: processors.Counter(world.output),
        datadir=world.folder,
        tuning=tuning,
    )
    app.finalize()
    lane = app.durable
    starting = asyncio.ensure_future(app.start())
    await asyncio.wait_for(lane.flowing(), START_TIMEOUT_S)
    cpu, wall = time.process_time(), time.monotonic()
    while sum(p.committed for p in lane.progress().values()) < count:  # noqa: ASYNC110 - a measured loop must not be woken
        await asyncio.sleep(0.02)
    figures = time.process_time() - cpu, time.monotonic() - wall
    print(f"  {lane.stats}", file=sys.stderr)
    await starting
    await app.stop()
    return figures


def digest_is_right(world: World, sent: list[tuple[str, str]]) -> bool:
    counts = Counter(key for key, _ in sent)
    table = {key: int(value) for key, value in world.table().items()}
    outputs = Counter((r.value or b"").decode() for r in asyncio.run(read_all(world.bootstrap, world.output)))
    wanted = Counter(f"{key}:{n}" for key, total in counts.items() for n in range(1, total + 1))
    return table == counts and outputs == wanted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=120_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bootstrap", help="a running Kafka; without it one is started")
    arguments = parser.parse_args()
    versions = f"faust {faust.__version__}, aiokafka {aiokafka.__version__}"
    print(f"{versions}, {arguments.events} events, {PARTITIONS} partitions")
    if arguments.bootstrap:
        bench(arguments.bootstrap, arguments.events, arguments.rounds)
    else:
        with local_kafka.start(fresh=True, port=0) as broker:
            bench(broker.bootstrap, arguments.events, arguments.rounds)


def bench(bootstrap: str, count: int, rounds: int) -> None:
    sent = events(count)
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            world = World(bootstrap, Path(folder), PARTITIONS).create()
            world.send(sent)
            cpu_s, wall_s = asyncio.run(drain(world, count, Tuning()))
            right = digest_is_right(world, sent)
        per_100k = cpu_s / count * 100_000
        verdict = "right" if right else "WRONG"
        print(f"{per_100k:.2f} CPU s per 100k events, {count / wall_s:,.0f} events/s, digest {verdict}")
        if not right:
            sys.exit(1)


if __name__ == "__main__":
    main()
