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


def walk(life: Life) -> Iterator[Turn]:
    """Yield every turn of the life, in the order of the sources' times; the clock goes with them, and a day on."""
    records: dict[str, Record] = {}
    answers = people.answering(life.traits)
    for event in sorted(life.events, key=lambda e: e.occurred_at):
        yield from _turns(records, _due(records, event.occurred_at), answers)
        yield from _turns(records, [event], answers)
    end = max((e.occurred_at for e in life.events), default=at(0)) + timedelta(days=1)
    yield from _turns(records, _due(records, end), answers)


def _turns(
    records: dict[str, Record], queue: list[Event], answers: Callable[[Instruction], Event | None]
) -> Iterator[Turn]:
    while queue:
        turn = _turn(records, queue.pop(0))
        queue += turn.said.fanned + [accepted(c) for c in turn.said.commands]
        queue += [answer for i in turn.said.instructions if (answer := answers(i))]
        yield turn


def _due(records: dict[str, Record], now: datetime) -> list[Event]:
    """Return the deadlines that the clock has passed, the first one first."""
    waiting = [r for r in records.values() if 0 < r.due_s <= now.timestamp()]
    fired = [a.event for r in waiting for a in step.fired(r, RULES, now, None)]
    return sorted(fired, key=lambda e: e.occurred_at)


def _turn(records: dict[str, Record], event: Event) -> Turn:
    before = records.get(event.owner) or Record(event.owner)
    after, said = step.step(before, [Arrival(event)], RULES, 1)
    records[event.owner] = after
    return Turn(event, step.decide(before, RULES), step.decide(after, RULES), said)


def accepted(command: PostingCommand) -> Event:
    """Return the ERP's acceptance of a command."""
    body = PostingAnswered(outcome="accepted", command=command, document_number="ERP-" + command.id[:6])
    key = f"receipt/{command.id}/{command.attempt}/accepted"
    return Event(
        event_id=digest(key), business_key=key, owner=command.owner, occurred_at=at(0), source="erp", body=body
    )
