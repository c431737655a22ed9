"""What state costs: bytes per open order and per stub, memory with a million of them, recovery, and whether work grows.

    .venv/bin/python -m milepost.bench.state --open 100000 --stubs 1000000          memory and recovery, real broker
    .venv/bin/python -m milepost.bench.state --growth --sizes 1000,10000,100000,1000000

Records are those of simulated lives, played once and cloned under other keys: sizes and shapes are real, texts repeat.
They are written to the real changelog of a real Kafka, and read by the lane's own recovery in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import msgspec
from aiokafka import AIOKafkaProducer
from milepost.agents.closing import Closing
from milepost.agents.fulfilment import SOURCES, TABLES, Fulfilment
from milepost.bench.core import recorded, run
from milepost.bench.growth_plot import plotted
from milepost.broker import kafka as local_kafka
from milepost.codecs import canonical
from milepost.contracts.identifiers import is_load
from milepost.runtime.durable.interface import Incoming, Tuning
from milepost.runtime.durable.reader import LogReader
from milepost.runtime.durable.rebuild import rebuild
from milepost.runtime.durable.setup import LaneSetup
from milepost.runtime.durable.store import PartitionStore
from milepost.runtime.partitioner import partition_of
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings
from milepost.runtime.topic_kinds import DAY_S, PARTITIONS, changelog_name
from milepost.runtime.topic_table import ORDERS_TICKS, WMS_MILESTONES
from milepost.runtime.topics import create_missing
from milepost.tables import records
from milepost.workflow.record import Record, decode, encode
from milepost.workflow.rules import Rules
from milepost.workflow.stub import encode_stub, stub
from milepost.workflow.ticks import Tick

LIVES = 300
CHANGELOGS = {changelog_name("fulfilment", table): table for table in TABLES}
PAGE = os.sysconf("SC_PAGE_SIZE")


class Examples(NamedTuple):
    """Orders of simulated lives in the middle of their lives and at their end, and the messages they were made of."""

    opened: list[Record]
    ended: list[Record]
    log: list[bytes]


def examples(rules: Rules) -> Examples:
    """Return the orders' records of simulated lives."""
    log = recorded(1, LIVES, rules)
    owners = [canonical.decode(message).owner for message in log]
    total, seen, half = Counter(owners), Counter[str](), []
    for owner, message in zip(owners, log, strict=True):
        seen[owner] += 1
        if 2 * seen[owner] <= total[owner] + 1:
            half.append(message)
    return Examples(_orders(half, rules), _orders(log, rules), log)


def _orders(log: list[bytes], rules: Rules) -> list[Record]:
    _, rest = run(log, rules, hot=True)
    return [record for record in map(decode, rest.values()) if not is_load(record.key)]


def clones(found: Examples, opened: int, stubs: int) -> Iterator[tuple[str, bytes]]:
    """Yield so many open orders and stubs under keys of their own."""
    whole = [(record.key, encode(record)) for record in found.opened]
    shut = [(r.key, encode_stub(stub(_ended(r), 1, 1.8e9))) for r in found.ended if may_close(r)]
    for n in range(opened):
        yield _as(f"OPN-{n:07}", *whole[n % len(whole)])
    for n in range(stubs):
        yield _as(f"CLS-{n:07}", *shut[n % len(shut)])


def may_close(record: Record) -> bool:
    """An order with an open exception waits for a person and stays whole."""
    return not any(raised.open for raised in record.raised.values())


def _as(key: str, old: str, value: bytes) -> tuple[str, bytes]:
    """The first field is the key, of one length or another: the rest stays as it is."""
    head = len(msgspec.msgpack.encode(old))
    start = 3 if value[0] == 0xDC else 1
    return key, value[:start] + msgspec.msgpack.encode(key) + value[start + head :]


def _ended(record: Record) -> Record:
    """The order as if all had been answered: what a stub keeps of it."""
    replace, ended = msgspec.structs.replace, record.copy()
    ended.told = {i: replace(t, content=None, answer=t.answer or "accepted") for i, t in record.told.items()}
    ended.raised = {i: replace(r, open=False, shown="") for i, r in record.raised.items()}
    ended.outbox = {i: replace(e, receipts=e.receipts) for i, e in record.outbox.items() if e.receipts}
    return ended


