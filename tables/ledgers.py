"""Table ``ledgers``: every command and the ERP's answer to it, as reconciliation saw them itself, by posting id."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from milepost.contracts.base import Contract
from milepost.contracts.documents import JournalLine
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingAnswered, PostingCommand
from milepost.tables.command_log import Rows

TABLE = "ledgers"
_RANK = {"": 0, "unknown": 1, "rejected": 2, "accepted": 3}

Net = tuple[tuple[str, str, int], ...]
"""(account, currency, signed amount in minor units), sorted, without zeros: equal nets, equal effect on the books."""


class LedgerRow(Contract, frozen=True, kw_only=True):
    """One posting. ``outcome`` is empty until a receipt came; of several receipts the most certain one stands.

    ``answered_at`` is the posting lane's clock, ``answered_ms`` the broker's when the receipt was written.
    """

    posting: str
    owner: str
    chain: str
    kind: str
    reverses: str = ""
    net: Net = ()
    outcome: str = ""
    number: str = ""
    answered_at: datetime | None = None
    answered_ms: int = 0


_encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(LedgerRow).decode


def net_of(journal: Iterable[JournalLine]) -> Net:
    """Return what a journal does to the books, however its lines are cut or ordered."""
    sums: dict[tuple[str, str], int] = {}
    for line in journal:
        place = (line.account, line.currency)
        sums[place] = sums.get(place, 0) + line.amount_minor
    return tuple(sorted((account, currency, amount) for (account, currency), amount in sums.items() if amount))


def row_of(command: PostingCommand) -> LedgerRow:
    """Return the row of a command that has no answer yet."""
    return LedgerRow(
        posting=command.id, owner=command.owner, chain=command.chain, reverses=command.reverses,
        kind=str(command.document.__struct_config__.tag), net=net_of(command.journal),
    )  # fmt: skip


def is_old(value: bytes, before_s: float) -> bool:
    """Say whether the posting was accepted or rejected before that moment."""
    row = decode(value)
    return row.outcome in ("accepted", "rejected") and row.answered_ms / 1000 < before_s


def belongs_to(value: bytes) -> str:
    """Return whose row it is."""
    return decode(value).owner


def merge(table: str, key: str, older: bytes, newer: bytes) -> bytes:
    """Recovery's choice between two rows: the more certain answer stands, and of equal ones the first."""
    return newer if _RANK[decode(newer).outcome] > _RANK[decode(older).outcome] else older


class Ledgers:
    """The rows of the owned partitions, at rest as bytes; assigned here only."""

    def __init__(self) -> None:
        self._stores: dict[int, Rows] = {}

    def attach(self, partition: int, store: Rows) -> None:
        self._stores[partition] = store

    def detach(self, partition: int) -> None:
        self._stores.pop(partition, None)

    def commanded(self, command: PostingCommand, store: Rows) -> None:
        """Keep a command; one that is known, also through a receipt that came first, changes nothing."""
        if store.get(TABLE, command.id) is None:
            self._assign(row_of(command), store)

    def answered(self, event: Event, body: PostingAnswered, at_ms: int, store: Rows) -> None:
        """Keep a receipt unless what is known is as certain: the first accepted receipt is the one that counts."""
        kept = store.get(TABLE, body.command.id)
        row = row_of(body.command) if kept is None else decode(kept)
        if _RANK[body.outcome] <= _RANK[row.outcome]:
            return
        answer = {"outcome": body.outcome, "number": body.document_number}
        row = msgspec.structs.replace(row, **answer, answered_at=event.occurred_at, answered_ms=at_ms)
        self._assign(row, store)

    def snapshot(self) -> list[bytes]:
        """Return all rows as they are now, still encoded: decoding a million of them is better done in slices."""
        return [value for store in self._stores.values() for _, value in store.items(TABLE)]

    @staticmethod
    def _assign(row: LedgerRow, store: Rows) -> None:
        store.put(TABLE, row.posting, _encode(row))
