"""Table ``waiting``: owners whose later records wait behind a dead letter, where the policy says that they do."""

from __future__ import annotations

import msgspec
from milepost.tables.command_log import Rows

TABLE = "waiting"
OWNERS_MAX = 2000
"""Owners that wait at the same time, per partition. Past it the next one's records pass, which is counted and said."""
OVER_KEPT = 500
"""Rows that are over and still known, per partition: a record that is read again takes the way it took."""
PAST_KEPT = 8
"""Earlier waits of one owner that are known for the same reason."""
NEVER = -1


class Waiting(msgspec.Struct, array_like=True, frozen=True):
    """One owner in one partition; the numbers are offsets of ``partner.events`` there.

    ``letter``: the dead letter that is open; empty once it was sent again and taken, or given up. ``since``: of the
    record that was refused. ``parked_to``: of the last record that was parked. ``returned_to``: of the last of these
    that has come back. ``past``: ``since`` and ``parked_to`` of the waits before.
    """

    letter: str
    since: int
    parked_to: int = NEVER
    returned_to: int = NEVER
    past: tuple[tuple[int, int], ...] = ()

    @property
    def over(self) -> bool:
        """Say whether nothing of the owner waits any more."""
        return not self.letter and self.returned_to >= self.parked_to

    def wait_of(self, offset: int) -> tuple[int, int] | None:
        """Return ``since`` and ``parked_to`` of the wait into which a record at ``offset`` fell; None before all."""
        waits = ((self.since, self.parked_to), *reversed(self.past))
        return next((one for one in waits if one[0] < offset), None)

    def begun_again(self, letter: str, since: int) -> Waiting:
        """Return the row after another refusal, behind which what has not come back waits on."""
        past = (*self.past, (self.since, self.parked_to))[-PAST_KEPT:]
        return msgspec.structs.replace(self, letter=letter, since=since, past=past)


_encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Waiting).decode


def merge(table: str, key: str, older: bytes, newer: bytes) -> bytes:
    """Recovery's choice between two rows: the one that has seen more."""
    return newer if _age(decode(newer)) >= _age(decode(older)) else older


def _age(row: Waiting) -> tuple[int, bool, int, int]:
    return row.since, not row.letter, row.returned_to, row.parked_to


def replaced_places(value: bytes) -> bytes | None:
    """Return nothing for a row that is over, in topics whose offsets begin anew. No other row may get there: what waits
    and what comes could not be put in order."""
    return None if decode(value).over else value


class WaitingOwners:
    """The rows of all owned partitions, read from memory and assigned here only."""

    def __init__(self) -> None:
        self._rows: dict[int, dict[str, Waiting]] = {}
        self._open: dict[int, int] = {}

    def load(self, partition: int, store: Rows) -> None:
        self._rows[partition] = {owner: decode(value) for owner, value in store.items(TABLE)}
        self._open[partition] = sum(not row.over for row in self._rows[partition].values())

    def forget(self, partition: int) -> None:
        self._rows.pop(partition, None)
        self._open.pop(partition, None)

    def row(self, partition: int, owner: str) -> Waiting | None:
        """Return the owner's row; asked for every record, of partitions that mostly have none."""
        rows = self._rows.get(partition)
        return rows.get(owner) if rows else None

    def full(self, partition: int) -> bool:
        return self._open.get(partition, 0) >= OWNERS_MAX

    def assign(self, partition: int, owner: str, row: Waiting, store: Rows) -> None:
        """Set one row; of those that are over the oldest is forgotten where they are too many."""
        rows = self._rows.setdefault(partition, {})
        before = rows.pop(owner, None)
        rows[owner] = row
        store.put(TABLE, owner, _encode(row))
        was_open = before is not None and not before.over
        self._open[partition] = self._open.get(partition, 0) + (not row.over) - was_open
        if len(rows) - self._open[partition] > OVER_KEPT:
            oldest = min((name for name, one in rows.items() if one.over), key=lambda name: (rows[name].since, name))
            del rows[oldest]
            store.put(TABLE, oldest, None)
