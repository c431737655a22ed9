"""Leaving 12 partitions, row by row: each is where its owner's records will be read, and names no place of before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator

import click
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.agents.posting_processor import PostingProcessor
from milepost.commands import topic_reading
from milepost.commands.repartition import _nobody_may_wait
from milepost.commands.repartition_rows import content_of, places_of
from milepost.commands.topic_reading import Read
from milepost.contracts.postings import PostingAnswered, PostingCommand
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.erp.receipts import Told, receipt
from milepost.runtime.partitioner import partition_of
from milepost.runtime.topic_table import (
    COMMANDS_CHANGELOG,
    DELIVERIES_CHANGELOG,
    ERP_RECEIPTS,
    LEDGERS_CHANGELOG,
    REFERENCES_CHANGELOG,
    WAITING_CHANGELOG,
)
from milepost.tables import command_log, ledgers, references, snapshots, waiting
from milepost.tables.ledgers import Ledgers
from milepost.tests.intake.referred import Pool, link, pointed, reference
from milepost.tests.intake.test_references_snapshots import counted
from milepost.tests.posting.commands import accrual, reversal
from milepost.tests.posting.lane import COMMANDS, EPOCH, MemoryStore
from milepost.tests.posting.test_processor import Sender

BEFORE, AFTER = 12, 24
Rows = Iterable[tuple[int, str, bytes | None]]
"""Records of a changelog, in its order: partition, key, value."""

owners = st.lists(st.integers(0, 10**6).map("SO-{:07}".format), min_size=1, max_size=12, unique=True)


def moved(topic: str, log: Rows) -> list[dict[str, bytes]]:
    """What each partition of the new changelog has in the end."""
    tables: list[dict[str, bytes]] = [{} for _ in range(AFTER)]
    for partition, key, value in log:
        for place in places_of(topic, key.encode(), value, partition, BEFORE, AFTER):
            content = content_of(topic, key.encode(), value)
            if content is None:
                tables[place].pop(key, None)
            else:
                tables[place][key] = content
    return tables


def at_rest(stores: list[MemoryStore], table: str) -> Iterator[tuple[int, str, bytes]]:
    return ((partition, key, value) for partition, store in enumerate(stores) for key, value in store.items(table))


def loaded(tables: list[dict[str, bytes]], table: str) -> list[MemoryStore]:
    stores = [MemoryStore() for _ in tables]
    for store, rows in zip(stores, tables, strict=True):
        for key, value in rows.items():
            store.put(table, key, value)
    return stores


def read(stores: list[MemoryStore], command: PostingCommand, *told: Told) -> tuple[list[Output], Sender]:
    """Let the owner's partition read a command, and its answers."""
    sender, key = Sender(), command.owner.encode()
    partition, lane = partition_of(key, len(stores)), PostingProcessor(sender)
    values = [(COMMANDS, msgspec.json.encode(command))]
    values += [(ERP_RECEIPTS, msgspec.json.encode(receipt(command, one, EPOCH))) for one in told]
    outputs: list[Output] = []
    for offset, (topic, value) in enumerate(values):
        outputs += lane.chunk([Incoming(topic, partition, offset, key, value, 0, ())], stores[partition])
    return outputs, sender


@settings(max_examples=40)
@given(owners)
def test_the_command_log_knows_its_commands_after_the_move(names: list[str]) -> None:
    """A command that was accepted before the move and comes again after it is answered from the log, and not sent."""
    stores = [MemoryStore() for _ in range(BEFORE)]
    originals = [accrual(name, 1) for name in names]
    commands = [*originals, *(reversal(one, 2) for one in originals)]
    for command in commands:
        read(stores, command, Told("accepted", "D-1"))
    after = loaded(moved(COMMANDS_CHANGELOG, at_rest(stores, command_log.TABLE)), command_log.TABLE)
    for command in commands:
        outputs, sender = read(after, command)
        assert sender.submitted == []
        assert outputs


def test_the_name_of_a_reversed_posting_is_known_where_that_will_come() -> None:
    """A reversal that came before what it reverses leaves a row that names no owner: it is in every partition in which
    the owner may be now."""
    for number in range(30):
        original = accrual(f"SO-{number}", 1)
        stores = [MemoryStore() for _ in range(BEFORE)]
        read(stores, reversal(original, 2), Told("accepted", "D-2"))
        after = moved(COMMANDS_CHANGELOG, at_rest(stores, command_log.TABLE))
        assert original.id in after[partition_of(original.owner.encode(), AFTER)]


@settings(max_examples=40)
@given(owners)
def test_books_have_one_row_of_each_posting_after_the_move(names: list[str]) -> None:
    """A receipt that is told again after the move finds the row that reconciliation has, and makes no second one."""
    stores = [MemoryStore() for _ in range(BEFORE)]
    for name in names:
        keep(stores, accrual(name, 1))
    after = loaded(moved(LEDGERS_CHANGELOG, at_rest(stores, ledgers.TABLE)), ledgers.TABLE)
    for name in names:
        keep(after, accrual(name, 1))
    assert sum(1 for _ in at_rest(after, ledgers.TABLE)) == len(names)


