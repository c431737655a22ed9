"""The journal's entry of one version of a record: as it is written, and as it is written again after a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec
from milepost.contracts.events import Event, payload_digest
from milepost.contracts.identifiers import digest
from milepost.contracts.postings import PERIOD_CLOSED, PostingAnswered
from milepost.contracts.reports import JournalEntry
from milepost.contracts.wms import InstructionAnswered
from milepost.workflow.causes import OURS
from milepost.workflow.decision import Decision
from milepost.workflow.record import Fact, Record, Told, way
from milepost.workflow.settle import command_of

Decide = Callable[[Record], Decision | None]  # None where no decision can be made


def content(decision: Decision) -> str:
    """Return the digest of what a decision says ought to exist and is held."""
    return digest([(c, decision.ought[c].document) for c in sorted(decision.ought)], [h.id for h in decision.holds])


def entry(record: Record, facts: Iterable[Event], decided: str, stage: str) -> JournalEntry:
    """Return the entry of the present version, which added ``facts``; ``decided`` is the content of its decision."""
    return JournalEntry(owner=record.key, epoch=record.epoch, version=record.version, facts=tuple(facts),
                        decisions=decided, stage=stage)  # fmt: skip


def entry_again(record: Record, version: int, decide: Decide) -> JournalEntry:
    """Return the entry of an earlier version, whole, from what the record keeps.

    Whole, because it may replace the first one: it bears the epoch of the record's last write, and of two entries of
    one version the higher epoch stands. Its facts come under event ids derived from their content.
    """
    past = as_of(record, version)
    facts, decision = [*facts_of_version(record, version), *_answers(record, version)], decide(past)
    return entry(past, facts, content(decision), decision.stage) if decision else entry(past, facts, "", "")


def as_of(record: Record, version: int) -> Record:
    """Return the record with the facts and the partners' answers that ``version`` was decided on.

    Its outbox is left as it is: decide does not read it.
    """
    facts = {}
    for key, variants in record.facts.items():
        if found := tuple(f for f in variants if f.version <= version):
            facts[key] = found
    past = record.copy()
    past.version, past.facts = version, facts
    past.told = {id_: _told(told, version) for id_, told in record.told.items() if told.sent_in < version}
    return past


def _told(told: Told, version: int) -> Told:
    return msgspec.structs.replace(told, answer="") if told.answered_in > version else told


def facts_of_version(record: Record, version: int) -> Iterator[Event]:
    """Yield the facts that ``version`` added, as events under ids derived from their content."""
    for key, variants in record.facts.items():
        for fact in variants:
            if fact.version == version:
                yield _event(record, key, fact)


def _answers(record: Record, version: int) -> Iterator[Event]:
    """The ERP's and the partners' answers; their time is not kept, that of the newest fact stands in for it."""
    when = max((f.occurred_at for variants in record.facts.values() for f in variants), default=None)
    if when is None:
        return
    for posting in record.outbox.values():
        for answer in posting.receipts:
            if answer.version == version:
                command = msgspec.structs.replace(
                    command_of(record, posting), attempt=answer.attempt, posting_date=answer.posting_date
                )
                code = PERIOD_CLOSED if answer.first_open else ""
                text = posting.text.removeprefix(code).strip() if answer.outcome == "rejected" else ""
                body = PostingAnswered(outcome=answer.outcome, command=command, document_number=posting.number,
                                       first_open=answer.first_open, code=code, text=text)  # fmt: skip
                yield _event(record, f"receipt/{posting.id}/{answer.attempt}/{answer.outcome}", Fact(when, body, "erp"))
    for told in record.told.values():
        if told.answered_in == version:
            taken = InstructionAnswered(instruction=told.id, accepted=told.answer == "accepted")
            yield _event(record, f"answer/{told.id}", Fact(when, taken, OURS))


def _event(record: Record, key: str, fact: Fact) -> Event:
    id_ = digest(record.key, key, payload_digest(fact.occurred_at, fact.body), *way(fact))
    return Event(event_id=id_, business_key=key, owner=record.key, occurred_at=fact.occurred_at,
                 source=fact.source or OURS, via=fact.via, body=fact.body)  # fmt: skip
