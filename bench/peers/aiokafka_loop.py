"""A bare aiokafka loop that writes the same records: the practical limit of what Milepost's shell stands on.

Per read and partition: one changelog batch (a record per order touched) and one batch of commands; the changelog is
awaited before the commands go out, the commands before the offsets count as done. No recovery, no rebalance, no faults.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from job import State, decode_event, encode, step
from task import Meter, Task, told

POLL_RECORDS = 4000
CHUNK_RECORDS = 1500  # one changelog record per order and chunk: as many in all as the shell's group commit writes
COMMIT_S = 1.0
COMMIT_EVENTS = 5000


async def main(task: Task) -> None:
    """Do the task."""
    meter = Meter(task)
    consumer = AIOKafkaConsumer(
        task.source, bootstrap_servers=task.bootstrap, group_id=task.group, auto_offset_reset="earliest",
        enable_auto_commit=False, fetch_max_wait_ms=100,
    )  # fmt: skip
    producer = AIOKafkaProducer(
        bootstrap_servers=task.bootstrap, acks="all", enable_idempotence=True, linger_ms=0, max_batch_size=512 * 1024,
    )  # fmt: skip
    async with consumer, producer:
        await loop(task, meter, consumer, producer)
        await consumer.commit()
        meter.end()


async def loop(task: Task, meter: Meter, consumer: Any, producer: Any) -> None:
    """Read, apply, write and commit until all is done."""
    states: dict[str, State] = {}
    committed_at, since = time.monotonic(), 0
    finished = False
    while not finished:
        fetched = await consumer.getmany(timeout_ms=500, max_records=POLL_RECORDS)
        if not fetched:
            continue
        meter.begin()
        changes, commands, count = apply(states, fetched)
        await write(producer, task.changelog, changes)
        await write(producer, task.output, commands)
        finished = meter.count(count) and task.mode == "drain"
        since += count
        if since >= COMMIT_EVENTS or time.monotonic() - committed_at > COMMIT_S:
            await consumer.commit()
            committed_at, since = time.monotonic(), 0


Records = dict[int, list[tuple[bytes, bytes]]]


def apply(states: dict[str, State], fetched: Any) -> tuple[Records, Records, int]:
    """Return changelog records and commands by partition, and how many events that was."""
    changes: Records = {}
    commands: Records = {}
    count = 0
    for at, records in fetched.items():
        said = commands[at.partition] = []
        changed = changes[at.partition] = []
        for first in range(0, len(records), CHUNK_RECORDS):
            touched: dict[bytes, State] = {}
            for record in records[first : first + CHUNK_RECORDS]:
                event = decode_event(record.value)
                state = states.get(event.order)
                if state is None:
                    state = states[event.order] = State()
                said.append((record.key, encode(step(state, event))))
                touched[record.key] = state
            changed += [(key, encode(state)) for key, state in touched.items()]
        count += len(records)
    return changes, commands, count


async def write(producer: Any, topic: str, records: Records) -> None:
    """Write in the client's own batches and await each."""
    now_ms = int(time.time() * 1000)
    futures = []
    for partition, pairs in records.items():
        batch = producer.create_batch()
        for key, value in pairs:
            if batch.append(key=key, value=value, timestamp=now_ms) is None:
                batch.close()
                futures.append(await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                batch.append(key=key, value=value, timestamp=now_ms)
        batch.close()
        futures.append(await producer.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*futures)


if __name__ == "__main__":
    asyncio.run(main(told()))