async def write(bootstrap: str, pairs: Iterator[tuple[str, bytes]]) -> None:
    """Write records to the changelog of orders as the lane would, many at once."""
    topic = changelog_name("fulfilment", records.ORDERS)
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, max_batch_size=262_144, linger_ms=20) as producer:
        waiting: list[Any] = []
        for key, value in pairs:
            raw = key.encode()
            waiting.append(await producer.send(topic, value, raw, partition=partition_of(raw, PARTITIONS)))
            if len(waiting) >= 20_000:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)


def lane(bootstrap: str) -> Any:
    """As much of a lane as rebuild() asks for."""
    tables = {
        table: SimpleNamespace(changelog_topic=SimpleNamespace(get_topic_name=lambda topic=topic: topic))
        for topic, table in CHANGELOGS.items()
    }
    return SimpleNamespace(
        app=SimpleNamespace(tables=tables), stores={}, tuning=Tuning(),
        setup=LaneSetup("bench", bootstrap, SOURCES, TABLES, SimpleNamespace, Tuning(), merge=records.merge,
                        epoch_of=records.epoch_of),
        stats=SimpleNamespace(recoveries=0, recovered_records=0), new_reader=lambda: LogReader(bootstrap, "bench"),
    )  # fmt: skip


def recovered(bootstrap: str) -> dict[str, float]:
    """Recover all partitions and hand them to the processor; CPU, seconds and resident memory, as this process has."""
    settings = Settings()
    rules = load_rules(settings.policy_dir, settings.reference_dir, settings.tenant)
    gc.collect()
    before, cpu, wall = resident_bytes(), time.process_time(), time.monotonic()
    here = lane(bootstrap)
    asyncio.run(rebuild(here, set(range(PARTITIONS))))
    processor = Fulfilment(rules, 1000, Closing(30 * DAY_S, 430 * DAY_S, SOURCES))
    for partition, store in sorted(here.stores.items()):
        processor.recovered(partition, store, 2)
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    count = sum(len(rows) for store in here.stores.values() for rows in store.tables.values())
    return {"records": count, "cpu_s": cpu, "wall_s": wall, "before": before, "resident": resident_bytes()}


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def in_own_process(bootstrap: str) -> dict[str, float]:
    """Recover in a process that did nothing else, so that its memory is the state's."""
    command = [sys.executable, "-m", "milepost.bench.state", "--recover", bootstrap]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True).stdout.splitlines()[-1]))


def memory(opened: int, stubs: int, rules: Rules) -> None:
    """Print sizes, memory and recovery with so many open orders and stubs."""
    found = examples(rules)
    whole = [len(encode(r)) for r in found.opened]
    shut = [len(encode_stub(stub(_ended(r), 1, 1.8e9))) for r in found.ended if may_close(r)]
    ended = statistics.median(len(encode(r)) for r in found.ended)
    print(f"open order at rest: median {statistics.median(whole):.0f} bytes in mid-life, {ended:.0f} at its end")
    print(f"stub at rest: median {statistics.median(shut):.0f} bytes, largest {max(shut)} (goal: median 600)")
    with local_kafka.start(fresh=True, port=0) as broker:
        create_missing(broker.bootstrap)
        steps = [(0, 0), (opened, 0), (0, stubs)]
        last: dict[str, float] = {}
        for more_open, more_stubs in steps:
            asyncio.run(write(broker.bootstrap, clones(found, more_open, more_stubs)))
            now = in_own_process(broker.bootstrap)
            _told(now, last, more_open, more_stubs)
            last = now


def _told(now: dict[str, float], last: dict[str, float], opened: int, stubs: int) -> None:
    count = opened + stubs
    each = f", {(now['resident'] - last['resident']) / count:.0f} bytes of memory each" if count else ""
    per = f"; {1e5 * now['cpu_s'] / now['records']:.2f} CPU s per 100,000 records" if now["records"] else ""
    what = f"{now['records']:,.0f} records ({opened:,} open and {stubs:,} stubs more{each})"
    spent = f"recovered in {now['wall_s']:.1f} s, {now['cpu_s']:.1f} CPU s{per}"
    print(f"{what}: {now['resident'] / 1e6:,.0f} MB resident, {spent}")


