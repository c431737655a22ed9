"""Recovery from changelogs in every state a broker can leave them in."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from milepost.runtime.durable.interface import Tuning
from milepost.runtime.durable.reader import LogReader
from milepost.runtime.durable.rebuild import fold, rebuild
from milepost.runtime.durable.setup import LaneSetup
from milepost.runtime.durable.store import PartitionStore, key_from_bytes, key_to_bytes
from milepost.tests.durable import processors
from milepost.tests.durable.kit import create_topics, read_all, run
from milepost.tests.durable.processors import Seen

TABLE = "t"


class Log:
    """One changelog topic of two partitions; everything goes to partition 0."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.topic = f"log-{uuid.uuid4().hex[:10]}"

    async def create(self) -> Log:
        await create_topics(self.bootstrap, {self.topic: (2, {"cleanup.policy": "compact,delete"})})
        return self

    async def write(self, *pairs: tuple[str, str | None], transaction: str | None = None) -> None:
        """Plain, or in a transaction that ends as `transaction` says: "commit" or "abort"."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap, transactional_id=uuid.uuid4().hex if transaction else None
        )
        await producer.start()
        try:
            if transaction:
                await producer.begin_transaction()
            for key, value in pairs:
                await producer.send_and_wait(self.topic, value and value.encode(), key.encode(), partition=0)
            if transaction == "commit":
                await producer.commit_transaction()
            elif transaction == "abort":
                await producer.abort_transaction()
        finally:
            await producer.stop()

    async def cut_before(self, offset: int) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        await admin.delete_records({TopicPartition(self.topic, 0): RecordsToDelete(offset)})
        await admin.close()

    def lane(self, **hooks: Any) -> Any:
        """As much of a lane as rebuild() asks for."""
        table = SimpleNamespace(changelog_topic=SimpleNamespace(get_topic_name=lambda: self.topic))
        return SimpleNamespace(
            app=SimpleNamespace(tables={TABLE: table}),
            setup=LaneSetup("x", self.bootstrap, (), (TABLE,), lambda: Any, Tuning(), **hooks),
            stores={},
            stats=SimpleNamespace(recoveries=0, recovered_records=0),
            tuning=Tuning(),
            new_reader=lambda: LogReader(self.bootstrap, "test"),
        )


async def nothing(log: Log) -> None:
    pass


async def plain(log: Log) -> None:
    await log.write(("a", "1"), ("b", "1"), ("a", "2"))


async def tombstones_last(log: Log) -> None:
    await log.write(("a", "2"), ("b", "1"), ("c", "1"), ("c", None), ("d", None))


async def committed_last(log: Log) -> None:
    await log.write(("a", "1"))
    await log.write(("a", "2"), ("b", "1"), transaction="commit")


async def aborted_last(log: Log) -> None:
    await log.write(("a", "2"), ("b", "1"))
    await log.write(("a", "9"), ("z", "9"), transaction="abort")


async def only_aborted(log: Log) -> None:
    await log.write(("a", "9"), transaction="abort")


async def begins_later(log: Log) -> None:
    await log.write(("x", "0"), ("x", "1"), ("a", "2"), ("b", "1"))
    await log.cut_before(2)


async def emptied(log: Log) -> None:
    await log.write(("x", "0"), ("x", "1"))
    await log.cut_before(2)


STATES: list[tuple[Callable[[Log], Awaitable[None]], dict[str, bytes], int]] = [
    (nothing, {}, 0),
    (plain, {"a": b"2", "b": b"1"}, 3),
    (tombstones_last, {"a": b"2", "b": b"1"}, 5),
    (committed_last, {"a": b"2", "b": b"1"}, 4),
    (aborted_last, {"a": b"2", "b": b"1"}, 5),
    (only_aborted, {}, 2),
    (begins_later, {"a": b"2", "b": b"1"}, 4),
    (emptied, {}, 2),
]


@pytest.mark.parametrize(("prepare", "state", "position"), STATES, ids=[s[0].__name__ for s in STATES])
def test_the_position_decides_when_recovery_is_done(
    kafka: str, prepare: Callable[[Log], Awaitable[None]], state: dict[str, bytes], position: int
) -> None:
    """Whatever stands at a changelog's tail, recovery ends at its end with the folded state and the next offset."""

    async def check() -> None:
        log = await Log(kafka).create()
        await prepare(log)
        lane = log.lane()
        await asyncio.wait_for(rebuild(lane, {0, 1}), 20)
        assert dict(lane.stores[0].items(TABLE)) == state
        assert lane.stores[0].next_offset == {TABLE: position}
        assert dict(lane.stores[1].items(TABLE)) == {}

    run(check())


