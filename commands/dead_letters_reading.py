"""The bytes of dead letters, fetched from where they lie; and who waits behind them, as lane intake has it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from milepost.commands.dead_letters_folded import Letter
from milepost.commands.topic_reading import latest, reader_at
from milepost.contracts.letters import LetterAct
from milepost.contracts.reports import DeadLetter
from milepost.runtime.asking import WITHIN_S
from milepost.runtime.topic_table import DEAD_LETTERS, DEAD_LETTERS_ACTS, TOPICS, WAITING_CHANGELOG
from milepost.tables import waiting
from milepost.tables.waiting import Waiting

FETCH_WITHIN_MS = int(WITHIN_S * 1000)


class Whole(NamedTuple):
    """A letter with the bytes that would be sent: ``edited`` ones, else its own. ``cut``: they are not all there."""

    letter: DeadLetter
    value: bytes
    edited: bool = False
    cut: bool = False


async def bytes_of(bootstrap: str, letters: Sequence[Letter]) -> list[Whole]:
    """Return the letters' bytes, in the same order."""
    async with fetching(bootstrap) as fetch:
        return [await fetch.whole(one) for one in letters]


class Fetch:
    """Reads single records by their place."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def whole(self, letter: Letter) -> Whole:
        raw = await self.value(DEAD_LETTERS, *letter.letter_at)
        said = msgspec.json.decode(raw or b"", type=DeadLetter)
        if letter.edit_at is not None:
            edit = msgspec.json.decode(await self.value(DEAD_LETTERS_ACTS, *letter.edit_at) or b"", type=LetterAct)
            return Whole(said, edit.value(), edited=True)
        value = said.value()
        if len(value) == said.size_bytes:
            return Whole(said, value)
        # Longer than a letter can keep. Where the whole record was refused, it may still be at its place.
        kept = await self.value(said.topic, said.partition, said.offset) if said.topic in TOPICS else None
        whole = kept is not None and len(kept) == said.size_bytes and kept.startswith(value)
        return Whole(said, kept if whole and kept is not None else value, cut=not whole)

    async def value(self, topic: str, partition: int, offset: int) -> bytes | None:
        """Return a record's value; None where it is no longer kept."""
        where = TopicPartition(topic, partition)
        self._consumer.assign([where])
        self._consumer.seek(where, offset)
        found = await self._consumer.getmany(where, timeout_ms=FETCH_WITHIN_MS, max_records=1)
        one = next(iter(found.get(where, ())), None)
        return one.value if one is not None and one.offset == offset else None


@asynccontextmanager
async def fetching(bootstrap: str) -> AsyncIterator[Fetch]:
    async with reader_at(bootstrap) as consumer:
        yield Fetch(consumer)


async def waiting_rows(bootstrap: str, partitions: Collection[int] | None = None) -> dict[str, Waiting]:
    """Return the owners of whom something waits behind a dead letter, open or closed."""
    rows = await latest(bootstrap, WAITING_CHANGELOG, partitions)
    found = {owner: waiting.decode(value) for owner, value in rows.items()}
    return {owner: row for owner, row in found.items() if not row.over}
