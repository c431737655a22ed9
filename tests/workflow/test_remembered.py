"""A hot record uses its last decision again, and what followed from it, while nothing can follow from what came."""

from __future__ import annotations

from random import Random

from hypothesis import given
from milepost.contracts.controls import HoldReleased, PostingRetried
from milepost.contracts.events import Body, Event
from milepost.contracts.identifiers import digest
from milepost.contracts.instructions import Instruction
from milepost.contracts.postings import Outcome, PostingAnswered, PostingCommand
from milepost.contracts.wms import InstructionAnswered
from milepost.tests.workflow import laws
from milepost.tests.workflow.known_rules import RULES, at
from milepost.tests.workflow.lives import Life, lives, seeds
from milepost.tests.workflow.profile import law
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Place, Record, decode, encode
from milepost.workflow.step import decide, fired, step


@law
@given(lives(), seeds)
def test_what_is_remembered_is_what_would_be_decided(life: Life, seed: int) -> None:
    """After every step, the decision a hot record remembers equals the one its bytes alone give."""
    for owner in {event.owner for event in life.events}:
        events = life.of(owner)
        Random(seed).shuffle(events)
        record = Record(owner)
        for offset, event in enumerate(events):
            record, _ = step(record, [Arrival(event, Place(0, offset))], RULES, 1)
            _, remembered = record.__dict__.get("decided", (None, None))
            if remembered is not None and not record.failed:
                assert laws.view(remembered) == laws.view(decide(decode(encode(record)), RULES))


@law
@given(lives(), seeds)
def test_a_hot_record_does_and_says_what_a_cold_one_does(life: Life, seed: int) -> None:
    """Step by step, answers and deadlines among the facts, a hot record and its outputs equal those of a cold one."""
    for owner in sorted({event.owner for event in life.events}):
        random, waiting = Random(seed), life.of(owner)
        named = (random.choice(waiting).business_key,)  # a person's word may come before what it is about
        waiting.append(_event("release", owner, HoldReleased(causes=named, actor="anna", reason="seen")))
        random.shuffle(waiting)
        record = Record(owner)
        for offset in range(3 * len(waiting)):
            if not waiting:
                break
            arrivals = [Arrival(waiting.pop(0), Place(0, offset))]
            if random.random() < 0.1:
                arrivals += fired(record, RULES, at(random.randrange(200)), Place(1, offset))
            cold, said_cold = step(decode(encode(record)), arrivals, RULES, 1)
            record, said = step(record, arrivals, RULES, 1)
            assert (record, said) == (cold, said_cold)
            answers = [answer for c in said.commands for answer in _receipts(c, random)]
            for answer in answers + _answers(owner, said.instructions, random):
                waiting.insert(random.randrange(len(waiting) + 1), answer)


def _receipts(command: PostingCommand, random: Random) -> list[Event]:
    """Accepted, or refused and then most often tried again by a person."""
    outcome: Outcome = "rejected" if random.random() < 0.3 else "accepted"
    body = PostingAnswered(outcome=outcome, command=command, document_number=command.id[:8], code="E1")
    name = f"{command.id}/{command.attempt}"
    found = [_event(f"receipt/{name}", command.owner, body)]
    if outcome == "rejected" and random.random() < 0.7:
        word = PostingRetried(posting=command.id, attempt=command.attempt, actor="finance", reason="mended")
        found.append(_event(f"retry/{name}", command.owner, word))
    return found


def _answers(owner: str, instructions: list[Instruction], random: Random) -> list[Event]:
    return [
        _event(f"answer/{one.id}", owner, InstructionAnswered(instruction=one.id, accepted=random.random() < 0.7))
        for one in instructions
        if one.recipient != "all"
    ]


def _event(key: str, owner: str, body: Body) -> Event:
    return Event(event_id=digest(key), business_key=key, owner=owner, occurred_at=at(1), source="erp", body=body)
