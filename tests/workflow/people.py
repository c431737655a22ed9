"""Persons and partners: they answer what is open, always the same way, so that two runs can be compared."""

from __future__ import annotations

from collections.abc import Iterable

from milepost.contracts.controls import ConflictResolved, PostingRetried
from milepost.contracts.events import Event, payload_digest
from milepost.contracts.identifiers import digest
from milepost.contracts.instructions import Instruction, ShipmentReadied
from milepost.contracts.wms import InstructionAnswered
from milepost.tests.workflow import saying as s
from milepost.workflow import step
from milepost.workflow.outbox import state
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules

LATER = 90_000  # minutes: after everything else


def answers_to_holds(record: Record, rules: Rules) -> list[Event]:
    """Return what releases every hold: causes by name, conflicts in favour of the highest digest."""
    found = []
    for hold in step.decide(record, rules).holds:
        if hold.type == "CONFLICT":
            payload = max(payload_digest(f.occurred_at, f.body) for f in record.facts[hold.cause])
            body = ConflictResolved(actor="ada", reason="phoned", key=hold.cause, payload=payload)
            found.append(s.say(record.key, f"resolve/{digest(record.key, hold.cause, payload)}", LATER, body))
        else:
            found.append(s.let_go(record.key, LATER, hold.cause))
    return found


def retries(record: Record) -> Iterable[Event]:
    """Return a retry of every rejection, wanted or not, that was not answered yet."""
    for entry in record.outbox.values():
        key = f"retry/{entry.id}/{entry.attempt}"
        if state(entry) == "rejected" and key not in record.facts:
            body = PostingRetried(actor="ada", reason="period open", posting=entry.id, attempt=entry.attempt)
            yield s.say(record.key, key, LATER, body)


def taken(instruction: Instruction) -> Event | None:
    """Return the partner's word that it took an instruction; information for all asks for none."""
    if instruction.recipient == "all" or isinstance(instruction.body, ShipmentReadied):
        return None
    body = InstructionAnswered(instruction=instruction.id)
    return s.say(instruction.owner, f"answer/{instruction.id}", LATER, body)
