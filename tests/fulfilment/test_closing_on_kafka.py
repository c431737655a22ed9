"""Closed orders on a real Kafka, in the lanes' own processes; and changelogs that are damaged, newer or compacted."""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import blake2s
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from milepost.broker import kafka as local_kafka
from milepost.codecs import canonical
from milepost.commands.topic_reading import latest, publish, read_to_end
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingCommand
from milepost.runtime.durable.exits import EXIT_CONFIG
from milepost.runtime.durable.interface import Output
from milepost.runtime.partitioner import partition_of
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import (
    ERP_COMMANDS,
    ORDERS_CHANGELOG,
    ORDERS_TICKS,
    TMS_INSTRUCTIONS,
    WMS_INSTRUCTIONS,
    WMS_MILESTONES,
)
from milepost.runtime.topics import create_missing
from milepost.tests.durable.kit import alter
from milepost.tests.fulfilment.closed_lane import DAY, KEPT, START, ClosedLane
from milepost.tests.workflow import saying as s
from milepost.workflow.record import SCHEMA, Record, decode, encode
from milepost.workflow.stub import is_stub
from milepost.workflow.ticks import Tick

ORDER = "SO-9"
LIFE = [s.released(ORDER, 0, s.line("A", "ITEM-038", 5)), s.picked(ORDER, 20, "A", 5), s.departed(ORDER, 30, "S1"),
        s.delivered(ORDER, 90, "S1")]  # fmt: skip
LATE = s.undone(LIFE[2], 100)
PATIENCE_S = 120.0
COMPACTED_AT_ONCE = {"cleanup.policy": "compact", "segment.ms": "500", "min.cleanable.dirty.ratio": "0.01",
                     "delete.retention.ms": "0", "min.compaction.lag.ms": "0"}  # fmt: skip


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    """The topics here have their real names, so the broker is nobody else's."""
    with local_kafka.start(fresh=True, port=0) as running:
        create_missing(running.bootstrap)
        yield running.bootstrap


