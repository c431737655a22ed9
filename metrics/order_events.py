"""What happened to orders and loads, counted from the steps they took: each thing once, when it was news."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from milepost.contracts.controls import DecisionDrifted, HoldReleased, PostingChecked, RulesPinned
from milepost.contracts.documents import Document
from milepost.contracts.events import Body, Event, tag_of_type
from milepost.contracts.identifiers import is_load
from milepost.contracts.postings import PostingAnswered
from milepost.contracts.tms import TenderAccepted, TenderExpired, TenderRejected, TenderWithdrawn
from milepost.contracts.verbs import RulesMigrated
from milepost.metrics.labels import CLOSED
from milepost.metrics.registry import Registry
from milepost.metrics.tallies import Labels, Read, Tally, one
from milepost.workflow.causes import OURS
from milepost.workflow.evolve import Arrival
from milepost.workflow.exception_types import TABLE, type_of
from milepost.workflow.record import Record
from milepost.workflow.standing_links import payloads
from milepost.workflow.step import Outputs

REVERSAL = "reversal"
_REVERSAL = (REVERSAL,)
_KINDS: Mapping[type, tuple[str]] = {kind: (tag_of_type(kind),) for kind in get_args(Document)}
_OURS = frozenset({RulesPinned, RulesMigrated, DecisionDrifted})  # facts that a step adds by itself: nobody sent them
_TENDERS: Mapping[type, str] = {
    TenderAccepted: "accepted",
    TenderRejected: "rejected",
    TenderExpired: "expired",
    TenderWithdrawn: "withdrawn",
}
_PLAIN = frozenset(get_args(Body)) - _OURS - _TENDERS.keys() - {HoldReleased}  # which may be ours, or a person's


class OrderEvents:
    """``told_on``, ``own``: numbers of the topics on which facts come a second time, and of those nobody sent us."""

    def __init__(self, told_on: int, own: Sequence[int]) -> None:
        self._told_on, self._own = told_on, frozenset((told_on, *own))
        self._milestones: dict[type, int] = dict.fromkeys(get_args(Body), 0)
        self._commands = Tally("commands", [(kind,) for kind in sorted(CLOSED["kind"])])
        self._exceptions = Tally(
            "exceptions", [(c, row.severity, change) for c, row in TABLE.items() for change in ("opened", "closed")]
        )
        self._tenders = Tally("tenders", [(outcome,) for outcome in _TENDERS.values()])
        self._duplicates = self._conflicts = 0

    def learned_nothing(self, arrivals: Sequence[Arrival]) -> None:
        if arrivals and _topic(arrivals[0]) not in self._own:
            self._duplicates += len(arrivals)

    def plain(self, news: Sequence[Event], arrivals: Sequence[Arrival], before: Record, after: Record) -> bool:
        """Count the one thing that came and was learned, a receipt or a fact of a new key that is not counted apart.

        Most steps are such; False for all others, which ``learned`` takes.
        """
        if len(news) != 1 or len(arrivals) != 1:
            return False
        kind, place = type(news[0].body), arrivals[0].place
        if kind not in _PLAIN or place is None or place.topic == self._told_on:
            return False
        if len(after.facts) == len(before.facts) and kind is not PostingAnswered:
            return False
        self._milestones[kind] += 1
        return True

    def learned(self, news: Sequence[Event], arrivals: Sequence[Arrival], after: Record) -> None:
        """Count the facts that a step found new among what came, and the rest as known."""
        topic, ours = _topic(arrivals[0]) if arrivals else -1, 0
        if topic == self._told_on:  # counted where it was told first: at the load, or at the owner it was linked from
            self._milestones[PostingChecked] += sum(type(event.body) is PostingChecked for event in news)
            return
        for event in news:
            kind, claims = type(event.body), payloads(after.facts.get(event.business_key, ()), ())
            if _known_otherwise(event, after):  # what is news is the way alone
                ours += 1
                continue
            self._milestones[kind] += 1
            self._conflicts += len(claims) > 1
            if kind in _TENDERS:
                self._tendered(kind, after)
            ours += kind in _OURS or (kind is HoldReleased and event.source == OURS)
        if topic not in self._own:
            self._duplicates += max(0, len(arrivals) - len(news) + ours)

    def _tendered(self, kind: type, record: Record) -> None:
        if is_load(record.key):
            self._tenders.counts[_TENDERS[kind],] += 1

    def commanded(self, before: Record, said: Outputs) -> None:
        """Count commands; one that is only said again after a crash was counted when it was new."""
        for command in said.commands:
            entry = before.outbox.get(command.id)
            if entry is None or entry.attempt < command.attempt:
                self._commands.counts[_REVERSAL if command.reverses else _KINDS[type(command.document)]] += 1

    def raised(self, before: Record, after: Record, said: Outputs, stood: Mapping[str, str]) -> None:
        """Count exceptions that opened or closed. ``stood``: id -> the severity with which a closed one stood."""
        for shown in said.exceptions:
            was, now = before.raised.get(shown.id), after.raised.get(shown.id)
            if now is None or now.open == (was is not None and was.open):
                continue
            severity = shown.severity if now.open else stood.get(shown.id, type_of(shown.type).severity)
            self._exceptions.add(shown.type, severity, "opened" if now.open else "closed")

    def raised_elsewhere(self, type_: str) -> None:
        """Count an exception that opened outside of a step."""
        self._exceptions.add(type_, type_of(type_).severity, "opened")

    def expose(self, registry: Registry) -> None:
        Read(registry, "milestones", self._by_milestone)
        Read(registry, "duplicates_dropped", lambda: one(self._duplicates))
        Read(registry, "fact_conflicts", lambda: one(self._conflicts))
        for tally in (self._commands, self._exceptions, self._tenders):
            tally.expose(registry)

    def _by_milestone(self) -> dict[Labels, float]:
        return {(tag_of_type(kind),): float(count) for kind, count in dict[Any, int](self._milestones).items()}


def _topic(arrival: Arrival) -> int:
    return arrival.place.topic if arrival.place else -1


def _known_otherwise(event: Event, record: Record) -> bool:
    """Say whether the record took in the same payload before, by another link or under its owner's own name."""
    alike = [
        fact
        for fact in record.facts.get(event.business_key, ())
        if fact.occurred_at == event.occurred_at and fact.body == event.body
    ]
    return len(alike) > 1 and alike[0].via != event.via
