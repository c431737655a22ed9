"""Former owners that still write, new owners, and owners that change in the middle of recovery."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from milepost.runtime.partitioner import partition_of
from milepost.tests.durable.chaos import events, expected, seen
from milepost.tests.durable.kit import await_true, run
from milepost.tests.durable.processors import Seen

if TYPE_CHECKING:
    from milepost.tests.durable.kit import Worker, World


def same_partition_keys(partitions: int, count: int) -> list[str]:
    wanted = partition_of(b"order-0", partitions)
    names = (f"order-{n}" for n in range(1000))
    return [name for name in names if partition_of(name.encode(), partitions) == wanted][:count]


def stale(world: World, key: str) -> None:
    """What a former owner would write: a record of an old epoch at the end of our changelog."""

    async def write() -> None:
        async with AIOKafkaProducer(bootstrap_servers=world.bootstrap) as producer:
            value = msgspec.msgpack.encode(Seen(0, 99, ["zombie"]))
            at = partition_of(key.encode(), world.partitions)
            await producer.send_and_wait(world.changelog, value, key.encode(), partition=at)

    run(write())


def test_a_foreign_write_is_mended(world: World) -> None:
    """A write acknowledged at another offset than expected is noticed; the keys in between are written again."""
    first, second = same_partition_keys(world.partitions, 2)
    world.send([(first, "e1")])
    worker = world.start("w0", epochs=False).flowing()
    world.await_caught_up()
    stale(world, first)
    assert seen(world)[first] == ["zombie"]
    world.send([(second, "e2")])
    world.await_caught_up()
    assert seen(world) == {first: ["e1"], second: ["e2"]}
    assert "foreign records" in worker.log.read_text()


def test_a_new_owner_sees_through_a_stale_record(world: World) -> None:
    """After a restart the state is the one of the highest (epoch, version), and the new owner writes a higher epoch."""
    key = "order-0"
    world.send([(key, "e1")])
    worker = world.start("w0").flowing()
    world.await_caught_up()
    assert worker.terminate() == 0
    stale(world, key)
    world.start("w0").flowing()
    world.send([(key, "e2")])
    world.await_caught_up()
    found = msgspec.msgpack.decode(world.table()[key], type=Seen)
    assert found.ids == ["e1", "e2"]
    assert found.epoch > 1


@pytest.mark.timeout(90)
def test_a_rebalance_interrupts_recovery(world: World) -> None:
    """A recovery that waits (here for a foreign transaction) does not hold up the next rebalance, and ends right."""
    sent = events(100)
    world.send(sent)
    worker = world.start("w0").flowing()
    world.await_caught_up()
    assert worker.terminate() == 0

    async def blocked() -> None:
        other = AIOKafkaProducer(bootstrap_servers=world.bootstrap, transactional_id=uuid.uuid4().hex)
        await other.start()
        await other.begin_transaction()
        for partition in range(world.partitions):
            await other.send_and_wait(world.changelog, b"9", b"zombie", partition=partition)
        waiting = world.start("w0")
        await asyncio.to_thread(waiting.await_line, "Setting newly assigned partitions")
        joining = world.start("w1")
        await asyncio.to_thread(waiting.await_line, "recovery interrupted")
        await asyncio.to_thread(joining.await_line, "Setting newly assigned partitions")
        await other.abort_transaction()
        await other.stop()
        await asyncio.to_thread(waiting.flowing)
        await asyncio.to_thread(joining.flowing)

    run(blocked())
    more = events(100, prefix="later")
    world.send(more)
    world.await_caught_up()
    assert seen(world) == expected(sent + more)


def test_of_two_processes_of_one_name_one_ends(world: World) -> None:
    """Two processes under one instance id do not take each other's partitions for ever: one ends with exit 2 and a line
    that says so, and the other goes on, also to its own end, with nothing lost.
    """
    first = world.start("w0").flowing()
    second = world.start("w0").flowing()
    await_true(lambda: 2 in codes_of(first, second), 60, world.describe)
    ended, alive = (first, second) if first.process.poll() == 2 else (second, first)
    assert "another process runs as w0" in ended.tail()
    world.send(events(100))
    world.await_caught_up()
    assert seen(world) == expected(events(100))
    assert alive.terminate() == 0


def codes_of(*workers: Worker) -> list[int | None]:
    return [worker.process.poll() for worker in workers]
