"""What a hand-over of partitions costs, at a steady rate on a real Kafka: time without progress, latency, repeats.

    .venv/bin/python -m milepost.bench.handover --rate 1000

One line per way of changing hands: scale out, scale in, rolling restart and kill -9, each with static names and with
dynamic members. "Standing still" is the longest time in which a source partition that was being fed brought no output;
p99 is over all events from the change to five seconds after it; repeats are outputs that came twice.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from milepost.broker import kafka as local_kafka
from milepost.runtime.partitioner import partition_of
from milepost.tests.durable.kit import Worker, World

PARTITIONS = 12
KEYS = 5_000
SLICE_S = 0.005
BEFORE_S, AFTER_S = 3.0, 5.0
SETTLED_S = 90.0
NAMES = ("w0", "w1", "w2")


class Seen(NamedTuple):
    """One output: of which source partition, when it was produced and when it was seen, in seconds, and its text."""

    partition: int
    produced_s: float
    seen_s: float
    text: bytes


class Stream:
    """Feeds at a steady rate and notes every output."""

    def __init__(self, world: World, rate: int) -> None:
        self.seen: list[Seen] = []
        self._world, self._rate = world, rate
        self._stop = asyncio.Event()

    async def run(self, act: Callable[[], object]) -> tuple[float, float]:
        """Feed, change hands in the middle, feed on; returns when the change began and ended."""
        world = self._world
        producer = AIOKafkaProducer(bootstrap_servers=world.bootstrap, linger_ms=0)
        consumer = AIOKafkaConsumer(bootstrap_servers=world.bootstrap, fetch_max_wait_ms=100)
        async with producer, consumer:
            consumer.assign([TopicPartition(world.output, p) for p in range(PARTITIONS)])
            await consumer.seek_to_end()
            tasks = [asyncio.create_task(self._read(consumer)), asyncio.create_task(self._feed(producer))]
            await asyncio.sleep(BEFORE_S)
            began = time.monotonic()
            await asyncio.to_thread(act)
            ended = time.monotonic()
            await asyncio.sleep(AFTER_S)
            self._stop.set()
            await tasks[1]
            await asyncio.to_thread(world.await_caught_up, SETTLED_S)
            await asyncio.sleep(1.0)  # the reader is a moment behind the broker
            tasks[0].cancel()
        return began, ended

    async def _feed(self, producer: AIOKafkaProducer) -> None:
        began, number = time.monotonic(), 0
        while not self._stop.is_set():
            due = int((time.monotonic() - began) * self._rate)
            for n in range(number, due):
                key = b"order-%d" % (n * 2654435761 % KEYS)
                value = b"%d" % time.monotonic_ns()
                await producer.send(self._world.source, value, key, partition=partition_of(key, PARTITIONS))
            number = due
            await asyncio.sleep(SLICE_S)

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        async for one in consumer:
            self.seen.append(Seen(one.partition, int(one.value) / 1e9, time.monotonic(), one.key + one.value))


def scale_out(world: World, named: bool) -> None:
    start(world, 2, named)


def scale_in(world: World, named: bool) -> None:
    """With a static name the group waits out the session before it gives the partitions away."""
    assert world.workers[-1].terminate() == 0
    flowing_again(world, world.workers[:-1])


def rolling(world: World, named: bool) -> None:
    for number, worker in enumerate(list(world.workers)):
        assert worker.terminate() == 0
        start(world, number, named)


def killed(world: World, named: bool) -> None:
    world.workers[0].kill()
    start(world, 0, named)


def start(world: World, number: int, named: bool) -> Worker:
    name = NAMES[number] if named else None
    return world.start(name, processor="Clock", epochs=False, tuning={"session_timeout_s": 10.0}).flowing()


def flowing_again(world: World, workers: list[Worker]) -> None:
    """Wait until those that are left own everything."""
    deadline = time.monotonic() + SETTLED_S
    while sum(owned(worker) for worker in workers) < PARTITIONS:
        if time.monotonic() > deadline:
            raise SystemExit(world.describe())
        time.sleep(0.1)


def owned(worker: Worker) -> int:
    lines = [line for line in worker.log.read_text().splitlines() if "flowing: " in line]
    return int(lines[-1].partition("flowing: ")[2].split()[0]) if lines else 0


def standing_still_s(seen: list[Seen], since: float, until: float) -> float:
    """The longest time between two outputs of one partition that touches the span."""
    by_partition: defaultdict[int, list[float]] = defaultdict(list)
    for one in seen:
        by_partition[one.partition].append(one.seen_s)
    gaps = [b - a for at in by_partition.values() for a, b in pairwise(at) if b > since and a < until]
    return max(gaps, default=0.0)


def measure(bootstrap: str, rate: int, act: Callable[[World, bool], None], named: bool) -> str:
    with tempfile.TemporaryDirectory() as folder:
        world = World(bootstrap, Path(folder), PARTITIONS).create()
        try:
            for number in range(2):
                start(world, number, named)
            flowing_again(world, world.workers)
            stream = Stream(world, rate)
            began, ended = asyncio.run(stream.run(lambda: act(world, named)))
        finally:
            world.stop_all()
    until = ended + AFTER_S
    late = sorted(1000 * (one.seen_s - one.produced_s) for one in stream.seen if began <= one.produced_s < until)
    repeats = sum(times - 1 for times in Counter(one.text for one in stream.seen).values())
    still = standing_still_s(stream.seen, began, until)
    p50, p99 = late[len(late) // 2], late[int(len(late) * 0.99)]
    change, name = act.__name__.replace("_", " "), "static names" if named else "dynamic members"
    return (
        f"{change:<10} {name:<16} standing still {still:5.2f} s   p50 {p50:6.1f} ms   p99 {p99:8.1f} ms"
        f"   {repeats} of {len(stream.seen)} repeated"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=1000)
    given = parser.parse_args()
    with local_kafka.start(fresh=True, port=0) as broker:
        for act in (scale_out, scale_in, rolling, killed):
            for named in (True, False):
                print(measure(broker.bootstrap, given.rate, act, named), flush=True)


if __name__ == "__main__":
    main()
