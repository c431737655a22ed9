"""Leaving 12 partitions: rehearsed on two real Kafkas, in the middle of the life of orders."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from hypothesis import given
from hypothesis import strategies as st
from milepost.broker import kafka as local_kafka
from milepost.commands.repartition_copy import POLL_MS, Copied, committed_by_lanes, digest_of, moved_on, reading
from milepost.commands.repartition_rows import IN_EVERY_PART, LEFT_BEHIND, TOLD_BY_ROW, content_of, moved, places_of
from milepost.runtime.partitioner import partition_of
from milepost.runtime.topic_kinds import LANES, PARTITION_COUNTS
from milepost.runtime.topic_table import ERP_COMMANDS, PARTNER_PARKED, SOURCES_CHANGELOG, TOPICS
from milepost.runtime.topics import create, create_missing
from milepost.tables.sources import NEVER, SourceRow, _decode, _encode

WITHIN_S = 150
PARKED = 3


@given(st.binary(max_size=40), st.sampled_from([(a, b) for a in PARTITION_COUNTS for b in PARTITION_COUNTS if a < b]))
def test_records_of_one_key_stay_in_one_line(key: bytes, counts: tuple[int, int]) -> None:
    """A record goes where its key points among the new partitions, and comes from one old partition alone."""
    before, after = counts
    (place,) = places_of(ERP_COMMANDS, key, b"", partition_of(key, before), before, after)
    assert place == partition_of(key, after)
    assert place % before == partition_of(key, before)


@given(st.binary(max_size=40) | st.none(), st.integers(0, 11))
def test_nothing_is_lost_or_doubled_on_the_way(key: bytes | None, partition: int) -> None:
    """Every record has exactly one place, also one whose sender chose its partition; what is told to every partition
    is told to every one that comes of it; so is a tombstone where only the row said whose it was.
    """
    for topic in moved():
        places = list(places_of(topic.name, key, None, partition, 12, 24))
        assert all(place % 12 == partition for place in places)
        everywhere = topic.name in IN_EVERY_PART | TOLD_BY_ROW
        assert len(set(places)) == len(places) == (2 if everywhere else 1)


@given(st.builds(SourceRow, hour=st.integers(0, 10**6), count=st.integers(0, 99), counted_to=st.integers(-1, 10**9),
                 paused=st.booleans(), tripped_at=st.integers(-1, 10**9), cause=st.text(max_size=9),
                 round=st.integers(0, 9), resumed_at=st.integers(-1, 10**9)))  # fmt: skip
def test_no_row_names_an_offset_of_before(row: SourceRow) -> None:
    """A source stays paused, with its count; that it may be resumed in the new topics no offset of the old prevents."""
    moved_row = _decode(content_of(SOURCES_CHANGELOG, b"s", _encode(row)) or b"")
    assert (moved_row.paused, moved_row.count, moved_row.round) == (row.paused, row.count, row.round)
    assert moved_row.counted_to == moved_row.resumed_at == NEVER
    assert moved_row.tripped_at == (NEVER if row.tripped_at == NEVER else 0)


@pytest.mark.timeout(420)
def test_half_a_life_on_12_and_the_rest_on_24(tmp_path: Path) -> None:
    """Orders half done on 12 partitions end on 24, told again from their beginning: the ledger equals every oracle to
    the cent, nothing is posted twice, and the Kafka of before is as it was. Every lane stands where it stood; keys that
    are none, headers, times and tombstones have come along. A Kafka with other topics is not moved to.
    """
    with (
        local_kafka.start(fresh=True, port=0, data_dir=tmp_path / "k12") as before,
        local_kafka.start(fresh=True, port=0, data_dir=tmp_path / "k24") as after,
    ):
        create_missing(before.bootstrap)
        first = spoken(12, "milepost.tests.ops.rehearsal", "half", before.bootstrap, str(tmp_path))
        asyncio.run(park(before.bootstrap))
        verb = ("repartition", "--broker", before.bootstrap, "--to", after.bootstrap, "--partitions", "24")
        told = spoken(12, "milepost.commands.main", *verb)
        assert f"now: MILEPOST_BROKER={after.bootstrap} MILEPOST_PARTITIONS=24" in told
        assert asyncio.run(parked(before.bootstrap, 12)) == asyncio.run(parked(after.bootstrap, 24))
        stood, stands = asyncio.run(standing(before.bootstrap)), asyncio.run(standing(after.bootstrap))
        assert stood == stands
        assert min(len(topics) for topics in stood.values()) > 0
        more = subprocess.run(command("milepost.commands.main", *verb[:-1], "48"), env=environment(12),
                              capture_output=True, text=True, timeout=WITHIN_S, check=False)  # fmt: skip
        assert more.returncode == 1
        assert "has 24 partitions instead of 48; move to a Kafka without these topics" in more.stderr
        again = subprocess.run(command("milepost.commands.main", *verb), env=environment(12), capture_output=True,
                               text=True, timeout=WITHIN_S, check=False)  # fmt: skip
        assert again.returncode == 1
        assert "has records already" in again.stderr
        last = spoken(24, "milepost.tests.ops.rehearsal", "whole", after.bootstrap, str(tmp_path))
    assert figures(first)["booked"] == figures(last)["booked"] > 0
    assert "wrong 0 twice 0 equal True" in last


def test_what_happens_meanwhile_is_found(kafka: str) -> None:
    """A record that came after its topic was copied, and a lane that went on working, are each named."""
    create(kafka, [replace(TOPICS[PARTNER_PARKED], name="moved-meanwhile", partitions=1)])
    asyncio.run(_meanwhile(kafka, "moved-meanwhile"))


async def _meanwhile(bootstrap: str, topic: str) -> None:
    lane, *others = LANES
    async with asyncio.timeout(WITHIN_S), AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        met = await producer.send_and_wait(topic, b"1", partition=0)
        at = TopicPartition(topic, 0)
        copied = {topic: Copied(ends={at: met.offset + 1})}
        committed = await committed_by_lanes(bootstrap)
        assert await moved_on(bootstrap, copied, committed) == []
        before = {**{one: committed[one] for one in others}, lane: {at: 0}}
        assert await moved_on(bootstrap, copied, before) == [f"lane {lane} went on working on {bootstrap}"]
        await producer.send_and_wait(topic, b"2", partition=0)
        (said,) = await moved_on(bootstrap, copied, committed)
        assert said.startswith(f"{topic}: records were added")


def test_a_digest_tells_records_and_places_apart() -> None:
    """No part of a record, and not its partition, can differ and leave the digest as it was."""
    same = {"partition": 1, "key": b"k", "value": b"v", "timestamp_ms": 5, "headers": [("h", b"x")]}
    others = ({"partition": 13}, {"key": None}, {"key": b""}, {"value": None}, {"timestamp_ms": 6}, {"headers": []},
              {"headers": [("h", b"y")]}, {"key": b"kv", "value": b""})  # fmt: skip
    digests = [digest_of(**(same | other)) for other in ({}, *others)]  # type: ignore[arg-type]
    assert len(set(digests)) == len(digests)


async def park(bootstrap: str) -> None:
    """Write what no lane reads: a record without a key, one with headers, one without a value, of old times."""
    rows = ((None, b"no key", []), (b"k", b"with headers", [("h", b"1"), ("h", b"2")]), (b"k", None, []))
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for number, (key, value, headers) in enumerate(rows):
            await producer.send_and_wait(PARTNER_PARKED, value, key=key, headers=headers, timestamp_ms=1000 + number)


async def parked(bootstrap: str, partitions: int) -> list[tuple[Any, ...]]:
    """Return all that is parked, in the order of its times."""
    found: list[tuple[Any, ...]] = []
    async with reading(bootstrap) as reader, asyncio.timeout(WITHIN_S):
        reader.assign([TopicPartition(PARTNER_PARKED, p) for p in range(partitions)])
        await reader.seek_to_beginning()
        while len(found) < PARKED:
            for records in (await reader.getmany(timeout_ms=POLL_MS)).values():
                found += [(one.timestamp, one.key, one.value, one.headers) for one in records]
    return sorted(found, key=lambda one: int(one[0]))


async def standing(bootstrap: str) -> dict[str, dict[str, int]]:
    """Return how many records of each source every lane has taken in, of those whose partitions are told apart."""
    whole = IN_EVERY_PART | LEFT_BEHIND
    told: dict[str, dict[str, int]] = {}
    for lane, offsets in (await committed_by_lanes(bootstrap)).items():
        counts: dict[str, int] = defaultdict(int)
        for at, offset in offsets.items():
            if at.topic not in whole and offset:
                counts[at.topic] += offset
        told[lane] = dict(counts)
    return told


def command(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def environment(partitions: int) -> dict[str, str]:
    return {**os.environ, "MILEPOST_PARTITIONS": str(partitions), "MILEPOST_SESSION_TIMEOUT_S": "6"}


def spoken(partitions: int, module: str, *arguments: str) -> str:
    done = subprocess.run(command(module, *arguments), env=environment(partitions), capture_output=True, text=True,
                          timeout=WITHIN_S, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def figures(text: str) -> dict[str, int]:
    words, found = text.split(), defaultdict(int)
    for name, number in pairwise(words):
        if number.isdigit():
            found.setdefault(name, int(number))
    return found
