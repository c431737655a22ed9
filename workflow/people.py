"""What persons decided beyond the rules: overrides, skips, compensation, migration. Applied last, to any owner."""

from __future__ import annotations

from milepost.contracts.controls import HoldPlaced
from milepost.contracts.instructions import ReportRequested
from milepost.contracts.verbs import (
    Approved,
    CompensationOrdered,
    MigrationOrdered,
    Overridden,
    RulesMigrated,
)
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Decision, Problem, Telling
from milepost.workflow.exception_types import TABLE, type_of
from milepost.workflow.manual_holds import manual_holds
from milepost.workflow.migration import ordered
from milepost.workflow.record import Fact, Record
from milepost.workflow.rules import Policy, Rules
from milepost.workflow.said import STEPS, WORDS, Said, said

EVERYBODY = "*"
_CONTROLS = WORDS | {HoldPlaced, CompensationOrdered, MigrationOrdered, RulesMigrated}


def limit_minor(policy: Policy, actor: str) -> float:
    """Return up to which amount ``actor`` may override: no limit where none is set, nothing where only others' are."""
    limits = policy.limits_minor
    return limits.get(actor, limits.get(EVERYBODY, -1)) if limits else float("inf")


def accepted_overrides(counted: Counted, policy: Policy) -> list[tuple[str, Fact, Overridden]]:
    """Return the overrides that count, by time and key: within their actor's limit, or approved within another's."""
    found = counted.standing(Overridden)
    return [o for o in found if _accepted(o[0], o[2], counted, policy)] if found else found


def _accepted(key: str, word: Overridden, counted: Counted, policy: Policy) -> bool:
    if word.amount_minor <= limit_minor(policy, word.actor):
        return True
    return any(  # never the actor's own approval: their limit does not suffice
        one.cause == key and word.amount_minor <= limit_minor(policy, one.actor)
        for _, _, one in counted.standing(Approved)
    )


def people_decided(record: Record, counted: Counted, decision: Decision, rules: Rules) -> None:
    """Apply the verbs of persons to what the rules decided. Holds come last: scopes are read in what then ought."""
    if counted.by.keys().isdisjoint(_CONTROLS):
        return
    if decision.practice is None:
        decision.practice = rules.policies.get(decision.policy)
    decision.said = said(counted)
    if decision.said is not None and decision.said.skips:
        _skip(decision.said, decision)
    _compensate(counted, decision)
    ordered(counted, decision, rules)
    if decision.practice is not None:
        _beyond_limits(counted, decision, decision.practice)
    manual_holds(counted, decision)


def _skip(words: Said, decision: Decision) -> None:
    """Chains are settle's to leave alone; milestones and deadlines are no longer waited nor asked for."""
    steps = words.skips.keys()
    decision.skipped = frozenset(step for step in steps if not step.startswith(STEPS))
    ended = set(steps).union(*(row.steps for row in TABLE.values() if not steps.isdisjoint(row.steps)))
    kinds = {step.removeprefix("deadline/") for step in ended if step.startswith("deadline/")}
    decision.deadlines = [d for d in decision.deadlines if d.kind not in kinds]
    rungs = {step.removeprefix("milestone/") for step in ended if step.startswith("milestone/")}
    decision.tellings = [t for t in decision.tellings if not _asks(t, rungs)]
    decision.problems = [p for p in decision.problems if steps.isdisjoint(type_of(p.type).steps)]


def _asks(telling: Telling, rungs: set[str]) -> bool:
    return isinstance(telling.body, ReportRequested) and telling.body.milestone in rungs


def _compensate(counted: Counted, decision: Decision) -> None:
    """What a person undoes ought not to exist, nor what stands on it, until they release their word."""
    there = set(decision.ought)
    for key, fact, word in counted.standing(CompensationOrdered):
        if key in counted.released:
            continue
        gone = set(word.chains or there) & there
        while more := {c for c, o in decision.ought.items() if o.requires in gone} - gone:
            gone |= more
        for chain in gone:
            decision.ought.pop(chain, None)
        what = ", ".join(word.chains) or "everything"
        text = f"{word.actor} undoes {what}: {word.reason}"[:1000]
        row = type_of("COMPENSATED")
        decision.problems.append(
            Problem("COMPENSATED", key, row.severity, row.queue, text, tuple(sorted(gone))[:100], fact.occurred_at,
                    f"control.release names {key}")
        )  # fmt: skip


def _beyond_limits(counted: Counted, decision: Decision, policy: Policy) -> None:
    row = type_of("OVERRIDE_BEYOND_LIMIT")
    for key, fact, word in counted.standing(Overridden):
        if key not in counted.released and not _accepted(key, word, counted, policy):
            text = f"{word.actor} sets {word.field} of {word.subject or 'the owner'} to {word.amount_minor}: not theirs"
            decision.problems.append(
                Problem("OVERRIDE_BEYOND_LIMIT", key, row.severity, row.queue, text, (key,), fact.occurred_at,
                        f"control.approve of {key} by another person whose limit suffices, or its release")
            )  # fmt: skip
