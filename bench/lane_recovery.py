"""CPU and time of recovering a table from its changelog, on a real Kafka, with the state checked.

.venv/bin/python -m milepost.bench.lane_recovery --records 100000
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from milepost.broker import kafka as local_kafka
from milepost.runtime.durable.interface import Tuning
from milepost.runtime.durable.reader import LogReader
from milepost.runtime.durable.rebuild import rebuild
from milepost.runtime.durable.setup import LaneSetup
from milepost.tests.durable.kit import World, send
from milepost.tests.durable.processors import TABLE

PARTITIONS = 12
KEYS = 20_000
VALUE = "x" * 400


def a_lane(world: World) -> Any:
    """As much of a lane as rebuild() asks for."""
    topic = SimpleNamespace(get_topic_name=lambda: world.changelog)
    return SimpleNamespace(
        app=SimpleNamespace(tables={TABLE: SimpleNamespace(changelog_topic=topic)}),
        setup=LaneSetup(world.app_id, world.bootstrap, (), (TABLE,), SimpleNamespace, Tuning()),
        stores={},
        stats=SimpleNamespace(recoveries=0, recovered_records=0),
        tuning=Tuning(),
        new_reader=lambda: LogReader(world.bootstrap, "bench"),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    count = arguments.records
    with local_kafka.start(fresh=True, port=0) as broker, tempfile.TemporaryDirectory() as folder:
        world = World(broker.bootstrap, Path(folder), PARTITIONS).create()
        records = [(f"order-{n % KEYS}", f"{n} {VALUE}") for n in range(count)]
        asyncio.run(send(world.bootstrap, world.changelog, records, PARTITIONS))
        for _ in range(arguments.rounds):
            lane = a_lane(world)
            cpu, wall = time.process_time(), time.monotonic()
            asyncio.run(rebuild(lane, set(range(PARTITIONS))))
            cpu, wall = time.process_time() - cpu, time.monotonic() - wall
            state = {key: value for store in lane.stores.values() for key, value in store.items(TABLE)}
            right = state == {key: text.encode() for key, text in records}
            print(f"{count} records: {cpu:.2f} CPU s, {wall:.2f} s, state {'right' if right else 'WRONG'}")
            if not right:
                sys.exit(1)


if __name__ == "__main__":
    main()
