"""The tables `orders` and `loads`: records and stubs at rest as bytes, a bounded number hot. It alone puts them."""

from __future__ import annotations

import zlib
from collections import OrderedDict

import msgspec
from milepost.contracts.identifiers import is_load
from milepost.runtime.durable.collector import set_aside
from milepost.runtime.durable.interface import Store
from milepost.tables.times import Days, Times
from milepost.workflow.record import (
    ANSWER_ROOM_BYTES,
    HARD_LIMIT_BYTES,
    READS,
    Head,
    Record,
    SchemaTooNew,
    age,
    decode,
    encode,
    head,
)
from milepost.workflow.stub import Stub, decode_stub, encode_stub, is_stub

ORDERS = "orders"
LOADS = "loads"
HOT_BYTES_MAX = 4_000_000  # of records at rest, per partition: about 1,000 open orders, 3.6 times as much as objects

FROZEN_FROM = 1000  # whole records recovered: from then on what is kept of them is no business of the collector


class RecordTooLarge(Exception):
    """The record would pass its hard limit: the new facts are refused, the record stays as it was."""


class DamagedRecord(Exception):
    """Bytes at rest whose head could be read at recovery, and the rest cannot: a defect that ends the process."""


def table_of(owner: str) -> str:
    """Return the table that keeps ``owner``'s record."""
    return LOADS if is_load(owner) else ORDERS


def merge(table: str, key: str, older: bytes, newer: bytes) -> bytes:
    """Recovery's choice between two copies: the higher (epoch, version) stands, whatever came last in the log."""
    return newer if age(newer) >= age(older) else older


def epoch_of(table: str, value: bytes) -> int:
    """Return the epoch of the owner that wrote ``value``; SchemaTooNew where that was a later version of ours."""
    found = head(value)
    if found.schema > READS:
        raise SchemaTooNew(f"record {found.key} has schema {found.schema}, this version reads up to {READS}")
    return found.epoch


class _Partition:
    """What is kept in memory of one partition beside its bytes. Whole records are looked at again when ``looks`` says.

    ``shrunk``: stubs by the day they shrank. ``ticked``: tick offset → owners it fired for. ``now_s``: the last tick.
    """

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch
        self.hot: OrderedDict[str, tuple[Record, int]] = OrderedDict()  # with its size at rest
        self.hot_bytes = 0
        self.due = Times()
        self.looks = Times()
        self.shrunk = Days()
        self.stubs = 0  # found at recovery
        self.ticked: dict[int, dict[str, None]] = {}

    def index(self, owner: str, record: Head | Record) -> None:
        if record.due_s:
            self.due.set(owner, record.due_s)
        elif owner in self.due:
            self.due.clear(owner)
        for tick in record.ticked:
            self.ticked.setdefault(tick.offset, {})[owner] = None
        if owner not in self.looks:
            self.looks.set(owner, 0)

    def drop(self, owner: str) -> None:
        _, size_bytes = self.hot.pop(owner, (None, 0))
        self.hot_bytes -= size_bytes
        self.due.clear(owner)
        self.looks.clear(owner)


