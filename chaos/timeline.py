"""What a record learned, version by version, and what followed from it: stage, documents wanted, holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from milepost.contracts.controls import RulesPinned
from milepost.contracts.events import Event, tag_of
from milepost.contracts.postings import PostingAnswered
from milepost.contracts.wms import InstructionAnswered
from milepost.workflow.decision import Decision
from milepost.workflow.evolve import Arrival, evolve
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules
from milepost.workflow.step import decide


class Moment(NamedTuple):
    """One line of a timeline: in which version, and what."""

    version: int
    text: str


def timeline(owner: str, batches: Iterable[tuple[int, Iterable[Event]]], rules: Rules) -> list[Moment]:
    """Return the moments of a record that took ``batches`` of events, by version, and decided after each."""
    record, before, moments = Record(owner), Decision(), list[Moment]()
    for version, events in batches:
        taken = list(events)
        record, _ = evolve(record, [Arrival(event) for event in taken], rules)
        record.version = version
        # Which rules a release pins, nobody told us: the journal says it beside what was heard.
        moments += (Moment(version, _heard(one)) for one in taken if not isinstance(one.body, RulesPinned))
        after = _decided(record, rules)
        moments += (Moment(version, text) for text in _changes(before, after))
        before = after
    return moments


def _decided(record: Record, rules: Rules) -> Decision:
    try:
        return decide(record, rules)
    except Exception:  # a timeline is read because something is wrong: it tells what it can
        return Decision(stage="(no decision)")


def _heard(event: Event) -> str:
    """An event by its content: the same fact reads the same in every run, however it came."""
    body = event.body
    if isinstance(body, PostingAnswered):
        what = "reversal of " if body.command.reverses else ""
        return f"ERP {body.outcome} {what}{body.command.chain} #{body.command.id[:8]}"
    if isinstance(body, InstructionAnswered):
        return f"partner {'accepted' if body.accepted else 'refused'} #{body.instruction[:8]}"
    return f"{event.occurred_at:%m-%d %H:%M} {tag_of(body)} {event.business_key}"


def _changes(before: Decision, after: Decision) -> Iterator[str]:
    if before.stage != after.stage:
        yield f"  stage {after.stage}"
    for chain in sorted(before.ought.keys() | after.ought.keys()):
        had, has = before.ought.get(chain), after.ought.get(chain)
        if has is None:
            yield f"  no longer {chain}"
        elif had is None:
            yield f"  ought {chain}"
        elif had.document != has.document:
            yield f"  ought otherwise {chain}"
    holds, had_holds = {hold.id for hold in after.holds}, {hold.id for hold in before.holds}
    yield from (f"  held by {one}" for one in sorted(holds - had_holds))
    yield from (f"  released {one}" for one in sorted(had_holds - holds))
