"""Stock Faust doing the job: `default` as its tutorial has it, `tuned` by settings and raw bytes, `batched` as well."""

from __future__ import annotations

import asyncio
import os
import socket
import weakref
from collections.abc import Callable
from typing import Any

import faust
import job
from faust.streams import _current_event
from task import Meter, Task, say, told

TAKE = 500
TAKE_WITHIN_S = 0.05
POLL_S = 0.02

# Models as the tutorial has them, for `default`; the other variants share job.py's structs.


class Event(faust.Record, serializer="json"):
    at: str
    id: str
    kind: str
    note: str
    number: int
    order: str
    quantity: int


class Order(faust.Record, serializer="json"):
    check: int = 0
    events: int = 0
    last: str = ""
    quantity: int = 0


class Command(faust.Record, serializer="json"):
    check: int
    events: int
    id: str
    last: str
    order: str
    quantity: int


TUNED: dict[str, Any] = {
    "table_standby_replicas": 0, "topic_allow_declare": False, "topic_disable_leader": True,
    "consumer_auto_offset_reset": "earliest", "broker_session_timeout": 30, "broker_heartbeat_interval": 3,
    "broker_request_timeout": 40, "broker_rebalance_timeout": 60, "producer_request_timeout": 300, "producer_acks": -1,
    "producer_linger": 0.005, "producer_max_batch_size": 131_072, "broker_commit_interval": 1,
    "broker_max_poll_records": 2000, "stream_buffer_maxsize": 4096, "web_enabled": False,
}  # fmt: skip


def main(task: Task) -> None:
    """Do the task."""
    meter = Meter(task)
    tuned = task.variant != "default"
    settings = TUNED if tuned else {"web_port": free_port(), "topic_partitions": task.partitions}
    app = faust.App(
        task.group, broker=f"kafka://{task.bootstrap}", store="memory://", datadir=task.folder, autodiscover=False,
        **settings,
    )  # fmt: skip
    {"default": default, "tuned": raw, "batched": batched}[task.variant](app, task, meter)
    if task.mode == "recover":
        app.on_partitions_assigned.connect(lambda *_, **__: meter.begin(), weak=False)
        app.task(recovered(app, meter))
    # WARN is what the command line takes without -l; it puts the root logger at DEBUG.
    faust.Worker(app, loglevel="info" if tuned else "WARN").execute_from_commandline()


def free_port() -> int:
    """Faust serves a web page by default; the usual port may be taken."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def default(app: Any, task: Task, meter: Meter) -> None:
    """As a newcomer writes it: models, a table, one send per event."""
    source = app.topic(task.source, key_type=bytes, value_type=Event)
    output = app.topic(task.output, key_type=bytes, value_type=Command)
    table = app.Table("orders", key_type=str, value_type=Order, partitions=task.partitions)

    @app.agent(source)
    async def orders(stream: Any) -> None:
        async for event in stream:
            meter.begin()
            state = table.get(event.order) or Order()
            job.advance(state, event)
            table[event.order] = state
            key = event.order.encode()
            said = Command(state.check, state.events, "c-" + event.id, state.last, event.order, state.quantity)
            await output.send(key=key, value=said)
            if meter.count(1):
                await finish(app, meter)


def _raw_topics(app: Any, task: Task) -> tuple[Any, Any, Any]:
    plain: dict[str, Any] = {"key_type": bytes, "value_type": bytes, "key_serializer": "raw", "value_serializer": "raw"}
    table = app.Table("orders", key_type=bytes, value_type=bytes, partitions=task.partitions)
    return app.topic(task.source, **plain), app.topic(task.output, **plain), table


def raw(app: Any, task: Task, meter: Meter) -> None:
    """Settings for throughput, raw bytes through Faust's codecs, msgspec in our own hands."""
    source, output, table = _raw_topics(app, task)

    @app.agent(source)
    async def orders(stream: Any) -> None:
        async for value in stream:
            meter.begin()
            event = job.decode_event(value)
            key = event.order.encode()
            kept = table.get(key)
            state = job.decode_state(kept) if kept else job.State()
            said = job.step(state, event)
            table[key] = job.encode(state)
            await output.send(key=key, value=job.encode(said))
            if meter.count(1):
                await finish(app, meter)


def batched(app: Any, task: Task, meter: Meter) -> None:
    """`take_events`, one changelog record per order and batch, commands in the client's own batches."""
    source, _, table = _raw_topics(app, task)

    @app.agent(source)
    async def orders(stream: Any) -> None:
        async for events in stream.take_events(TAKE, TAKE_WITHIN_S):
            meter.begin()
            touched: dict[bytes, tuple[job.State, Any]] = {}
            said: dict[int, list[job.Pair]] = {}
            for one in events:
                event = job.decode_event(one.value)
                key = event.order.encode()
                state = touched[key][0] if key in touched else _kept(table, key)
                said.setdefault(one.message.partition, []).append((key, job.encode(job.step(state, event))))
                touched[key] = state, one
            for key, (state, one) in touched.items():
                _current_event.set(weakref.ref(one))  # a table takes the changelog's partition from the current event
                table[key] = job.encode(state)
            await _send_batches(app, task.output, said)
            if meter.count(len(events)):
                await finish(app, meter)


def _kept(table: Any, key: bytes) -> job.State:
    kept = table.get(key)
    return job.decode_state(kept) if kept else job.State()


async def _send_batches(app: Any, topic: str, said: dict[int, list[job.Pair]]) -> None:
    client = app.producer._producer
    futures = []
    for partition, pairs in said.items():
        batch = client.create_batch()
        for key, value in pairs:
            if batch.append(key=key, value=value, timestamp=None) is None:
                raise RuntimeError("a batch of this size fits into producer_max_batch_size")
        batch.close()
        futures.append(await client.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*futures)


async def finish(app: Any, meter: Meter) -> None:
    """Everything to the broker, then the offsets; `flush` alone gives up after 100 ms without progress."""
    while app.producer.buffer.size:
        await app.producer.flush()
        await asyncio.sleep(0)
    await app.producer._producer.flush()
    await app.consumer.commit()
    meter.end()
    os._exit(0)


def recovered(app: Any, meter: Meter) -> Callable[[], Any]:
    """Return the task that waits until the table is complete."""

    async def wait() -> None:
        while not (meter.begun and app.tables.recovery.completed.is_set()):  # noqa: ASYNC110 - it must not be woken more
            await asyncio.sleep(POLL_S)
        found = {key.decode(): job.decode_state(value) for key, value in app.tables["orders"].items()}
        meter.end()
        say(at="state", digest=job.digest(found))
        os._exit(0)

    return wait


if __name__ == "__main__":
    main(told())
