"""The record of one owner (an order or a load): its facts, its outbox, and what it has told others. Pure data."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec
from milepost.contracts.documents import Document
from milepost.contracts.events import Body, Event
from milepost.contracts.instructions import CustomerNotice, Instruction
from milepost.contracts.postings import Outcome

SCHEMA = 2  # 2: how a posting was dated, and the first open day the ERP named
READS = 2
"""Up to which schema records are read. A release raises it; the next one raises SCHEMA, which is what is written.

So what runs side by side in a rolling update, and what is rolled back by one release, reads what the other wrote.
"""
HARD_LIMIT_BYTES = 500_000  # half of the largest message: beyond it facts go to the dead letters
ANSWER_ROOM_BYTES = 300_000  # what may still come on top: answers to what was sent, a person's word, a deadline


class Place(NamedTuple):
    """Where a message was read: source topic by its number in the lane's list, and the offset there."""

    topic: int
    offset: int


class Fact(msgspec.Struct, array_like=True, frozen=True):
    """One payload of a fact key. ``occurred_at`` and ``body`` are its content; the rest says how it came.

    ``via``: the links by which it came here, as the event had them. What comes by several ways, or also under the
    owner's own name, is kept once for each: one of them may be taken back.
    """

    occurred_at: datetime
    body: Body
    source: str = ""
    version: int = 0  # the record's version that added it
    place: Place | None = None
    via: str = ""


def way(fact: Fact | Event) -> tuple[str, ...]:
    """Return what tells a fact from the same one that came otherwise: nothing for what named its owner itself."""
    return (fact.via,) if fact.via else ()


class Answer(NamedTuple):
    """One receipt of the ERP: for which attempt, what, in which version of the record, read where.

    ``posting_date``: how that attempt was dated. ``first_open``: the day the ERP named when its period was closed.
    """

    attempt: int
    outcome: Outcome
    version: int = 0
    place: Place | None = None
    posting_date: str = ""
    first_open: str = ""


class Entry(msgspec.Struct, array_like=True, frozen=True):
    """One command of the outbox and the ERP's answers to it. Its state is derived: see ``outbox.state``."""

    id: str
    chain: str
    document: Document
    sequence: int
    attempt: int = 0
    reverses: str = ""
    receipts: tuple[Answer, ...] = ()
    number: str = ""  # the ERP's document number
    text: str = ""  # code and text of the last rejection
    rule: str = ""
    place: Place | None = None
    posting_date: str = ""  # the day the last attempt is booked on, where that is not the document's own
    since_s: int = 0  # newest fact of the record when this attempt was commanded: the ERP's patience runs from there


class Told(msgspec.Struct, array_like=True, frozen=True):
    """An instruction or notice sent. The content is kept until it is answered, to be sent again under the same id.

    ``withdraws``: the id of the instruction this one takes back. ``answered_in``, ``answered_at``: the record's version
    and the place that brought the answer. ``recipient``: who would have to hear of its withdrawal; nobody, where it is
    said once. ``sent_in``: the record's version that sent it. ``cause``: the cancellation for which it withdraws.
    """

    id: str
    chain: str
    content: Instruction | None = None
    notice: CustomerNotice | None = None
    answer: str = ""  # "" | accepted | refused
    withdraws: str = ""
    place: Place | None = None
    answered_in: int = 0
    answered_at: Place | None = None
    recipient: str = ""
    sent_in: int = 0
    cause: str = ""
    since_s: int = 0  # newest fact of the record when it was sent


class Raised(msgspec.Struct, array_like=True, frozen=True):
    """An exception that was published, open or closed. ``shown``: digest of how it was last published."""

    type: str
    cause: str
    open: bool = True
    place: Place | None = None
    shown: str = ""


class Joined(msgspec.Struct, array_like=True, frozen=True):
    """A member order of a load: facts up to record version ``upto`` were fanned out to it.

    ``places``: those that made it hear of more than their own facts: its first, and each after decisions had failed.
    """

    upto: int
    places: tuple[Place, ...] = ()


class Record(msgspec.Struct, array_like=True, dict=True):
    """Everything known and sent of one owner.

    ``facts``: business key → its payloads, several that count are a conflict. ``outbox``: posting id → entry, in order
    of sequence. (``epoch``, ``version``) order the writes of a record: of two copies the higher stands. ``due_s``: the
    earliest deadline not yet fired, in seconds since 1970, 0 for none. ``ticked``: the ticks that fired one.
    ``pending``: commands and instructions without an answer.
    """

    key: str
    schema: int = SCHEMA
    epoch: int = 0
    version: int = 0
    due_s: float = 0
    ticked: tuple[Place, ...] = ()
    pending: int = 0
    decided_by: str = ""  # fingerprint of code and rules of the last decision
    facts: dict[str, tuple[Fact, ...]] = msgspec.field(default_factory=dict)
    outbox: dict[str, Entry] = msgspec.field(default_factory=dict)
    told: dict[str, Told] = msgspec.field(default_factory=dict)
    raised: dict[str, Raised] = msgspec.field(default_factory=dict)
    members: dict[str, Joined] = msgspec.field(default_factory=dict)
    failed: str = ""  # why the last decision could not be made; the old one stands
    decided: str = ""  # digest of what the last decision said ought to exist and is held

    def copy(self) -> Record:
        """Return a record that can be changed without touching this one (its values are immutable)."""
        twin = Record(
            self.key, self.schema, self.epoch, self.version, self.due_s, self.ticked, self.pending, self.decided_by,
            dict(self.facts), dict(self.outbox), dict(self.told), dict(self.raised), dict(self.members), self.failed,
            self.decided,
        )  # fmt: skip
        if "snapshot" in self.__dict__:  # holds for whatever record has the very same facts: see snapshots.standing
            twin.__dict__["snapshot"] = self.__dict__["snapshot"]
        return twin


class SchemaTooNew(Exception):
    """A record written by a newer version: it is refused, never rewritten."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Record).decode


def encode(record: Record) -> bytes:
    """Return the record's bytes at rest."""
    return _encode(record)


def decode(data: bytes) -> Record:
    """Return the record in ``data``; SchemaTooNew when a later version wrote it."""
    record = _decode(data)
    if record.schema > READS:
        raise SchemaTooNew(f"record {record.key} has schema {record.schema}, this version reads up to {READS}")
    record.schema = max(record.schema, SCHEMA)  # what the next release wrote stays of its schema
    return record


class Head(msgspec.Struct, array_like=True):
    """The first fields of a record, for those who need not read it whole: recovery and the deadline index."""

    key: str
    schema: int
    epoch: int
    version: int
    due_s: float
    ticked: tuple[Place, ...]
    pending: int


head = msgspec.msgpack.Decoder(Head).decode


def age(data: bytes) -> tuple[int, int]:
    """Return (epoch, version) of a record's bytes, by which recovery keeps the newer copy."""
    found = head(data)
    return found.epoch, found.version
