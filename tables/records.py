"""The tables `orders` and `loads`: records at rest as bytes, a bounded number hot. The one place that puts them."""

from __future__ import annotations

from collections import OrderedDict

from milepost.contracts.identifiers import is_load
from milepost.runtime.durable.interface import Store
from milepost.workflow.record import ANSWER_ROOM_BYTES, HARD_LIMIT_BYTES, Head, Record, age, decode, encode, head

ORDERS = "orders"
LOADS = "loads"
HOT_BYTES_MAX = 4_000_000  # of records at rest, per partition: about 1,000 open orders, 3.6 times as much as objects


class RecordTooLarge(Exception):
    """The record would pass its hard limit: the new facts are refused, the record stays as it was."""


def table_of(owner: str) -> str:
    """Return the table that keeps ``owner``'s record."""
    return LOADS if is_load(owner) else ORDERS


def merge(table: str, key: str, older: bytes, newer: bytes) -> bytes:
    """Recovery's choice between two copies: the higher (epoch, version) stands, whatever came last in the log."""
    return newer if age(newer) >= age(older) else older


def epoch_of(table: str, value: bytes) -> int:
    """Return the epoch of the owner that wrote ``value``."""
    return head(value).epoch


class Records:
    """Read and write the records of the owned partitions, with the deadlines and ticks found in them."""

    def __init__(self) -> None:
        self._hot: dict[int, OrderedDict[str, tuple[Record, int]]] = {}  # with its size at rest
        self._hot_bytes: dict[int, int] = {}
        self._due: dict[int, dict[str, float]] = {}
        self._ticked: dict[int, dict[int, dict[str, None]]] = {}  # partition → tick offset → owners it fired for
        self.epochs: dict[int, int] = {}

    def open(self, partition: int, store: Store, epoch: int) -> None:
        """Take over a recovered partition: read every record's head once for its deadline."""
        self.forget(partition)
        self.epochs[partition] = epoch
        for table in (ORDERS, LOADS):
            for key, value in store.items(table):
                self._index(partition, key, head(value))

    def forget(self, partition: int) -> None:
        """Drop what is kept of a partition."""
        self._hot[partition] = OrderedDict()
        self._hot_bytes[partition] = 0
        self._due[partition] = {}
        self._ticked[partition] = {}

    def pending(self, store: Store) -> list[str]:
        """Return the owners with commands or instructions that have no answer."""
        return [key for table in (ORDERS, LOADS) for key, value in store.items(table) if head(value).pending]

    def get(self, partition: int, owner: str, store: Store) -> Record:
        """Return the owner's record, an empty one for a new owner. SchemaTooNew stops the process."""
        hot = self._hot[partition]
        kept = hot.get(owner)
        if kept is not None:
            hot.move_to_end(owner)
            return kept[0]
        value = store.get(table_of(owner), owner)
        return Record(owner) if value is None else decode(value)

    def put(self, partition: int, record: Record, store: Store, *, answers_only: bool = False) -> None:
        """Keep the record; RecordTooLarge leaves everything as it was. Answers have room beyond the limit of facts."""
        value = encode(record)
        limit = HARD_LIMIT_BYTES + (ANSWER_ROOM_BYTES if answers_only else 0)
        if len(value) > limit:
            raise RecordTooLarge(f"{record.key}: {len(value)} bytes, at most {limit}")
        store.put(table_of(record.key), record.key, value)
        self._keep_hot(partition, record, len(value))
        self._index(partition, record.key, record)

    def _keep_hot(self, partition: int, record: Record, size_bytes: int) -> None:
        hot = self._hot[partition]
        _, before_bytes = hot.pop(record.key, (None, 0))
        hot[record.key] = record, size_bytes
        self._hot_bytes[partition] += size_bytes - before_bytes
        while self._hot_bytes[partition] > HOT_BYTES_MAX:
            _, (_, cooled_bytes) = hot.popitem(last=False)
            self._hot_bytes[partition] -= cooled_bytes

    def due(self, partition: int, now_s: float) -> list[str]:
        """Return the owners with a deadline at or before ``now_s``, in the order of their keys."""
        return sorted(owner for owner, due_s in self._due[partition].items() if due_s <= now_s)

    def ticked_at(self, partition: int, offset: int) -> list[str]:
        """Return the owners for whom the tick at ``offset`` fired a deadline in an earlier life of the process."""
        return list(self._ticked[partition].get(offset, ()))

    def _index(self, partition: int, owner: str, record: Head | Record) -> None:
        if record.due_s:
            self._due[partition][owner] = record.due_s
        else:
            self._due[partition].pop(owner, None)
        for tick in record.ticked:
            self._ticked[partition].setdefault(tick.offset, {})[owner] = None
