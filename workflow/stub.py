"""What a closed order keeps when it shrinks: enough that nothing is done twice, and that it can be opened again.

A stub has no facts. Of each fact it knows a short digest, so that a duplicate is told from news; of its documents,
instructions and exceptions it keeps all but the places they were read at. News waits in it until its facts have been
read again from the journal (``reopening``); nothing is decided before all of them are there.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import msgspec
from milepost.contracts.events import Event, payload_digest
from milepost.contracts.identifiers import digest
from milepost.contracts.postings import PostingAnswered
from milepost.contracts.wms import InstructionAnswered
from milepost.workflow.exception_types import NOT_REOPENED
from milepost.workflow.outbox import state
from milepost.workflow.record import (
    READS,
    SCHEMA,
    Entry,
    Fact,
    Joined,
    Place,
    Raised,
    Record,
    SchemaTooNew,
    Told,
    way,
)
from milepost.workflow.stub_words import NEWEST, WORDS

KNOWN_BYTES = 8  # of a fact's digest: at an order of 100 facts one late fact in 10^17 is taken for known


class NotClosed(Exception):
    """The record still waits for an answer, or for a person: it must stay whole."""


class Kept(msgspec.Struct, array_like=True, frozen=True):
    """What a stub keeps of its record besides the facts' digests."""

    decided_by: str
    decided: str
    outbox: tuple[Entry, ...]
    told: tuple[Told, ...]
    raised: dict[str, Raised]
    members: dict[str, Joined]


class Stub(msgspec.Struct, array_like=True):
    """A closed order at rest. Its first fields are those of a record's head.

    ``shrunk_s``: the clock when it shrank, in seconds since 1970; its memory ends a horizon later. ``pending``: 1 while
    news waits. ``known``: digests of its facts, sorted, KNOWN_BYTES each. ``kept``: a compressed Kept, against the
    list of words ``words``. ``waiting``: news to be taken in when the order is open again. ``failed``: why it could
    not be opened.
    """

    key: str
    schema: int
    epoch: int
    version: int
    shrunk_s: float
    ticked: tuple[Place, ...]
    pending: int
    words: int
    known: bytes
    kept: bytes
    waiting: tuple[Event, ...] = ()
    failed: str = ""


def stub(record: Record, epoch: int, now_s: float) -> Stub:
    """Return the stub of ``record``; NotClosed while a command or instruction is open or an exception is."""
    if any(state(entry) == "open" for entry in record.outbox.values()):
        raise NotClosed(f"{record.key}: a command has no answer yet")
    if any(told.content is not None and not told.answer for told in record.told.values()):
        raise NotClosed(f"{record.key}: an instruction has no answer yet")
    if any(raised.open for raised in record.raised.values()):
        raise NotClosed(f"{record.key}: an exception is open")
    known = {known_as(k, f) for k, variants in record.facts.items() for f in variants}
    bare = placeless(record)
    kept = Kept(bare.decided_by, bare.decided, tuple(bare.outbox.values()), tuple(bare.told.values()), bare.raised,
                bare.members)  # fmt: skip
    return Stub(record.key, SCHEMA, epoch, record.version, now_s, (), 0, NEWEST, b"".join(sorted(known)), _packed(kept))


def known_as(key: str, fact: Fact | Event) -> bytes:
    """Return the short digest by which a stub knows a fact again, and the way it came."""
    return bytes.fromhex(digest(key, payload_digest(fact.occurred_at, fact.body), *way(fact)))[:KNOWN_BYTES]


def placeless(record: Record) -> Record:
    """Return the record without the places it read from: they matter only until their offsets are committed."""
    replace, bare = msgspec.structs.replace, record.copy()
    bare.facts = {k: tuple(replace(f, place=None) for f in variants) for k, variants in record.facts.items()}
    bare.outbox = {
        id_: replace(e, place=None, receipts=tuple(a._replace(place=None) for a in e.receipts))
        for id_, e in record.outbox.items()
    }
    bare.told = {id_: replace(t, place=None, answered_at=None) for id_, t in record.told.items()}
    bare.raised = {id_: replace(r, place=None) for id_, r in record.raised.items()}
    bare.members = {id_: replace(m, places=()) for id_, m in record.members.items()}
    bare.ticked = ()
    return bare


