"""Waiting until a lane has read what was sent again, and finding out whether it took it."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, NamedTuple

import click
import msgspec
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from milepost.codecs import dead_letters
from milepost.commands.dead_letters_folded import Letter, place_of
from milepost.commands.topic_reading import POLL_MS, reader_at
from milepost.contracts.reports import DeadLetter
from milepost.runtime import kafka_access
from milepost.runtime.redriven import READ_BY
from milepost.runtime.topic_kinds import Lane, app_id
from milepost.runtime.topic_table import DEAD_LETTERS, PARTNER_PARKED, TOPICS

POLL_S = 0.2
Places = Mapping[tuple[str, int], int]


class Sent(NamedTuple):
    """A letter that was sent again, and where it lies now."""

    letter: Letter
    topic: str
    partition: int
    offset: int

    @property
    def place(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


class Verdict(NamedTuple):
    good: bool
    text: str


TAKEN = Verdict(True, "taken")
PARKED = Verdict(False, "parked: its source is paused; `milepost resume` sends it on")


async def read_by_lane(bootstrap: str, lane: Lane, places: Places, within_s: float) -> bool:
    """Wait until the lane has committed these offsets by (topic, partition); whether it did in time."""
    deadline = time.monotonic() + within_s
    wanted = {TopicPartition(*where): offset for where, offset in places.items()}
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **kafka_access.options())
    await admin.start()
    try:
        while True:
            done = await admin.list_consumer_group_offsets(app_id(lane), partitions=list(wanted))
            if all(where in done and done[where].offset > offset for where, offset in wanted.items()):
                return True
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(POLL_S)
    finally:
        await admin.close()


async def ends_now(bootstrap: str) -> dict[TopicPartition, int]:
    """Return where the next letter, and the next parked record, will lie in each partition."""
    async with reader_at(bootstrap) as consumer:
        topics = (DEAD_LETTERS, PARTNER_PARKED)
        places = [TopicPartition(topic, one) for topic in topics for one in range(TOPICS[topic].partitions)]
        ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
        return ends


async def verdicts(
    bootstrap: str, where: Sequence[Sent], begins: Mapping[TopicPartition, int], within_s: float
) -> dict[str, Verdict]:
    """Return what became of each letter, by its id; ClickException where a lane has not read them in time.

    ``begins``: `ends_now`, from before the first was sent.

    A lane publishes its dead letters before it commits, so once it has committed they are there.
    """
    by_lane: dict[Lane, dict[tuple[str, int], int]] = defaultdict(dict)
    for one in where:
        places = by_lane[READ_BY[one.topic]]
        places[one.topic, one.partition] = max(one.offset, places.get((one.topic, one.partition), -1))
    for lane, places in by_lane.items():
        if not await read_by_lane(bootstrap, lane, places, within_s):
            raise click.ClickException(
                f"{len(where)} sent, but lane {lane} has not read them; `milepost dead-letters list` tells when it has"
            )
    return await _found(bootstrap, where, begins)


async def _found(
    bootstrap: str, where: Sequence[Sent], begins: Mapping[TopicPartition, int]
) -> dict[str, Verdict]:
    told = {one.letter.id: TAKEN for one in where}
    places = {one.letter.id: one.place for one in where}
    touched = {one.partition for one in where} | {one.letter.letter_at[0] for one in where}
    async for record in _since(bootstrap, {place: at for place, at in begins.items() if place.partition in touched}):
        if record.topic == PARTNER_PARKED:
            name = dict(record.headers).get(dead_letters.REDRIVEN_ID, b"").decode("utf-8", "replace")
            if name in told and told[name] is TAKEN:
                told[name] = PARKED
            continue
        try:
            letter = msgspec.json.decode(record.value or b"", type=DeadLetter)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            continue
        if letter.letter in told and place_of(letter) == places[letter.letter]:
            within = f" at {letter.place}" if letter.place else ""
            told[letter.letter] = Verdict(False, f"refused again, {letter.reason}{within}: {letter.text}")
    return told


async def _since(bootstrap: str, begins: Mapping[TopicPartition, int]) -> AsyncGenerator[Any, None]:
    """Yield the records from these offsets to the ends that the partitions have now."""
    async with reader_at(bootstrap) as consumer:
        places = list(begins)
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        for place, at in begins.items():
            consumer.seek(place, at)
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                for record in records:
                    if record.offset < ends[TopicPartition(record.topic, record.partition)]:
                        yield record