def growth(sizes: list[int], rounds: int, rules: Rules, picture: Path | None) -> None:
    """Print CPU per event and the time of chunks and ticks of one hot stream beside ever more other orders."""
    found = examples(rules)
    gc.collect()
    gc.freeze()  # what the bench itself holds is not what is measured
    shown: dict[int, tuple[float, float, float]] = {}
    for size in sizes:
        stores = {p: PartitionStore(p, Tuning().max_message_bytes) for p in range(PARTITIONS)}
        for key, value in clones(found, size // 10, size - size // 10):
            stores[partition_of(key.encode(), PARTITIONS)].tables[records.ORDERS][key] = value
        results = [hot_stream(found.log, stores, rules) for _ in range(rounds)]
        cpu, p99, tick = (statistics.median(column) for column in zip(*results, strict=True))
        shown[size] = cpu, p99, tick
        print(f"{size:>9,} orders: {cpu:6.1f} us CPU per event, chunk p99 {p99:6.2f} ms, tick {tick:6.2f} ms")
    if picture is not None:
        picture.write_text(plotted(shown), encoding="utf-8")


def hot_stream(log: list[bytes], stores: dict[int, PartitionStore], rules: Rules) -> tuple[float, float, float]:
    """Run one stream of lives through the lane's processor: us CPU per event, p99 ms of a chunk, ms of a tick.

    All of it CPU time, so that other processes do not show; nothing is due at the tick, it only looks.
    """
    processor = Fulfilment(rules, 1000, Closing(30 * DAY_S, 430 * DAY_S, SOURCES))
    copies = {p: _copy(store) for p, store in stores.items()}
    for partition, store in copies.items():
        processor.recovered(partition, store, 2)
    chunks = [(p, chunk) for p, read in _partitioned(log).items() for chunk in _chunked(p, read)]
    took: list[float] = []
    started = time.process_time()
    for partition, chunk in chunks:
        began = time.process_time()
        processor.chunk(chunk, copies[partition])
        copies[partition].take_changes()
        took.append(time.process_time() - began)
    cpu = time.process_time() - started
    began = time.process_time()
    for partition, store in copies.items():
        now = msgspec.json.encode(Tick(now=datetime(2026, 1, 1, tzinfo=UTC)))
        processor.chunk([Incoming(ORDERS_TICKS, partition, 10**6, b"", now, 0, ())], store)
    tick = (time.process_time() - began) / PARTITIONS
    return 1e6 * cpu / len(log), 1e3 * statistics.quantiles(took, n=100)[-1], 1e3 * tick


def _copy(store: PartitionStore) -> PartitionStore:
    copy = PartitionStore(store.partition, Tuning().max_message_bytes)
    for table, rows in store.tables.items():
        copy.tables[table] = dict(rows)
    return copy


def _partitioned(log: list[bytes]) -> dict[int, list[tuple[bytes, bytes]]]:
    found: dict[int, list[tuple[bytes, bytes]]] = {}
    for value in log:
        key = canonical.decode(value).owner.encode()
        found.setdefault(partition_of(key, PARTITIONS), []).append((key, value))
    return found


def _chunked(partition: int, read: list[tuple[bytes, bytes]], size: int = 50) -> Iterator[list[Incoming]]:
    made = [Incoming(WMS_MILESTONES, partition, n, key, value, 0, ()) for n, (key, value) in enumerate(read)]
    for start in range(0, len(made), size):
        yield made[start : start + size]


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--open", type=int, default=100_000)
    arguments.add_argument("--stubs", type=int, default=1_000_000)
    arguments.add_argument("--growth", action="store_true", help="measure the hot stream beside ever more orders")
    arguments.add_argument("--sizes", default="1000,10000,100000,1000000")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--picture", type=Path, help="write the growth as an SVG")
    arguments.add_argument("--recover", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.recover:
        print(json.dumps(recovered(given.recover)))
        return
    settings = Settings()
    rules = load_rules(settings.policy_dir, settings.reference_dir, settings.tenant)
    if given.growth:
        growth([int(size) for size in given.sizes.split(",")], given.rounds, rules, given.picture)
    else:
        memory(given.open, given.stubs, rules)


if __name__ == "__main__":
    main()
