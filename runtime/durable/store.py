"""The tables' bytes at rest: plain dictionaries, one view per partition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from milepost.runtime.durable.interface import OversizeError, record_size_bytes

Changes = dict[tuple[str, str], bytes | None]
"""(table, key) -> the value that has to reach the changelog, None for a tombstone."""


class PartitionStore:
    """One partition of every table, with the puts that have not been taken to the changelog yet."""

    def __init__(self, partition: int, max_record_bytes: int) -> None:
        self.partition = partition
        self.tables: defaultdict[str, dict[str, bytes]] = defaultdict(dict)
        self.next_offset: dict[str, int] = {}
        """Per table the changelog offset that follows what is in here: the state is the fold of all before it."""
        self.highest_epoch = 0
        self.generation = -1
        """Of the group, when the partition was last given to us."""
        self.complete = False
        self.news = False
        """Whether something was read from the changelog that the processor has not heard of."""
        self._max_record_bytes = max_record_bytes
        self._changes: Changes = {}

    def get(self, table: str, key: str) -> bytes | None:
        return self.tables[table].get(key)

    def put(self, table: str, key: str, value: bytes | None) -> None:
        if value is None:
            self.tables[table].pop(key, None)
        else:
            if len(value) + 4 * len(key) > self._max_record_bytes // 2:  # exactly only where it could matter
                self._check_size(table, key, value)
            self.tables[table][key] = value
        self._changes[table, key] = value

    def _check_size(self, table: str, key: str, value: bytes) -> None:
        size_bytes = record_size_bytes(key_to_bytes(key), value)
        if size_bytes > self._max_record_bytes:
            raise OversizeError(f"{table}[{key}] needs {size_bytes} bytes, the limit is {self._max_record_bytes}")

    def items(self, table: str) -> Iterator[tuple[str, bytes]]:
        return iter(self.tables[table].items())

    def take_changes(self) -> Changes:
        changes, self._changes = self._changes, {}
        return changes


def key_to_bytes(key: str) -> bytes:
    """Total in both directions: a key that somebody else wrote in another encoding survives a rewrite."""
    return key.encode("utf-8", "surrogateescape")


def key_from_bytes(key: bytes) -> str:
    return key.decode("utf-8", "surrogateescape")
