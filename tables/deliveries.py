"""The outbox: every instruction, notice and answer that goes to a partner, one row per id.

Rows only ever grow in knowledge: ``merged`` is commutative, associative and idempotent, so neither the order of
outcomes and acknowledgements nor a stale writer's row can undo what is known. The bytes are kept as long as they may
have to be sent again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec
from milepost.contracts.deliveries import DeliveryState
from milepost.contracts.postings import Priority
from milepost.contracts.references import Reference
from milepost.runtime.dispatch.parcel import Way
from milepost.runtime.erp.protocol import UNDECIDABLE
from milepost.tables.command_log import Rows

TABLE = "deliveries"

_KNOWLEDGE: dict[DeliveryState, int] = {
    "open": 0, "unknown": 1, "sent": 2, "overdue": 3, "failed": 4, "not_served": 5, "refused": 6, "acknowledged": 7,
}  # fmt: skip


class Awaited(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The acknowledgement that is expected: by what, within how long of being taken; ``tags`` of events that are one.

    ``subject``: the tender such an event must name. An offer's is only learned when the partner makes it: until then
    ``offer``, its attempt, is known.
    """

    by: str
    within_s: float
    tags: tuple[str, ...] = ()
    subject: str = ""
    offer: int = 0


class Asked(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A person's word that it be tried again after ``attempt``."""

    attempt: int
    at: datetime
    actor: str
    reason: str


class Standing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last word on a delivery: how it stands since ``at``, and what was said with it."""

    state: DeliveryState = "open"
    attempt: int = 0
    at: datetime | None = None
    place: str = ""
    code: str = ""
    text: str = ""


class Delivery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One row, and what the pump sends.

    ``what``: tag of the instruction, ``notice.KIND``, or ``answer``. ``key``: of the record it came with, where that is
    not its owner. ``asked_at``: when it was said that it be sent, by that record's time. ``sequence`` keeps an owner's
    deliveries to one partner in order. ``instruction``: as it came, where it could not be written. ``raised``: the
    exceptions it has opened, whether or not they are closed by now.
    """

    id: str
    owner: str
    partner: str
    what: str
    asked_at: datetime
    version: str = ""
    key: str = ""
    sequence: int = 0
    correlation_id: str = ""
    way: Way = Way()
    value: bytes = b""
    size_bytes: int = 0
    instruction: bytes = b""
    references: tuple[Reference, ...] = ()
    awaits: Awaited | None = None
    standing: Standing = Standing()
    sent_at: datetime | None = None
    raised: tuple[str, ...] = ()
    asked_again: tuple[Asked, ...] = ()

    @property
    def state(self) -> DeliveryState:
        return self.standing.state

    @property
    def attempt(self) -> int:
        return self.standing.attempt

    @property
    def priority(self) -> Priority:
        return "fulfilment"

    @property
    def reverses(self) -> str:
        return ""

    @property
    def reverses_document(self) -> str:
        return ""

    @property
    def is_open(self) -> bool:
        """Whether it has still to be sent, or to be found out whether it was."""
        return self.state == "open" or (self.state == "unknown" and self.standing.code != UNDECIDABLE)

    @property
    def is_awaiting(self) -> bool:
        """Whether an acknowledgement is still to come."""
        return self.awaits is not None and self.state in ("open", "unknown", "sent", "overdue")

    @property
    def due_s(self) -> float | None:
        """When the acknowledgement is overdue, in Unix time; None while no clock runs."""
        if self.state != "sent" or self.awaits is None or self.standing.at is None:
            return None
        return self.standing.at.timestamp() + self.awaits.within_s

    @property
    def trouble(self) -> str:
        """The exception that stands for its state now; empty where nobody need act."""
        if self.state == "unknown" and self.standing.code == UNDECIDABLE:
            return "DELIVERY_UNKNOWN"
        return _TROUBLES.get(self.state, "")


_TROUBLES: dict[DeliveryState, str] = {
    "failed": "DELIVERY_FAILED",
    "not_served": "DELIVERY_FAILED",
    "refused": "DELIVERY_REFUSED",
    "overdue": "DELIVERY_UNACKNOWLEDGED",
}


def standing(row: Delivery, new: Standing) -> Delivery:
    """Return ``row`` with another last word on it, and the exception that comes with that."""
    changed = msgspec.structs.replace(row, standing=new)
    if new.state == "sent":
        changed = msgspec.structs.replace(changed, sent_at=new.at)
    if changed.trouble:
        changed = msgspec.structs.replace(changed, raised=tuple(sorted({*row.raised, changed.trouble})))
    return changed


def merged(one: Delivery | None, other: Delivery) -> Delivery:
    """Return the row that knows what both know: acknowledged beats all, then the later attempt, then the later state.

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
    )
    return _freed(both)


def _freed(row: Delivery) -> Delivery:
    """Nothing comes after an acknowledgement: the bytes are not sent again."""
    if row.state != "acknowledged":
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
    rests = row.state == "acknowledged" or (row.state == "sent" and row.awaits is None)
    return rests and row.standing.at is not None and row.standing.at.timestamp() < before_s


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
        asked_again=(),
    )  # fmt: skip
    return row.size_bytes, encode(plain), row.value
