"""A life lived one event at a time, in a natural order, with an ERP and partners that answer at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from milepost.contracts.events import Event
from milepost.contracts.identifiers import digest
from milepost.contracts.instructions import Instruction
from milepost.contracts.postings import PostingAnswered, PostingCommand
from milepost.tests.workflow import people
from milepost.tests.workflow.known_rules import RULES, at
from milepost.tests.workflow.lives import Life
from milepost.workflow import step
from milepost.workflow.decision import Decision
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record
from milepost.workflow.step import Outputs


class Turn(NamedTuple):
    """One event and what it changed."""

    event: Event
    before: Decision
    after: Decision
    said: Outputs


class Lived(NamedTuple):
    """A record and what is decided on it, so that no turn decides twice."""

    record: Record
    decision: Decision


def walk(life: Life) -> Iterator[Turn]:
    """Yield every turn of the life, in the order of the sources' times; the clock goes with them, and a day on."""
    records: dict[str, Lived] = {}
    answers = people.answering(life.traits)
    for event in sorted(life.events, key=lambda e: e.occurred_at):
        yield from _turns(records, _due(records, event.occurred_at), answers)
        yield from _turns(records, [event], answers)
    end = max((e.occurred_at for e in life.events), default=at(0)) + timedelta(days=1)
    yield from _turns(records, _due(records, end), answers)


def _turns(
    records: dict[str, Lived], queue: list[Event], answers: Callable[[Instruction], Event | None]
) -> Iterator[Turn]:
    while queue:
        turn = _turn(records, queue.pop(0))
        queue += turn.said.fanned + [accepted(c) for c in turn.said.commands]
        queue += [answer for i in turn.said.instructions if (answer := answers(i))]
        yield turn


def _due(records: dict[str, Lived], now: datetime) -> list[Event]:
    """Return the deadlines that the clock has passed, the first one first."""
    waiting = [r for r, _ in records.values() if 0 < r.due_s <= now.timestamp()]
    fired = [a.event for r in waiting for a in step.fired(r, RULES, now, None)]
    return sorted(fired, key=lambda e: e.occurred_at)


def _turn(records: dict[str, Lived], event: Event) -> Turn:
    before = records.get(event.owner) or _lived(Record(event.owner))
    record, said = step.step(before.record, [Arrival(event)], RULES, 1)
    after = records[event.owner] = before if record is before.record else _lived(record)
    return Turn(event, before.decision, after.decision, said)


def _lived(record: Record) -> Lived:
    return Lived(record, step.decide(record, RULES))


def accepted(command: PostingCommand) -> Event:
    """Return the ERP's acceptance of a command."""
    body = PostingAnswered(outcome="accepted", command=command, document_number="ERP-" + command.id[:6])
    key = f"receipt/{command.id}/{command.attempt}/accepted"
    return Event(
        event_id=digest(key), business_key=key, owner=command.owner, occurred_at=at(0), source="erp", body=body
    )