class Records:
    """Read and write the records of the owned partitions, with the moments at which something is due for them."""

    def __init__(self) -> None:
        self._partitions: dict[int, _Partition] = {}

    def open(self, partition: int, store: Store, epoch: int) -> list[str]:
        """Take over a recovered partition; return the owners with commands, instructions or news that wait.

        Every record's head is read, once.
        """
        kept = self._partitions[partition] = _Partition(epoch)
        waiting: list[str] = []
        for table in (ORDERS, LOADS):
            for owner, value in store.items(table):
                found = head(value)
                if found.pending:
                    waiting.append(owner)
                if is_stub(value):
                    kept.shrunk.add(owner, found.due_s)
                    kept.stubs += 1
                else:
                    kept.index(owner, found)
        if len(kept.looks) > FROZEN_FROM:
            set_aside()
        return waiting

    def kept(self, partition: int) -> tuple[list[str], int]:
        """Return the owners of the partition that are whole, and how many stubs recovery found in it."""
        kept = self._partitions[partition]
        return list(kept.looks), kept.stubs

    def forget(self, partition: int) -> None:
        """Drop what is kept of a partition."""
        self._partitions.pop(partition, None)

    def epoch(self, partition: int) -> int:
        """Return the epoch that writes to this partition carry."""
        return self._partitions[partition].epoch

    def get(self, partition: int, owner: str, store: Store) -> Record | Stub:
        """Return the owner's record or stub, an empty record for a new owner. SchemaTooNew stops the process."""
        hot = self._partitions[partition].hot
        kept = hot.get(owner)
        if kept is not None:
            hot.move_to_end(owner)
            return kept[0]
        value = store.get(table_of(owner), owner)
        if value is None:
            return Record(owner)
        try:
            return decode_stub(value) if is_stub(value) else decode(value)
        except (msgspec.MsgspecError, zlib.error) as error:
            raise DamagedRecord(f"the record of {owner!r} in table {table_of(owner)} cannot be read: {error}") from None

    def put(self, partition: int, record: Record, store: Store, *, answers_only: bool = False) -> None:
        """Keep the record; RecordTooLarge leaves everything as it was. Answers have room beyond the limit of facts."""
        value = encode(record)
        limit = HARD_LIMIT_BYTES + (ANSWER_ROOM_BYTES if answers_only else 0)
        if len(value) > limit:
            raise RecordTooLarge(f"{record.key}: {len(value)} bytes, at most {limit}")
        store.put(table_of(record.key), record.key, value)
        kept = self._partitions[partition]
        _keep_hot(kept, record, len(value))
        kept.index(record.key, record)

    def put_stub(self, partition: int, stub: Stub, store: Store) -> None:
        """Keep the stub in the record's place; RecordTooLarge leaves everything as it was."""
        value = encode_stub(stub)
        if len(value) > HARD_LIMIT_BYTES:
            raise RecordTooLarge(f"{stub.key}: {len(value)} bytes wait to open it, at most {HARD_LIMIT_BYTES}")
        store.put(table_of(stub.key), stub.key, value)
        kept = self._partitions[partition]
        kept.drop(stub.key)
        if not stub.waiting:
            kept.shrunk.add(stub.key, stub.shrunk_s)

    def remove(self, owner: str, store: Store) -> None:
        """Forget an owner for good: a tombstone takes its place."""
        store.put(table_of(owner), owner, None)

    def due(self, partition: int, now_s: float) -> list[str]:
        """Return the owners with a deadline at or before ``now_s``, in the order of their keys."""
        return self._partitions[partition].due.due(now_s)

    def ticked_at(self, partition: int, offset: int) -> list[str]:
        """Return the owners for whom the tick at ``offset`` fired a deadline in an earlier life of the process."""
        return list(self._partitions[partition].ticked.get(offset, ()))

    def ticks_committed(self, partition: int, before: int) -> None:
        """Forget what ticks before this offset fired: none of them is read again."""
        ticked = self._partitions[partition].ticked
        while ticked and (first := next(iter(ticked))) < before:
            del ticked[first]

    def to_look_at(self, partition: int, now_s: float, most: int) -> list[str]:
        """Return at most so many owners whose whole record it is time to look at; see ``look_again``."""
        return self._partitions[partition].looks.taken(now_s, most)

    def look_again(self, partition: int, owner: str, at_s: float) -> None:
        """Look at the owner's record again at ``at_s``."""
        self._partitions[partition].looks.set(owner, at_s)

    def shrunk_before(self, partition: int, until_s: float, most: int) -> list[str]:
        """Return at most so many owners that shrank on a day before ``until_s``, each once unless noted again."""
        return self._partitions[partition].shrunk.taken(until_s, most)

    def shrank(self, partition: int, owner: str, at_s: float) -> None:
        """Note again that the owner shrank, where it is not forgotten yet."""
        self._partitions[partition].shrunk.add(owner, at_s)


def _keep_hot(kept: _Partition, record: Record, size_bytes: int) -> None:
    _, before_bytes = kept.hot.pop(record.key, (None, 0))
    kept.hot[record.key] = record, size_bytes
    kept.hot_bytes += size_bytes - before_bytes
    while kept.hot_bytes > HOT_BYTES_MAX:
        _, (_, cooled_bytes) = kept.hot.popitem(last=False)
        kept.hot_bytes -= cooled_bytes
