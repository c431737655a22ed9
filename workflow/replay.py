"""Saying again what may have been lost between the changelog's acknowledgement and the publication.

A record remembers the place (topic, offset) that caused each output. Only when that very place is read again, which
happens when its offset was never committed, is the output published again, under the same id.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from milepost.contracts.identifiers import is_load
from milepost.contracts.reports import ExceptionRaised
from milepost.workflow.decision import Decision, Problem
from milepost.workflow.evolve import Arrival
from milepost.workflow.fanout import fan_out_again
from milepost.workflow.journalled import Decide, entry_again
from milepost.workflow.linked import link_out_again
from milepost.workflow.outbox import state
from milepost.workflow.record import Place, Raised, Record
from milepost.workflow.reporting import closed, exception_id, problems, shown, standing
from milepost.workflow.settle import command_of

if TYPE_CHECKING:
    from milepost.workflow.step import Outputs


def say_again(record: Record, arrivals: Sequence[Arrival], out: Outputs, decide: Decide) -> None:
    """Publish again what the places of ``arrivals`` caused in an earlier life of the process."""
    places = {a.place for a in arrivals if a.place}
    again = [e for e in record.outbox.values() if e.place in places and state(e) == "open"]
    news = {id_: raised for id_, raised in record.raised.items() if raised.place in places}
    decision = decide(record) if again or news else None
    ought = decision.ought if decision is not None else {}
    out.commands += [command_of(record, e, ought[e.chain].because if e.chain in ought else ()) for e in again]
    for told in record.told.values():
        if told.place in places:
            if told.content is not None:
                out.instructions.append(told.content)
            if told.notice is not None:
                out.notices.append(told.notice)
    out.exceptions += _exceptions_again(record, news, decision or Decision())
    out.fanned += fan_out_again(record, places) if is_load(record.key) else link_out_again(record, places)
    out.journal += [entry_again(record, version, decide) for version in sorted(_versions_at(record, places))]


def _exceptions_again(record: Record, news: dict[str, Raised], decision: Decision) -> list[ExceptionRaised]:
    known = {exception_id(record.key, p): p for p in problems(record, decision)} if news else {}
    return [
        _open_again(record, id_, known.get(id_) or Problem(raised.type, raised.cause, "warning", "none", ""), decision)
        if raised.open
        else closed(record, id_, raised, decision)
        for id_, raised in news.items()
    ]


def _open_again(record: Record, id_: str, problem: Problem, decision: Decision) -> ExceptionRaised:
    return shown(record.key, id_, problem, standing(record, id_, problem, decision), decision.stage)


def say_open(record: Record, out: Outputs) -> None:
    """Publish every command and instruction that has no answer yet, once: after recovery and on a person's word."""
    sent = {command.id for command in out.commands}
    out.commands += [command_of(record, e) for e in record.outbox.values() if state(e) == "open" and e.id not in sent]
    given = {instruction.id for instruction in out.instructions}
    for told in record.told.values():
        if told.content is not None and not told.answer and told.id not in given:
            out.instructions.append(told.content)


def _versions_at(record: Record, places: set[Place]) -> set[int]:
    """Return the record's versions that took something in at one of these places."""
    found = {f.version for variants in record.facts.values() for f in variants if f.place in places}
    found |= {a.version for entry in record.outbox.values() for a in entry.receipts if a.place in places}
    found |= {told.answered_in for told in record.told.values() if told.answered_at in places}
    return {version for version in found if version <= record.version}  # a drift just noticed is of the next one
