"""What a record lacks beside the one put together from the topics, and the other way round. Pure comparison."""

from __future__ import annotations

from dataclasses import dataclass

from milepost.contracts.events import Event, payload_digest
from milepost.contracts.postings import PostingAnswered
from milepost.contracts.wms import InstructionAnswered
from milepost.workflow.decision import Decision
from milepost.workflow.record import Record, decode, way
from milepost.workflow.rules import Rules
from milepost.workflow.step import decision_if_any
from milepost.workflow.stub import decode_stub, digests, is_stub, known_as, reopened

Name = tuple[str, ...]
"""What was taken in: (fact key, digest of the payload, and the way by which it came if it came by a link),
("receipt", posting, attempt, outcome), ("answer", id)."""
_ANSWERED = ("accepted", "refused")
_FOUND_AT_ERP = "~"  # in the id of a document that nobody commanded: see outbox.extra_id


@dataclass(frozen=True, slots=True)
class Difference:
    """How the record of ``owner`` differs from what the topics say.

    ``unread``: what the topics have and the record has not. ``unretained``: the reverse, usual for what is older than
    its topic's memory. ``unknown``: postings that were sent and are not in the record. ``chains``: those on which
    something else ought to exist. ``stage``: (the record's, the topics') where they differ. ``exceptions``: ids that
    are open in one of both only. ``absent``: there is no record.
    """

    owner: str
    unread: frozenset[Name] = frozenset()
    unretained: frozenset[Name] = frozenset()
    unknown: tuple[str, ...] = ()
    chains: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    stage: tuple[str, str] | None = None
    exceptions: tuple[str, ...] = ()
    absent: bool = False

    @property
    def lost(self) -> bool:
        """Whether the record, or the part of it that knows what was posted, is gone."""
        return self.absent or bool(self.unknown)

    @property
    def any(self) -> bool:
        """Whether something is to be put right; what only the record still knows is no defect."""
        return bool(self.unread or self.unknown or self.chains or self.holds or self.stage or self.exceptions)


def name_of(event: Event) -> Name:
    """Return under which name a record has taken ``event`` in."""
    body = event.body
    if isinstance(body, PostingAnswered):
        return "receipt", body.command.id, str(body.command.attempt), body.outcome
    if isinstance(body, InstructionAnswered):
        return "answer", body.instruction
    return event.business_key, payload_digest(event.occurred_at, body), *way(event)


def names_of(record: Record) -> frozenset[Name]:
    """Return everything the record has taken in."""
    facts = {
        (k, payload_digest(f.occurred_at, f.body), *way(f)) for k, variants in record.facts.items() for f in variants
    }
    receipts = {
        ("receipt", e.id, str(a.attempt), a.outcome)
        for e in record.outbox.values() if _FOUND_AT_ERP not in e.id for a in e.receipts
    }  # fmt: skip
    return frozenset({*facts, *receipts, *(("answer", t.id) for t in record.told.values() if t.answer in _ANSWERED)})


def at_rest(value: bytes, rebuilt: Record) -> Record:
    """Return the record in these bytes; a stub's with those facts of ``rebuilt`` that it says it had."""
    if not is_stub(value):
        return decode(value)
    kept = decode_stub(value)
    had, facts = set(digests(kept)), {}
    for key, variants in rebuilt.facts.items():
        if known := tuple(f for f in variants if known_as(key, f) in had):
            facts[key] = known
    return reopened(kept, facts)


def difference(live: Record | None, rebuilt: Record, rules: Rules) -> Difference:
    """Compare the record of a lane, None where it has none, with the one the topics give."""
    owner = rebuilt.key
    absent, live = live is None, live or Record(owner)
    unknown = tuple(sorted(id_ for id_ in rebuilt.outbox.keys() - live.outbox.keys() if _FOUND_AT_ERP not in id_))
    has, ought = names_of(live), names_of(rebuilt)
    mine, theirs = _decision(live, rules), _decision(rebuilt, rules)
    open_ = [{id_ for id_, raised in one.raised.items() if raised.open} for one in (live, rebuilt)]
    return Difference(
        owner, ought - has, has - ought, unknown, _chains(mine, theirs),
        tuple(sorted({h.id for h in mine.holds} ^ {h.id for h in theirs.holds})),
        None if mine.stage == theirs.stage else (mine.stage, theirs.stage),
        tuple(sorted(open_[0] ^ open_[1])), absent=absent,
    )  # fmt: skip


def _chains(one: Decision, other: Decision) -> tuple[str, ...]:
    named = one.ought.keys() | other.ought.keys()
    return tuple(sorted(c for c in named if _document(one, c) != _document(other, c)))


def _document(decision: Decision, chain: str) -> object:
    return decision.ought[chain].document if chain in decision.ought else None


def _decision(record: Record, rules: Rules) -> Decision:
    return decision_if_any(record, rules) or Decision()  # else it is compared by what it has taken in
