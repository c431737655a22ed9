"""The rows of the table ``references`` that one chunk concerns."""

from __future__ import annotations

from milepost.codecs.errors import DecodeError
from milepost.contracts.references import Reference
from milepost.runtime.durable.interface import Store
from milepost.tables import references as rows
from milepost.tables import snapshots
from milepost.tables.references import TABLE, Row


class ChunkRows:
    """Each row is read once, and written once however many records concern it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows: dict[str, Row] = {}
        self._snapshots: dict[str, snapshots.Snapshot] = {}
        self.sizes: dict[str, int] = {}
        self.changed: dict[str, Row | snapshots.Snapshot] = {}

    def row(self, key: str, reference: Reference) -> Row:
        """Return the row of ``reference``, whose key is ``key``; a new one where nothing is known of it."""
        if key not in self._rows:
            value = self._store.get(TABLE, key)
            new = Row(reference=(reference.kind, reference.issuer, reference.value))
            self._rows[key], self.sizes[key] = (rows.decode(value), len(value)) if value else (new, 0)
        return self._rows[key]

    def make_sure(self, key: str, more_bytes: int) -> None:
        """Count what a row grows by, at most; raise DecodeError where it would be too large for its changelog."""
        if self.sizes[key] + more_bytes > rows.ROW_MAX_BYTES:
            row = self._rows[key]
            self.sizes[key] = len(rows.encode(row))  # some of it may have gone since
            if self.sizes[key] + more_bytes > rows.ROW_MAX_BYTES:
                text = f"{key:.80}: {len(row.targets)} targets and {len(row.kept)} milestones are all a row takes"
                raise DecodeError("too_large", text)
        self.sizes[key] += more_bytes

    def snapshot(self, key: str) -> snapshots.Snapshot:
        if key not in self._snapshots:
            value = self._store.get(TABLE, key)
            self._snapshots[key] = snapshots.decode(value) if value else snapshots.Snapshot()
        return self._snapshots[key]
