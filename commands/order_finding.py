"""Finding an order or load by any native id that its record knows: from a broker's changelogs, or from a snapshot."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import msgspec
from milepost.commands.topic_reading import latest, read_to_end
from milepost.contracts import orders, tms, wms
from milepost.contracts.reports import JournalEntry
from milepost.runtime.topic_table import LOADS_CHANGELOG, ORDERS_CHANGELOG, ORDERS_JOURNAL
from milepost.workflow.record import Record, decode


class Shelf(msgspec.Struct):
    """The last record of every owner, and what the journal says of it, oldest first; both as stored."""

    records: dict[str, bytes]
    journal: dict[str, list[bytes]] = msgspec.field(default_factory=dict)


_decode_entry = msgspec.json.Decoder(JournalEntry).decode


async def shelf_of_broker(bootstrap: str) -> Shelf:
    """Read the latest records; the journal is left out, see journal_of()."""
    found = await latest(bootstrap, ORDERS_CHANGELOG)
    found.update(await latest(bootstrap, LOADS_CHANGELOG))
    return Shelf(found)


async def journal_of(bootstrap: str, owner: str) -> list[JournalEntry]:
    """What the journal says of one owner, oldest version first; of two entries of a version the higher epoch stands."""
    kept: dict[int, JournalEntry] = {}
    async with aclosing(read_to_end(bootstrap, [ORDERS_JOURNAL])) as written:
        async for one in written:
            if one.key == owner.encode() and one.value:
                _keep(kept, _decode_entry(one.value))
    return [kept[version] for version in sorted(kept)]


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
            return [decode(shelf.records[key])]
    needle = native_id.encode()
    # The bytes hold every id as it is written: only records that can match are decoded.
    likely = [decode(value) for value in shelf.records.values() if needle in value]
    return [record for record in likely if native_id in set(native_ids(record))]


def native_ids(record: Record) -> Iterator[str]:
    """Every id other systems use for what the record is about: references, shipments, loads, tenders, documents."""
    for variants in record.facts.values():
        for fact in variants:
            yield from _ids_of(fact.body)
    for entry in record.outbox.values():
        yield entry.id
        if entry.number:
            yield entry.number


def _ids_of(body: object) -> Iterator[str]:
    match body:
        case orders.OrderReleased():
            yield from body.references.values()
        case tms.ShipmentCreated():
            yield from (one for one in (body.shipment, body.load, body.pro, body.bol) if one)
        case tms.LoadPlanned():
            yield body.load
            yield from (member.shipment for member in body.members)
        case (
            tms.TenderOffered() | tms.TenderAccepted() | tms.TenderRejected() | tms.TenderExpired()
            | tms.TenderWithdrawn()
        ):  # fmt: skip
            yield body.tender
        case wms.Departed() | wms.Loaded() | tms.Delivered():
            yield body.shipment
            if isinstance(body, tms.Delivered) and body.pod:
                yield body.pod
        case wms.Packed():
            yield body.package
        case _:
            return


def _keep(kept: dict[int, JournalEntry], entry: JournalEntry) -> None:
    known = kept.get(entry.version)
    if known is None or entry.epoch > known.epoch:
        kept[entry.version] = entry
