"""What persons said about exceptions and their causes, in the order of their words: the last one stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from milepost.contracts.controls import ConflictResolved, HoldReleased, PostingRetried
from milepost.contracts.verbs import (
    Acknowledged,
    Approved,
    Assigned,
    CompensationOrdered,
    Linked,
    Overridden,
    ShortageDecided,
    Skipped,
    Snoozed,
)
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Problem
from milepost.workflow.exception_types import type_of

# What ended an exception, by the verb that did: (verb, its field with the cause, the resolution).
_ENDS: tuple[tuple[type[Any], str, str], ...] = (
    (ConflictResolved, "key", "resolved"), (PostingRetried, "posting", "retried"), (Approved, "cause", "approved"),
    (Overridden, "subject", "overridden"), (ShortageDecided, "cause", "decided"),
)  # fmt: skip
_ABOUT = (Acknowledged, Assigned, Snoozed)
WORDS: frozenset[type[Any]] = frozenset(
    {*_ABOUT, HoldReleased, Skipped, CompensationOrdered, Linked, *(verb for verb, _, _ in _ENDS)}
)
ORPHAN = "orphan"  # the cause of an orphan's exception
STEPS = ("milestone/", "deadline/")


@dataclass(slots=True)
class Said:
    """By exception id: ``acknowledged`` (when, actor), ``queues``, ``snoozes`` (when, until). By cause: ``ends``
    (resolution, actor). ``skips``: actor by step. ``names``: (fact key, when, what it names), for what may be unknown.
    """

    acknowledged: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    queues: dict[str, str] = field(default_factory=dict)
    snoozes: dict[str, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    ends: dict[str, tuple[str, str]] = field(default_factory=dict)
    skips: dict[str, str] = field(default_factory=dict)
    names: list[tuple[str, datetime, str]] = field(default_factory=list)
    released: set[str] = field(default_factory=set)

    def ended(self, problem: Problem) -> bool:
        """Say whether a person's release or skip ends the exception."""
        row = type_of(problem.type)
        return (problem.cause in self.released and row.releasable) or any(s in self.skips for s in row.steps)

    def resolution(self, type_: str, cause: str, chain: str) -> tuple[str, str]:
        """Return how an exception that is no longer there ended, and by whom: ``cleared`` when by itself."""
        for step in (*type_of(type_).steps, chain):
            if step in self.skips:
                return "skipped", self.skips[step]
        return self.ends.get(cause, ("cleared", ""))

    def paused(self, exception: str, since: datetime, due: datetime) -> datetime:
        """Return ``due`` moved by the time that the exception was snoozed before it."""
        upto = since
        for when, until in self.snoozes.get(exception, ()):
            start = max(when, upto)
            if start < due and until > start:
                due, upto = due + (until - start), until
        return due


def said(counted: Counted) -> Said | None:
    """Return what persons said, or None where nobody did."""
    if counted.by.keys().isdisjoint(WORDS):
        return None
    words = [w for verb in WORDS & counted.by.keys() for w in counted.standing(verb)]
    found = Said(released=counted.released)
    for key, fact, word in sorted(words, key=lambda w: (w[1].occurred_at, w[0])):
        _take(found, key, fact.occurred_at, word)
    return found


def _take(found: Said, key: str, when: datetime, word: Any) -> None:
    if isinstance(word, _ABOUT):
        _about(found, when, word)
        found.names.append((key, when, word.exception))
    elif isinstance(word, HoldReleased):
        found.ends |= dict.fromkeys(word.causes, ("released", word.actor))
        found.names += [(key, when, cause) for cause in word.causes]
    elif isinstance(word, Skipped):
        if key not in found.released:  # a release of the skip takes it back
            found.skips[word.step] = word.actor
        found.names.append((key, when, word.step))
    elif isinstance(word, CompensationOrdered):
        found.names += [(key, when, chain) for chain in word.chains]
    elif isinstance(word, Linked):
        found.ends[ORPHAN] = ("linked", word.actor)
        found.names.append((key, when, f"link/{word.order_id}"))
    else:
        _end(found, key, when, word)


def _about(found: Said, when: datetime, word: Acknowledged | Assigned | Snoozed) -> None:
    if isinstance(word, Acknowledged):
        found.acknowledged[word.exception] = (when, word.actor)
    elif isinstance(word, Assigned):
        found.queues[word.exception] = word.queue
    else:
        found.snoozes.setdefault(word.exception, []).append((when, word.until))


def _end(found: Said, key: str, when: datetime, word: Any) -> None:
    for verb, name, resolution in _ENDS:
        if type(word) is verb and (cause := getattr(word, name)):
            found.ends[cause] = (resolution, word.actor)
            found.names.append((key, when, cause))