def test_an_open_transaction_does_not_hide_our_own_later_records(kafka: str) -> None:
    """The end is the uncommitted high watermark: recovery waits a foreign transaction out."""

    async def check() -> None:
        log = await Log(kafka).create()
        other = AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=uuid.uuid4().hex)
        await other.start()
        await other.begin_transaction()
        await other.send_and_wait(log.topic, b"9", b"a", partition=0)
        await log.write(("a", "1"))
        lane = log.lane()
        recovery = asyncio.create_task(rebuild(lane, {0}))
        done, _ = await asyncio.wait([recovery], timeout=1.5)
        assert not done
        await other.abort_transaction()
        await asyncio.wait_for(recovery, 20)
        await other.stop()
        assert dict(lane.stores[0].items(TABLE)) == {"a": b"1"}

    run(check())


@pytest.mark.timeout(120)
def test_compacted_records_are_passed(kafka: str) -> None:
    """Offsets that compaction has emptied, tombstones among them, neither stop nor hang recovery."""
    quick = {"cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.01"}
    quick |= {"max.compaction.lag.ms": "100", "delete.retention.ms": "0", "min.compaction.lag.ms": "0"}

    async def check() -> None:
        log = Log(kafka)
        await create_topics(kafka, {log.topic: (2, quick)})
        await log.write(*((f"k{n % 10}", str(n)) for n in range(200)), ("gone", "1"), ("gone", None))
        while len(await read_all(kafka, log.topic)) > 150:
            await asyncio.sleep(0.5)
            await log.write(("roll", "1"))  # only a full segment is compacted
        await log.write(("k0", "last"), ("k1", None))
        lane = log.lane()
        await asyncio.wait_for(rebuild(lane, {0}), 20)
        wanted = {f"k{n}": str(190 + n).encode() for n in range(2, 10)} | {"k0": b"last", "roll": b"1"}
        assert dict(lane.stores[0].items(TABLE)) == wanted
        assert lane.stats.recovered_records < 200

    run(check())


def test_a_kept_partition_reads_only_what_is_new(kafka: str) -> None:
    """A store is the fold of its changelog up to its own offset, so the next recovery continues there."""

    async def check() -> None:
        log = await Log(kafka).create()
        await plain(log)
        lane = log.lane()
        assert await rebuild(lane, {0}) == {0}
        assert await rebuild(lane, {0}) == set()
        await log.write(("b", None))
        assert await rebuild(lane, {0}) == {0}
        assert dict(lane.stores[0].items(TABLE)) == {"a": b"2"}
        assert lane.stats.recovered_records == 4

    run(check())


def test_the_highest_epoch_and_version_hold() -> None:
    """A record of a lower (epoch, version) later in the log changes nothing, and the highest epoch seen is kept."""
    store = PartitionStore(0, 1_000)
    setup = LaneSetup("x", "", (), (), lambda: Any, Tuning(), merge=processors.merge, epoch_of=processors.epoch_of)
    written = [Seen(3, 7, ["a", "b"]), Seen(2, 9, ["stale"]), Seen(3, 6, ["older"])]
    records = [SimpleNamespace(key=b"k", value=msgspec.msgpack.encode(record)) for record in written]
    fold(setup, store, TABLE, records)
    assert msgspec.msgpack.decode(store.get(TABLE, "k") or b"", type=Seen) == written[0]
    assert store.highest_epoch == 3


def test_any_key_survives_both_ways() -> None:
    """A key that is not UTF-8 is rewritten as the bytes it was."""
    for key in (b"plain", b"\xff\xfe", "größe".encode()):
        assert key_to_bytes(key_from_bytes(key)) == key