@contextmanager
def worker(lane: str, broker: str, folder: Path, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    given = {"MILEPOST_BROKER": broker, "MILEPOST_TICKS": "external", "MILEPOST_DATA_DIR": str(folder),
             "MILEPOST_COMMIT_INTERVAL_S": "0.2", "MILEPOST_SESSION_TIMEOUT_S": "10"} | settings  # fmt: skip
    command = [sys.executable, "-m", "milepost.commands.main", "worker", lane]
    with (folder / f"{lane}.log").open("wb") as log:
        process = subprocess.Popen(command, env=os.environ | given, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def rest(broker: str) -> bytes | None:
    return asyncio.run(latest(broker, ORDERS_CHANGELOG)).get(ORDER)


def commands(broker: str) -> set[str]:
    async def read() -> set[str]:
        decoded = [msgspec.json.decode(r.value or b"", type=PostingCommand)
                   async for r in read_to_end(broker, [ERP_COMMANDS])]  # fmt: skip
        return {command.id for command in decoded if command.owner == ORDER}

    return asyncio.run(read())


def asked(broker: str) -> list[Output]:
    """What the lane has asked of the ERP and of partners so far."""

    async def read() -> list[Output]:
        topics = [ERP_COMMANDS, WMS_INSTRUCTIONS, TMS_INSTRUCTIONS]
        return [Output(r.topic, r.key, r.value) async for r in read_to_end(broker, topics)]

    return asyncio.run(read())


def say(broker: str, events: Sequence[tuple[str, Event]]) -> None:
    for topic in dict.fromkeys(topic for topic, _ in events):
        pairs = [(ORDER, canonical.encode(event)) for where, event in events if where == topic]
        asyncio.run(publish(broker, topic, pairs))


def tick(broker: str, now: object) -> None:
    async def send() -> None:
        async with AIOKafkaProducer(bootstrap_servers=broker) as producer:
            for partition in range(PARTITIONS):
                await producer.send(ORDERS_TICKS, msgspec.json.encode(Tick(now=now)), partition=partition)  # type: ignore[arg-type]

    asyncio.run(send())


def test_a_closed_order_shrinks_and_opens_again(broker: str, tmp_path: Path) -> None:
    """In the lanes' own processes a closed order becomes a stub, and a late fact opens it through the journal: it is
    whole again, and exactly what an order that never shrank would command is commanded."""
    settings = Settings()
    plain = ClosedLane(shrinking=False, rules=load_rules(settings.policy_dir, settings.reference_dir, "main"))
    plain.hear(*LIFE)
    with worker("fulfilment", broker, tmp_path), worker("reconciliation", broker, tmp_path):
        say(broker, [(WMS_MILESTONES, event) for event in LIFE])

        def answered() -> bool:
            say(broker, plain.answers_to(asked(broker)))  # what is asked depends on how the events fall into chunks
            kept = rest(broker)
            return kept is not None and not decode(kept).pending

        now = itertools.count()

        def shrunk() -> bool:
            tick(broker, START + KEPT + 4 * next(now) * DAY)  # an order that was not closed is looked at days later
            return is_stub(rest(broker) or b"-")

        until(answered, "its questions stay open")  # before the clock moves: what is late is an exception, and stays
        until(shrunk, "it does not shrink")
        before = commands(broker)
        say(broker, [(WMS_MILESTONES, LIFE[1]), (WMS_MILESTONES, LATE)])
        until(lambda: len(commands(broker)) > len(before), "it does not open")
    opened = decode(rest(broker) or b"")
    said = plain.read(WMS_MILESTONES, ORDER, canonical.encode(LATE))
    expected = {msgspec.json.decode(o.value or b"", type=PostingCommand).id for o in said if o.topic == ERP_COMMANDS}
    assert commands(broker) - before == expected
    assert LATE.business_key in opened.facts
    assert opened.outbox.keys() == decode(plain.rest(ORDER) or b"").outbox.keys()


async def write(broker: str, pairs: Mapping[str, bytes | None]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker) as producer:
        for key, value in pairs.items():
            at = partition_of(key.encode(), PARTITIONS)
            await producer.send_and_wait(ORDERS_CHANGELOG, value, key.encode(), partition=at)


@pytest.mark.parametrize(("value", "says"), [
    (b"\xc1 no record", "malformed"),
    (encode(Record("SO-DAMAGED", schema=SCHEMA + 1)), f"has schema {SCHEMA + 1}, this version reads up to {SCHEMA}"),
], ids=["damaged", "newer"])  # fmt: skip
def test_what_cannot_be_read_ends_the_process_by_name(broker: str, tmp_path: Path, value: bytes, says: str) -> None:
    """A changelog record that is damaged, or of a later version, ends the worker at once and for good, with one line
    that names topic, partition, offset and key; with a tombstone in its place the lane starts."""
    key = "SO-DAMAGED"
    asyncio.run(write(broker, {key: value}))
    with worker("fulfilment", broker, tmp_path) as process:
        assert process.wait(PATIENCE_S) == EXIT_CONFIG
    lines = (tmp_path / "fulfilment.log").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith("milepost: process ends")]
    place = f"{ORDERS_CHANGELOG}[{partition_of(key.encode(), PARTITIONS)}]@"
    assert place in line
    assert f"key '{key}'" in line
    assert says in line
    asyncio.run(write(broker, {key: None}))
    with worker("fulfilment", broker, tmp_path):
        until(lambda: "flowing" in (tmp_path / "fulfilment.log").read_text(), "it does not start")


async def folded(broker: str) -> tuple[int, int, str]:
    """Return how many records the changelog has, how many of them are tombstones, and the digest of their fold."""
    count = tombstones = 0
    state: dict[bytes, bytes] = {}
    async for record in read_to_end(broker, [ORDERS_CHANGELOG]):
        count += 1
        if record.value is None:
            tombstones += 1
            state.pop(record.key, None)
        else:
            state[record.key] = record.value
    return count, tombstones, blake2s(msgspec.msgpack.encode(sorted(state.items()))).hexdigest()


def test_compaction_keeps_what_recovery_reads(broker: str) -> None:
    """The broker's cleaner takes what was overwritten and forgotten out of a changelog, tombstones too, and recovery
    finds the very state it found before."""
    orders = {f"SO-{n}": encode(Record(f"SO-{n}", version=9, failed="x" * 500)) for n in range(200)}
    for version in (1, 5):
        older = {k: encode(Record(k, version=version, failed="y" * 500)) for k in orders}
        asyncio.run(write(broker, older))
    asyncio.run(write(broker, orders | {f"SO-{n}": None for n in range(0, 200, 2)}))
    count, tombstones, before = asyncio.run(folded(broker))
    assert count >= 600
    assert tombstones >= 100
    asyncio.run(alter(broker, ORDERS_CHANGELOG, COMPACTED_AT_ONCE))

    last = {partition_of(key.encode(), PARTITIONS): key for n in range(1, 200, 2) if (key := f"SO-{n}")}

    def compacted() -> bool:
        # A segment is closed only by a later write; these say nothing new.
        asyncio.run(write(broker, {key: orders[key] for key in last.values()}))
        now, gone, digest = asyncio.run(folded(broker))
        assert digest == before
        return now < count / 3 and gone < 20

    until(compacted, "the cleaner does not come")
