"""Rows that nothing can come back to any more leave their table, a bounded number with every chunk."""

from __future__ import annotations

from collections.abc import Callable

from milepost.runtime.topic_kinds import DAY_S
from milepost.tables.command_log import Rows

LOOKED_AT_MAX = 20  # rows per chunk: 0.2 ms
PASS_EVERY_S = DAY_S


Old = Callable[[bytes, float], bool]
"""Says whether the row in these bytes was answered for good, and before a moment in seconds since 1970."""


class OldRows:
    """Passes over one table of each owned partition once a day. ``remembered_s``: how long an answered row is kept.

    The time is the broker's on the records that are read, for these tables have no tick.
    """

    def __init__(self, table: str, old: Old, remembered_s: float) -> None:
        self._table, self._old, self._remembered_s = table, old, remembered_s
        self._left: dict[int, list[str]] = {}
        self._next_s: dict[int, float] = {}

    def pass_on(self, partition: int, now_ms: int, rows: Rows) -> None:
        """Look at the next rows, and put a tombstone in the place of those that are old."""
        now_s = now_ms / 1000
        left = self._left.get(partition)
        if not left:
            if now_s < self._next_s.get(partition, 0):
                return
            self._next_s[partition] = now_s + PASS_EVERY_S
            left = self._left[partition] = [key for key, _ in rows.items(self._table)]
        for key in left[-LOOKED_AT_MAX:]:
            value = rows.get(self._table, key)
            if value is not None and self._old(value, now_s - self._remembered_s):
                rows.put(self._table, key, None)
        del left[-LOOKED_AT_MAX:]

    def forget(self, partition: int) -> None:
        """The partition went to another owner, who begins a pass of its own."""
        self._left.pop(partition, None)
        self._next_s.pop(partition, None)
