"""evolve: merge what arrived into the record. It never refuses, and order and duplication change nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from milepost.contracts.controls import RulesPinned
from milepost.contracts.events import Event, payload_digest
from milepost.contracts.identifiers import is_load
from milepost.contracts.orders import InboundReleased, OrderReleased
from milepost.contracts.postings import PERIOD_CLOSED, PostingAnswered, PostingCommand
from milepost.contracts.tms import LoadPlanned
from milepost.contracts.wms import InstructionAnswered
from milepost.workflow.record import Answer, Entry, Fact, Place, Record
from milepost.workflow.rules import Rules

PINNING = (OrderReleased, InboundReleased, LoadPlanned)  # of an order, of an inbound order, of a load
PIN_CHARS = 12  # of a release's digest in its pin's key: one record has few releases
WAYS_MAX = 40  # by which one payload came: the native ids of a milestone, and what they meant by then
VARIANTS_MAX = 8  # payloads kept of one key: it is in conflict from the second on, and a person chooses among these


class Arrival(NamedTuple):
    """An event and the place it was read at; no place for what was not read from a topic."""

    event: Event
    place: Place | None = None


def evolve(record: Record, arrivals: Iterable[Arrival], rules: Rules) -> tuple[Record, list[Event]]:
    """Return the record with the arrivals merged, and the events that added something to its facts."""
    merged = record.copy()
    added = [a.event for a in arrivals if merge(merged, a.event, a.place, rules)]
    return merged, added


def merge(record: Record, event: Event, place: Place | None, rules: Rules) -> bool:
    """Merge one event into ``record`` itself; True when the facts, receipts or answers grew."""
    body = event.body
    if isinstance(body, PostingAnswered):
        return _merge_receipt(record, body, place)
    if isinstance(body, InstructionAnswered):
        return _merge_answer(record, body, place)
    if not _merge_fact(
        record, event.business_key, Fact(event.occurred_at, body, event.source, record.version + 1, place, event.via)
    ):
        return False
    if isinstance(body, LoadPlanned) or (isinstance(body, PINNING) and not is_load(record.key)):
        _pin(record, event, rules)  # of a plan also in its orders: of the load they judge as the load does
    return True


def _merge_fact(record: Record, key: str, fact: Fact) -> bool:
    """Content decides: another message, source or place with the same content adds nothing, but for another way."""
    variants = record.facts.get(key)
    if variants is None:
        record.facts[key] = (fact,)
        return True
    alike = [v for v in variants if v.occurred_at == fact.occurred_at and v.body == fact.body]
    if any(v.via == fact.via for v in alike) or len(alike) >= WAYS_MAX:
        return False
    if not alike and len({payload_digest(v.occurred_at, v.body) for v in variants}) >= VARIANTS_MAX:
        return False
    record.facts[key] = (*variants, fact)
    return True


def _pin(record: Record, event: Event, rules: Rules) -> None:
    """Record the rule versions in force when the release occurred: a fact of its own, a function of the release."""
    policy, reference = rules.at(event.occurred_at)
    release = payload_digest(event.occurred_at, event.body)
    body = RulesPinned(policy=policy, reference=reference)  # its key names the release
    record.facts.setdefault(f"rules/{release[:PIN_CHARS]}", (Fact(event.occurred_at, body, "", record.version + 1),))


def _merge_receipt(record: Record, receipt: PostingAnswered, place: Place | None) -> bool:
    """Add an answer to its entry; a receipt for an unknown id is adopted, since it carries the command."""
    command = receipt.command
    entry = record.outbox.get(command.id) or _adopted(command)
    closed = receipt.first_open if receipt.outcome == "rejected" and receipt.code == PERIOD_CLOSED else ""
    answer = Answer(command.attempt, receipt.outcome, record.version + 1, place, command.posting_date, closed)
    if any(known[:2] == answer[:2] for known in entry.receipts):
        return False
    text = f"{receipt.code} {receipt.text}".strip() if receipt.outcome == "rejected" else entry.text
    record.outbox[command.id] = msgspec.structs.replace(
        entry,
        receipts=(*entry.receipts, answer),
        number=receipt.document_number or entry.number,
        attempt=max(entry.attempt, command.attempt),
        text=text,
        since_s=0 if receipt.outcome == "accepted" else entry.since_s,
        posting_date=command.posting_date if command.attempt >= entry.attempt else entry.posting_date,
    )
    return True


def _adopted(command: PostingCommand) -> Entry:
    return Entry(
        command.id, command.chain, command.document, command.sequence, command.attempt, command.reverses,
        rule=command.rule, posting_date=command.posting_date,
    )  # fmt: skip


def _merge_answer(record: Record, answer: InstructionAnswered, place: Place | None) -> bool:
    told = record.told.get(answer.instruction)
    if told is None or told.answer:
        return False
    outcome = "accepted" if answer.accepted else "refused"
    record.told[told.id] = msgspec.structs.replace(
        told, answer=outcome, content=None, answered_in=record.version + 1, answered_at=place, since_s=0
    )
    return True
