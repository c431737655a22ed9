"""Persons and partners: they answer what is open, always the same way, so that two runs can be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set

from milepost.contracts.controls import ConflictResolved, PostingRetried
from milepost.contracts.events import Event, payload_digest
from milepost.contracts.identifiers import digest
from milepost.contracts.instructions import Instruction, ShipmentReadied, Withdrawn
from milepost.contracts.verbs import ShortageDecided
from milepost.contracts.wms import InstructionAnswered
from milepost.tests.workflow import saying as s
from milepost.workflow import step
from milepost.workflow.outbox import state
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules

LATER = 90_000  # minutes: after everything else


def answers_to_holds(record: Record, rules: Rules) -> list[Event]:
    """Return what releases every hold, each with the word that fits it."""
    return [answer_to(record, hold.type, hold.cause) for hold in step.decide(record, rules).holds]


def answer_to(record: Record, type_: str, cause: str) -> Event:
    """Return the word that takes a hold or an exception away: conflicts are resolved in favour of the highest digest,
    returns approved, shortages that another site never took over shipped short; everything else is released."""
    if type_ == "CONFLICT":
        payload = max(payload_digest(f.occurred_at, f.body) for f in record.facts[cause])
        body = ConflictResolved(actor="ada", reason="phoned", key=cause, payload=payload)
        return s.say(record.key, f"resolve/{digest(record.key, cause, payload)}", LATER, body)
    if type_ == "RETURN_UNAPPROVED":
        return s.approved(record.key, LATER, cause, "chief")
    if type_ == "SHORT_PICK" and _decided(record, cause):
        decided = ShortageDecided(actor="ada", reason="nobody else has it", cause=cause, outcome="ship_short")
        return s.say(record.key, f"shortage/{cause}/later", LATER, decided)
    return s.let_go(record.key, LATER, cause)


def _decided(record: Record, cause: str) -> bool:
    """Say whether a person decided on a short pick: over that, a release says nothing."""
    return any(isinstance(f.body, ShortageDecided) and f.body.cause == cause
               for variants in record.facts.values() for f in variants)  # fmt: skip


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
    return _answered(instruction, True)


def answering(traits: Set[str]) -> Callable[[Instruction], Event | None]:
    """Return how partners answer in a life: sites may refuse to stop, or say nothing when they are asked to."""
    if traits.isdisjoint(("sites_refuse", "sites_silent")):
        return taken
    if "sites_silent" in traits:
        return lambda i: None if isinstance(i.body, Withdrawn) and i.recipient == "wms" else taken(i)
    return lambda i: _answered(i, False) if isinstance(i.body, Withdrawn) and i.recipient == "wms" else taken(i)


def _answered(instruction: Instruction, accepted: bool) -> Event:
    body = InstructionAnswered(instruction=instruction.id, accepted=accepted)
    return s.say(instruction.owner, f"answer/{instruction.id}", LATER, body)