def keep(stores: list[MemoryStore], command: PostingCommand) -> None:
    event, books = receipt(command, Told("accepted", "D-1"), EPOCH), Ledgers()
    assert isinstance(event.body, PostingAnswered)
    books.answered(event, event.body, 1, stores[partition_of(command.owner.encode(), len(stores))])


@given(st.sampled_from([COMMANDS_CHANGELOG, LEDGERS_CHANGELOG, DELIVERIES_CHANGELOG]), st.text(min_size=1, max_size=9),
       st.integers(0, BEFORE - 1))  # fmt: skip
def test_what_was_forgotten_stays_forgotten(topic: str, key: str, partition: int) -> None:
    """A tombstone does not say whose row it ends: wherever that went, it goes."""
    places = places_of(topic, key.encode(), None, partition, BEFORE, AFTER)
    assert list(places) == [partition, partition + BEFORE]


@given(st.text(min_size=1, max_size=20))
def test_rows_of_references_lie_where_their_native_id_is_read(value: str) -> None:
    """What a native id means is looked up where its records come to: by its own key."""
    pool, at = Pool(), reference(value)
    pool.say(link(at, "O-1", "S-1"))
    pool.run()
    after = moved(REFERENCES_CHANGELOG, at_rest(pool.stores, references.TABLE))
    assert [number for number, table in enumerate(after) if table] == [partition_of(at.key.encode(), AFTER)]


def test_rows_of_references_name_no_place_of_before() -> None:
    """In topics whose offsets begin anew nobody is told once more because a record lies where another lay; what waits
    goes on waiting, and its time runs on."""
    pool, known, orphan = Pool(), reference("P-1"), reference("P-2")
    pool.say(pointed(known), pointed(orphan), link(known, "O-1", "S-1"), counted({"1": 5}))
    pool.run()
    before = dict(rows_of(pool))
    told = len(pool.told)
    for store in pool.stores:
        for key, value in list(store.items(references.TABLE)):
            store.put(references.TABLE, key, content_of(REFERENCES_CHANGELOG, key.encode(), value))
    after = dict(rows_of(pool))
    assert (after[known.key].number, after[known.key].standing()) == (1, before[known.key].standing())
    assert [one.event for one in after[orphan.key].waiting()] == [one.event for one in before[orphan.key].waiting()]
    assert after[orphan.key].due_ms == before[orphan.key].due_ms
    pool.logs.clear()
    pool.read.clear()
    pool.restart()
    for _ in range(4):  # at the first places of all
        pool.say(pointed(known), link(known, "O-1", "S-1"), counted({"1": 5}))
    pool.run()
    assert len(pool.told) == told
    pool.say(link(orphan, "O-2", "S-2"))
    pool.run()
    assert [event.owner for event in pool.told[told:]] == ["O-2"]


def test_snapshots_keep_their_totals_and_no_place() -> None:
    """What was counted stays counted; at which offset it was means nothing in the new topics."""
    row = snapshots.Snapshot(high={"1": 5})
    snapshots.counted(row, {"1": 9}, 7)
    after = snapshots.decode(content_of(REFERENCES_CHANGELOG, b"snapshot/acme/PO-7", snapshots.encode(row)) or b"")
    assert (after.high, after.steps) == ({"1": 9}, [])


@given(st.integers(0, 99), st.integers(-1, 99), st.sampled_from(["", "letter"]))
def test_who_waited_once_is_forgotten_and_who_waits_is_seen(parked_to: int, returned_to: int, letter: str) -> None:
    """A row of somebody who waits no longer does not come along; one of somebody who does is never changed: the verb
    refuses to move it, for its offsets mean something."""
    row = waiting.Waiting(letter, 3, parked_to, returned_to)
    value = msgspec.msgpack.encode(row)
    assert content_of(WAITING_CHANGELOG, b"O-1", value) == (None if row.over else value)


def test_the_verb_refuses_while_somebody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose last row says that he waits is named; who waited once, or was forgotten, is in nobody's way."""
    over, open_ = msgspec.msgpack.encode(waiting.Waiting("", 3)), msgspec.msgpack.encode(waiting.Waiting("letter", 3))
    rows = {"O-1": [open_, over], "O-2": [open_, None], "O-3": [over]}

    async def read(bootstrap: str, topics: list[str]) -> AsyncGenerator[Read, None]:
        for key, values in rows.items():
            for value in values:
                yield Read(topics[0], 0, 0, 0, key.encode(), value)

    monkeypatch.setattr(topic_reading, "read_to_end", read)
    asyncio.run(_nobody_may_wait("broker"))
    rows["O-3"].append(open_)
    with pytest.raises(click.ClickException, match="1 owners wait behind dead letters, as O-3"):
        asyncio.run(_nobody_may_wait("broker"))


def rows_of(pool: Pool) -> Iterator[tuple[str, references.Row]]:
    for _, key, value in at_rest(pool.stores, references.TABLE):
        if not key.startswith(references.SNAPSHOT):
            yield key, references.decode(value)
