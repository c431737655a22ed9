"""A bare loop on librdkafka (confluent-kafka) that writes the same records: the practical limit of the C client.

Per read: a changelog record per order touched, one command per event, then a flush, so that all is acknowledged before
the offsets are committed. No recovery, no rebalance, no faults.
"""

from __future__ import annotations

import time
from typing import Any

from confluent_kafka import Consumer, Producer
from job import State, decode_event, encode, step
from task import Meter, Task, told

POLL_RECORDS = 4000
COMMIT_S = 1.0
COMMIT_EVENTS = 5000


def main(task: Task) -> None:
    """Do the task."""
    meter = Meter(task)
    consumer = Consumer(
        {
            "bootstrap.servers": task.bootstrap, "group.id": task.group, "auto.offset.reset": "earliest",
            "enable.auto.commit": False, "fetch.wait.max.ms": 100, "queued.min.messages": 20_000,
        }
    )  # fmt: skip
    failed: list[Any] = []
    producer = Producer(
        {
            "bootstrap.servers": task.bootstrap, "enable.idempotence": True, "linger.ms": 1,
            "batch.size": 512 * 1024, "queue.buffering.max.messages": 1_000_000,
            "on_delivery": lambda error, _: failed.append(error) if error else None,
        }
    )  # fmt: skip
    consumer.subscribe([task.source])
    if loop(task, meter, consumer, producer, failed):
        consumer.commit(asynchronous=False)
    meter.end()
    consumer.close()


def loop(task: Task, meter: Meter, consumer: Any, producer: Any, failed: list[Any]) -> int:
    """Read, apply, write and commit until all is done; return how many events are not committed."""
    states: dict[bytes, State] = {}
    committed_at, since = time.monotonic(), 0
    finished = False
    while not finished:
        records = consumer.consume(POLL_RECORDS, 0.01)
        if not records:
            continue
        meter.begin()
        touched: dict[bytes, tuple[State, int]] = {}
        commands = []
        for record in records:
            key, partition = record.key(), record.partition()
            state = states.get(key)
            if state is None:
                state = states[key] = State()
            commands.append((key, encode(step(state, decode_event(record.value()))), partition))
            touched[key] = state, partition
        for key, (state, partition) in touched.items():
            producer.produce(task.changelog, encode(state), key, partition)
        producer.flush()
        for key, value, partition in commands:
            producer.produce(task.output, value, key, partition)
        producer.flush()
        if failed:
            raise SystemExit(f"not written: {failed[0]}")
        finished = meter.count(len(records)) and task.mode == "drain"
        since += len(records)
        if since >= COMMIT_EVENTS or time.monotonic() - committed_at > COMMIT_S:
            consumer.commit(asynchronous=False)
            committed_at, since = time.monotonic(), 0
    return since


if __name__ == "__main__":
    main(told())
