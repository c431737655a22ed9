"""Law: nothing lost. Whatever the world said, and whatever our topics tell, is in its owner's record: each fact, as it
was told. A fact that bears on no posting is missed by no ledger, so it is looked for by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from milepost.chaos.findings import Finding, Judgement
from milepost.chaos.gathered import Gathered
from milepost.contracts.events import Event, tag_of
from milepost.contracts.postings import PostingAnswered
from milepost.contracts.wms import InstructionAnswered
from milepost.workflow.evolve import VARIANTS_MAX
from milepost.workflow.record import Record

NAME = "facts"


def judge_facts(gathered: Gathered) -> Judgement:
    """Look for each fact of the world, and each of the topics, in the record of its owner."""
    said = [act.event for act in gathered.world.acts]
    findings = [*_lost(said, gathered, "the world said"), *_lost(gathered.facts, gathered, "our topics tell")]
    figures = {"facts of the world": len(said), "facts on topics": len(gathered.facts)}
    return Judgement(NAME, "every fact is in its owner's record", tuple(findings), figures)


def _lost(events: Iterable[Event], gathered: Gathered, who: str) -> Iterator[Finding]:
    for event in events:
        record = gathered.records.get(event.owner)
        if record is not None and not _kept(event, record):
            what = f"{tag_of(event.body)} {event.business_key}"
            yield Finding(event.owner, f"{who} {what} of {event.occurred_at:%Y-%m-%d %H:%M}, its record does not")


def _kept(event: Event, record: Record) -> bool:
    """Answers to us are kept with what they answer; of a key in conflict only so many payloads are."""
    if isinstance(event.body, PostingAnswered | InstructionAnswered):
        return True
    variants = record.facts.get(event.business_key, ())
    if len(variants) >= VARIANTS_MAX:
        return True
    return any(one.occurred_at == event.occurred_at and one.body == event.body for one in variants)
