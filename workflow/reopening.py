"""Opening a closed order again: its facts are read from the journal and given back to its stub, all or none."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

import msgspec
from milepost.contracts.controls import RulesPinned
from milepost.contracts.postings import PostingAnswered
from milepost.contracts.reports import ExceptionRaised, JournalEntry
from milepost.contracts.wms import InstructionAnswered
from milepost.workflow.decision import Problem
from milepost.workflow.evolve import Arrival
from milepost.workflow.exception_types import NOT_REOPENED, type_of
from milepost.workflow.record import Fact, Place, Record, decode
from milepost.workflow.replay import say_again
from milepost.workflow.reporting import Standing, shown
from milepost.workflow.rules import Rules
from milepost.workflow.step import Outputs, decision_if_any, step
from milepost.workflow.stub import CAUSE, Stub, decode_stub, is_stub, known_as, missing, not_reopened_id, reopened

Facts = dict[str, tuple[Fact, ...]]
_ANSWERS = (PostingAnswered, InstructionAnswered)  # the stub has kept what they said


class ReopeningAsked(msgspec.Struct, frozen=True):
    """The stub of ``owner`` holds news and asks for the facts it had, as of ``version``."""

    owner: str
    version: int


class Reopening(msgspec.Struct, frozen=True):
    """All facts of ``owner`` up to ``version`` that the journal has, packed: the answer to ReopeningAsked."""

    owner: str
    version: int
    facts: bytes

    def unpacked(self) -> Facts:
        return _decode_facts(zlib.decompress(self.facts))


decode_asked = msgspec.json.Decoder(ReopeningAsked).decode
encode_reopening = msgspec.json.Encoder().encode
decode_reopening = msgspec.json.Decoder(Reopening).decode
decode_entry = msgspec.json.Decoder(JournalEntry).decode
_encode_facts = msgspec.msgpack.Encoder().encode
_decode_facts = msgspec.msgpack.Decoder(Facts).decode


def answer(owner: str, entries: Iterable[JournalEntry], version: int) -> Reopening:
    """Return the facts of one owner's journal up to a version, in any order of its entries."""
    return Reopening(owner, version, zlib.compress(_encode_facts(journalled(entries, version))))


def journalled(entries: Iterable[JournalEntry], version: int) -> Facts:
    """Return the facts of the entries as a record keeps them; of several entries with one fact the last epoch stands.

    An entry may have come in parts, when only some of its places were read again, so that nothing is left out of it.
    """
    found: dict[bytes, tuple[int, int, str, Fact]] = {}
    for entry in entries:
        if entry.version > version:
            continue
        for event in entry.facts:
            if isinstance(event.body, _ANSWERS):
                continue
            source = "" if isinstance(event.body, RulesPinned) else event.source
            fact = Fact(event.occurred_at, event.body, source, entry.version, via=event.via)
            name, rank = known_as(event.business_key, fact), (entry.epoch, -entry.version)
            if name not in found or rank > found[name][:2]:
                found[name] = (*rank, event.business_key, fact)
    facts: Facts = {}
    for _, _, key, fact in sorted(found.values(), key=lambda one: -one[1]):
        facts[key] = (*facts.get(key, ()), fact)
    return facts


def whole(value: bytes, journal: Iterable[bytes] = ()) -> Record:
    """Return the record in these bytes at rest, to be looked at: a stub's with what facts its journal entries have."""
    if not is_stub(value):
        return decode(value)
    kept = decode_stub(value)
    return reopened(kept, journalled(map(decode_entry, journal), kept.version))


def answers(kept: Stub, told: Reopening) -> bool:
    """Say whether ``told`` is what this stub waits for; an earlier one asked the same before it last opened."""
    return bool(kept.waiting) and told.version == kept.version


def open_again(kept: Stub, facts: Facts, place: Place, rules: Rules, epoch: int) -> tuple[Record, Outputs] | None:
    """Return the record, whole and with its news taken in, and what follows; None while facts are missing.

    ``place`` is that of the answer: the news was committed long ago, and what follows now is said again when the
    answer is read again.
    """
    if missing(kept, facts):
        return None
    return step(reopened(kept, facts), [Arrival(event, place) for event in kept.waiting], rules, epoch)


def opened_again(record: Record, place: Place, rules: Rules) -> Outputs:
    """Return what was said when the answer at ``place`` opened the order, for it is read again after a crash."""
    out = Outputs()
    say_again(record.copy(), _at(place), out, lambda known: decision_if_any(known, rules))
    return out


def _at(place: Place) -> Sequence[Arrival]:
    return [Arrival(None, place)]  # type: ignore[arg-type]  # only the place is looked at


def not_reopened(kept: Stub, lacking: int) -> ExceptionRaised:
    """Return the exception of an order whose journal lacks facts: its news waits for a person."""
    row = type_of(NOT_REOPENED)
    text = f"{lacking} of its facts are not in the journal any more; {len(kept.waiting)} new ones wait"
    problem = Problem(NOT_REOPENED, CAUSE, row.severity, row.queue, text)
    return shown(kept.key, not_reopened_id(kept.key), problem, Standing(queue=row.queue), "")
