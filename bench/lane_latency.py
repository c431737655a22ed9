"""Latency and CPU of the durable batch at a steady rate: from the producer's call to the output seen by a consumer.

    .venv/bin/python -m milepost.bench.lane_latency --rate 2000 --seconds 20 --pace-ms 4

Feeder and reader are one process, the lane another, the broker a third; on fewer than three idle cores the figures are
upper bounds. CPU is the lane's process alone.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import tempfile
import time
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from milepost.broker import kafka as local_kafka
from milepost.runtime.partitioner import partition_of
from milepost.tests.durable.kit import World

PARTITIONS = 12
KEYS = 5_000
SLICE_S = 0.002
WARM_UP_S = 3.0
FILLER = b" " + b"x" * 340


async def feed(world: World, rate: int, seconds: float) -> list[float]:
    """Latencies in ms of what was produced after the warm-up, as the reader saw them."""
    seen: list[float] = []
    producer = AIOKafkaProducer(bootstrap_servers=world.bootstrap, linger_ms=0)
    consumer = AIOKafkaConsumer(bootstrap_servers=world.bootstrap, fetch_max_wait_ms=100)
    async with producer, consumer:
        consumer.assign([TopicPartition(world.output, p) for p in range(PARTITIONS)])
        await consumer.seek_to_end()
        reading = asyncio.create_task(_read(consumer, seen))
        began, number = time.monotonic(), 0
        while (now := time.monotonic()) - began < seconds + WARM_UP_S:
            due = int((now - began) * rate)
            while number < due:
                key = b"order-%d" % (number * 2654435761 % KEYS)
                value = b"%d" % time.monotonic_ns() + FILLER
                await producer.send(world.source, value, key, partition=partition_of(key, PARTITIONS))
                number += 1
            await asyncio.sleep(SLICE_S)
        await asyncio.sleep(1.0)
        reading.cancel()
    return seen[int(rate * WARM_UP_S) :]


async def _read(consumer: AIOKafkaConsumer, seen: list[float]) -> None:
    async for record in consumer:
        seen.append((time.monotonic_ns() - int(record.value)) / 1e6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--pace-ms", type=float, nargs="*", default=[4.0])
    arguments = parser.parse_args()
    with local_kafka.start(fresh=True, port=0) as broker:
        for pace_ms in arguments.pace_ms:
            measure(broker.bootstrap, arguments.rate, arguments.seconds, pace_ms)


def measure(bootstrap: str, rate: int, seconds: float, pace_ms: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(bootstrap, Path(folder), PARTITIONS).create()
        tuning = {"fetch_pace_s": pace_ms / 1000}
        worker = world.start("w0", processor="Clock", tuning=tuning, epochs=False).flowing()
        before = _cpu_s(worker.process)
        seen = sorted(asyncio.run(feed(world, rate, seconds)))
        share = (_cpu_s(worker.process) - before) / (seconds + WARM_UP_S + 1)
        worker.terminate()
    p50, p99 = seen[len(seen) // 2], seen[int(len(seen) * 0.99)]
    print(f"{rate}/s, pace {pace_ms:g} ms: p50 {p50:.1f} ms, p99 {p99:.1f} ms, {share:.0%} of a core, {len(seen)} seen")


def _cpu_s(process: subprocess.Popen[bytes]) -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


if __name__ == "__main__":
    main()
