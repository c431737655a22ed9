"""The outbox: every instruction, notice and answer that goes to a partner, one row per id.

Rows only ever grow in knowledge: ``merged`` is commutative, associative and idempotent, so neither the order of
outcomes and acknowledgements nor a stale writer's row can undo what is known. The bytes are kept as long as they may
have to be sent again.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from milepost.contracts.deliveries import DeliveryState
from milepost.runtime.erp.protocol import UNDECIDABLE
from milepost.tables.command_log import Rows
from milepost.tables.delivery import Awaited, Delivery, Standing

TABLE = "deliveries"

_KNOWLEDGE: dict[DeliveryState, int] = {  # given_up is no partner's word, so it is nobody's standing
    "open": 0, "unknown": 1, "sent": 2, "overdue": 3, "failed": 4, "not_served": 5, "refused": 6, "acknowledged": 7,
}  # fmt: skip


def merged(one: Delivery | None, other: Delivery) -> Delivery:
    """Return the row that knows what both know: acknowledged beats all, then the later attempt, then the later state.
    What people said of it is kept beside that, all of it.

    Each part is the greater of both, or what either has: nothing depends on which came first.
    """
    if one is None:
        return _freed(other)
    first = max(one, other, key=_written)
    both = msgspec.structs.replace(
        first,
        standing=max(one.standing, other.standing, key=_rank),
        awaits=max(one.awaits, other.awaits, key=_learned),
        sent_at=max((at for at in (one.sent_at, other.sent_at) if at is not None), default=None),
        raised=tuple(sorted({*one.raised, *other.raised})),
        asked_again=tuple(sorted({*one.asked_again, *other.asked_again})),
        settled=tuple(sorted({*one.settled, *other.settled})),
        trace=max(one.trace, other.trace),
    )
    return _freed(both)


def _freed(row: Delivery) -> Delivery:
    """Nothing comes after a partner's acknowledgement: the bytes are not sent again."""
    if row.standing.state != "acknowledged":
        return row
    return msgspec.structs.replace(row, value=b"", instruction=b"", references=())


class Outbox:
    """The rows of one partition; the only place that assigns to the table."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def get(self, delivery: str) -> Delivery | None:
        """Return the row of an id, None when nothing of it goes to a partner."""
        raw = self._rows.get(TABLE, delivery)
        return None if raw is None else decode(raw)

    def add(self, row: Delivery) -> Delivery:
        """Merge what ``row`` knows into its row, and return that."""
        raw = self._rows.get(TABLE, row.id)
        both = merged(None if raw is None else decode(raw), row)
        encoded = encode(both)
        if encoded != raw:
            self._rows.put(TABLE, row.id, encoded)
        return both

    def all(self) -> list[Delivery]:
        """Return every row."""
        return list(self._each())

    def _each(self) -> Iterator[Delivery]:
        return (decode(raw) for _, raw in self._rows.items(TABLE))


def is_old(value: bytes, before_s: float) -> bool:
    """Say whether the row came to rest before that moment; what is open, in doubt or a person's move is never old."""
    row = decode(value)
    rests = row.state in ("acknowledged", "given_up") or (row.state == "sent" and row.awaits is None)
    return rests and row.since is not None and row.since.timestamp() < before_s


def belongs_to(value: bytes) -> str:
    """Return the key of the records that speak of the row: its owner's, or of the record it came with."""
    row = decode(value)
    return row.key or row.owner


def merge_bytes(table: str, key: str, older: bytes, newer: bytes) -> bytes:
    """Merge two changelog records of one row; used at recovery."""
    return encode(merged(decode(older), decode(newer)))


encode = msgspec.msgpack.Encoder(order="deterministic").encode
decode = msgspec.msgpack.Decoder(Delivery).decode


def _rank(word: Standing) -> tuple[bool, int, int, bool, bytes]:
    # The encoded word as last resort makes the choice independent of which of two equals came first.
    given_up = word.code == UNDECIDABLE  # more is known by that than by an unknown that is still asked for
    return word.state == "acknowledged", word.attempt, _KNOWLEDGE[word.state], given_up, encode(word)


def _learned(awaits: Awaited | None) -> tuple[bool, bool, bytes]:
    """A tender's id that one of both has learned."""
    return awaits is not None, awaits is not None and bool(awaits.subject), encode(awaits)


def _written(row: Delivery) -> tuple[int, bytes, bytes]:
    """Of two ways to write one instruction, as of a dialect that was mended: one, whatever came first."""
    plain = msgspec.structs.replace(
        row, value=b"", instruction=b"", references=(), standing=Standing(), awaits=None, sent_at=None, raised=(),
        asked_again=(), settled=(), trace="",
    )  # fmt: skip
    return row.size_bytes, encode(plain), row.value
