"""Saying again what may have been lost between the changelog's acknowledgement and the publication.

A record remembers the place (topic, offset) that caused each output. Only when that very place is read again, which
happens when its offset was never committed, is the output published again, under the same id.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from milepost.contracts.events import Event
from milepost.contracts.postings import PostingAnswered
from milepost.contracts.reports import JournalEntry
from milepost.workflow.decision import Problem
from milepost.workflow.evolve import Arrival
from milepost.workflow.fanout import fan_out_again
from milepost.workflow.outbox import state
from milepost.workflow.record import Place, Record
from milepost.workflow.settle import command_of
from milepost.workflow.telling import closed, shown

if TYPE_CHECKING:
    from milepost.workflow.step import Outputs


def say_again(record: Record, arrivals: Sequence[Arrival], out: Outputs) -> None:
    """Publish again what the places of ``arrivals`` caused in an earlier life of the process."""
    places = {a.place for a in arrivals if a.place}
    for entry in record.outbox.values():
        if entry.place in places and state(entry) == "open":
            out.commands.append(command_of(record, entry))
    for told in record.told.values():
        if told.place in places:
            if told.content is not None:
                out.instructions.append(told.content)
            if told.notice is not None:
                out.notices.append(told.notice)
    for id_, raised in record.raised.items():
        if raised.place in places:
            problem = Problem(raised.type, raised.cause, "warning", "none", "")
            out.exceptions.append(shown(record.key, id_, problem) if raised.open else closed(record.key, id_, raised))
    out.fanned += fan_out_again(record, places)
    out.journal += _journal_again(record, arrivals)


def say_open(record: Record, out: Outputs) -> None:
    """Publish every command and instruction that has no answer yet, once: after recovery and on a person's word."""
    sent = {command.id for command in out.commands}
    out.commands += [command_of(record, e) for e in record.outbox.values() if state(e) == "open" and e.id not in sent]
    given = {instruction.id for instruction in out.instructions}
    for told in record.told.values():
        if told.content is not None and not told.answer and told.id not in given:
            out.instructions.append(told.content)


def _journal_again(record: Record, arrivals: Sequence[Arrival]) -> list[JournalEntry]:
    versions: dict[int, list[Event]] = {}
    for event, place in arrivals:
        version = _version_at(record, event, place)
        if version:
            versions.setdefault(version, []).append(event)
    return [
        JournalEntry(owner=record.key, epoch=record.epoch, version=version, facts=tuple(events))
        for version, events in sorted(versions.items())
    ]


def _version_at(record: Record, event: Event, place: Place | None) -> int:
    """Return the version that first took this event at this place; 0 when it came otherwise."""
    if place is None:
        return 0
    if isinstance(event.body, PostingAnswered):
        entry = record.outbox.get(event.body.command.id)
        return next((a.version for a in entry.receipts if a.place == place), 0) if entry else 0
    return next((f.version for f in record.facts.get(event.business_key, ()) if f.place == place), 0)