def news(kept: Stub, events: Iterable[Event]) -> list[Event]:
    """Return those of the events that the stub, facts and waiting news, does not know, each once."""
    facts = set(digests(kept)) | {_name(event) for event in kept.waiting}
    found = []
    for event in events:
        if (name := _name(event)) not in facts and not _answers_known(kept, event):
            facts.add(name)
            found.append(event)
    return found


def digests(kept: Stub) -> list[bytes]:
    """Return the digests of all facts the order had."""
    return [kept.known[at : at + KNOWN_BYTES] for at in range(0, len(kept.known), KNOWN_BYTES)]


def _name(event: Event) -> bytes:
    return known_as(event.business_key, event)


def _answers_known(kept: Stub, event: Event) -> bool:
    """Say whether an answer of the ERP or a partner adds nothing: answers are known by what they answer."""
    body = event.body
    if isinstance(body, InstructionAnswered):
        return all(told.id != body.instruction or told.answer for told in _unpacked(kept).told)
    if not isinstance(body, PostingAnswered):
        return False
    answers = (a for e in _unpacked(kept).outbox if e.id == body.command.id for a in e.receipts)
    return any(a[:2] == (body.command.attempt, body.outcome) for a in answers)


def took_in(kept: Stub, events: list[Event], epoch: int) -> Stub:
    """Return the stub with news waiting in it."""
    waiting = (*kept.waiting, *events)
    return msgspec.structs.replace(kept, epoch=epoch, waiting=waiting, pending=1)


def reopened(kept: Stub, facts: dict[str, tuple[Fact, ...]]) -> Record:
    """Return the whole record again; NotClosed is the one state it can have been in. The news still waits.

    ``facts`` must be all of them: see ``missing``.
    """
    had = _unpacked(kept)
    raised = dict(had.raised)
    if kept.failed:  # shown while it could not be opened: the next step finds its cause gone
        raised[not_reopened_id(kept.key)] = Raised(NOT_REOPENED, CAUSE)
    return Record(
        kept.key, epoch=kept.epoch, version=kept.version, decided_by=had.decided_by, facts=facts,
        outbox={e.id: e for e in had.outbox}, told={t.id: t for t in had.told}, raised=raised,
        members=dict(had.members), decided=had.decided,
    )  # fmt: skip


CAUSE = "journal"


def not_reopened_id(owner: str) -> str:
    """Return the id of the exception that an order cannot be opened again."""
    return digest(owner, NOT_REOPENED, CAUSE)


def missing(kept: Stub, facts: dict[str, tuple[Fact, ...]]) -> int:
    """Return how many of the stub's facts are not among ``facts``."""
    here = {known_as(k, f) for k, variants in facts.items() for f in variants}
    return len(set(digests(kept)) - here)


def _packed(kept: Kept) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, WORDS[NEWEST])
    return packer.compress(msgspec.msgpack.encode(kept)) + packer.flush()


def _unpacked(kept: Stub) -> Kept:
    unpacker = zlib.decompressobj(-15, WORDS[kept.words])
    return _decode_kept(unpacker.decompress(kept.kept) + unpacker.flush())


_decode_kept = msgspec.msgpack.Decoder(Kept).decode
_decode = msgspec.msgpack.Decoder(Stub).decode
encode_stub = msgspec.msgpack.Encoder().encode
_STUB_FIRST_BYTE = 0x90 | len(Stub.__struct_fields__)  # a msgpack array of fewer than 16; a record's has more


def is_stub(value: bytes) -> bool:
    """Say whether these bytes at rest are a stub's, without reading them."""
    return value[0] == _STUB_FIRST_BYTE


def decode_stub(value: bytes) -> Stub:
    """Return the stub in ``value``; SchemaTooNew when a later version wrote it."""
    found = _decode(value)
    if found.schema > READS or found.words not in WORDS:
        raise SchemaTooNew(f"stub {found.key} has schema {found.schema}, this version reads up to {READS}")
    return found
