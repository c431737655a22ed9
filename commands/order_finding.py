"""Finding an order or load by any native id that its record knows, or lane intake: from changelogs, or a snapshot."""

from __future__ import annotations

import zlib
from contextlib import aclosing
from pathlib import Path

import msgspec
from milepost.commands import order_meanings
from milepost.commands.order_meanings import Meanings
from milepost.commands.topic_reading import latest, partitions_of, read_to_end
from milepost.contracts.identifiers import LOAD_PREFIX, is_load
from milepost.contracts.reports import JournalEntry
from milepost.runtime.topic_table import LOADS_CHANGELOG, ORDERS_CHANGELOG, ORDERS_JOURNAL, REFERENCES_CHANGELOG
from milepost.workflow.record import Record
from milepost.workflow.reopening import whole
from milepost.workflow.rules import Policy, Reference, Rules
from milepost.workflow.stub import is_stub
from milepost.workflow.view import native_ids


class Shelf(msgspec.Struct):
    """The last record of every owner, and what the journal says of it, oldest first; both as stored.

    A snapshot keeps the rules its orders stand on: the directory they were read from may have gone with its run; and
    what partners' own numbers mean, which a broker is asked for.
    """

    records: dict[str, bytes]
    journal: dict[str, list[bytes]] = msgspec.field(default_factory=dict)
    policies: list[Policy] = []
    references: list[Reference] = []
    meanings: Meanings = {}


def shelf_of_run(
    records: dict[str, bytes], journal: dict[str, list[bytes]], rules: Rules, meanings: Meanings | None = None
) -> Shelf:
    """What a run leaves behind to look at."""
    return Shelf(records, journal, list(rules.policies.values()), list(rules.references.values()), meanings or {})


async def meanings_on(bootstrap: str) -> Meanings:
    """Return what every native id of a partner means, as far as lane intake has learned it."""
    return order_meanings.meanings(await latest(bootstrap, REFERENCES_CHANGELOG))


_decode_entry = msgspec.json.Decoder(JournalEntry).decode


async def shelf_of_broker(bootstrap: str) -> Shelf:
    """Read the latest records; the journal is left out, see journal_of()."""
    found = await latest(bootstrap, ORDERS_CHANGELOG)
    found.update(await latest(bootstrap, LOADS_CHANGELOG))
    return Shelf(found)


def shrunk(shelf: Shelf, records: list[Record]) -> list[str]:
    """Which of these are closed orders whose facts are in the journal alone."""
    return [r.key for r in records if r.key not in shelf.journal and is_stub(shelf.records[r.key])]


async def add_journal(shelf: Shelf, bootstrap: str, owners: list[str]) -> None:
    """Read what the journal says of these owners into the shelf."""
    for owner in owners:
        shelf.journal[owner] = []
    async with aclosing(read_to_end(bootstrap, [ORDERS_JOURNAL], partitions_of(owners))) as written:
        async for one in written:
            if one.value and (owner := one.key.decode("utf-8", "replace")) in shelf.journal:
                shelf.journal[owner].append(one.value)


async def journal_of(bootstrap: str, owner: str) -> list[JournalEntry]:
    """What the journal says of one owner, oldest version first; of two entries of a version the higher epoch stands."""
    shelf = Shelf({})
    await add_journal(shelf, bootstrap, [owner])
    return journal_on(shelf, owner)


def journal_on(shelf: Shelf, owner: str) -> list[JournalEntry]:
    """The same from a snapshot."""
    kept: dict[int, JournalEntry] = {}
    for value in shelf.journal.get(owner, ()):
        _keep(kept, _decode_entry(value))
    return [kept[version] for version in sorted(kept)]


def save(shelf: Shelf, path: Path) -> None:
    """Write a snapshot, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(zlib.compress(msgspec.msgpack.encode(shelf), 1))
    partial.replace(path)


def load(path: Path) -> Shelf | None:
    """Read a snapshot; None when there is none that can be read."""
    try:
        return msgspec.msgpack.decode(zlib.decompress(path.read_bytes()), type=Shelf)
    except (OSError, zlib.error, msgspec.MsgspecError):
        return None


def find(shelf: Shelf, native_id: str) -> list[Record]:
    """The records that know `native_id`: by their own key first, else by any id of any system they hold."""
    for key in (native_id, f"load/{native_id}"):
        if key in shelf.records:
            return [whole(shelf.records[key], shelf.journal.get(key, ()))]
    return _knowing(shelf, native_id)


def _knowing(shelf: Shelf, native_id: str) -> list[Record]:
    needle = native_id.encode()
    # The bytes hold every id as it is written, a stub's do not: only records that can match are decoded.
    likely = [
        whole(value, shelf.journal.get(key, ()))
        for key, value in shelf.records.items()
        if needle in value or is_stub(value)
    ]
    return [record for record in likely if _knows(record, native_id)]


async def meant_by(bootstrap: str, native_id: str) -> list[str]:
    """Return the owners that a native id of a partner means, whoever's number it is: what lane intake has learned."""
    return order_meanings.owners_of(await latest(bootstrap, REFERENCES_CHANGELOG), native_id)


def with_aboard(shelf: Shelf, owners: list[str]) -> list[Record]:
    """The records of these owners that are there, each load before the orders that know it."""
    found: dict[str, Record] = {}
    for owner in owners:
        if owner in shelf.records:
            known = find(shelf, owner)
            known += _knowing(shelf, owner.removeprefix(LOAD_PREFIX)) if is_load(owner) else []
            found.update((record.key, record) for record in known)
    return list(found.values())


def _knows(record: Record, native_id: str) -> bool:
    return native_id in record.outbox or any(native_id in ids for ids in native_ids(record).values())


def _keep(kept: dict[int, JournalEntry], entry: JournalEntry) -> None:
    known = kept.get(entry.version)
    if known is None or entry.epoch > known.epoch:
        kept[entry.version] = entry
