"""What persons decided beyond holds: overrides, skips, compensation. Applied last, to any owner's decision."""

from __future__ import annotations

from milepost.contracts.verbs import Approved, Overridden
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Decision
from milepost.workflow.record import Fact, Record
from milepost.workflow.rules import Policy

EVERYBODY = "*"


def limit_minor(policy: Policy, actor: str) -> float:
    """Return up to which amount ``actor`` may override: no limit where none is set, nothing where only others' are."""
    limits = policy.limits_minor
    return limits.get(actor, limits.get(EVERYBODY, -1)) if limits else float("inf")


def accepted_overrides(counted: Counted, policy: Policy) -> list[tuple[str, Fact, Overridden]]:
    """Return the overrides that count, by time and key: within their actor's limit, or approved within another's."""
    found = counted.standing(Overridden)
    return [o for o in found if _accepted(o[0], o[2], counted, policy)] if found else found


def _accepted(key: str, said: Overridden, counted: Counted, policy: Policy) -> bool:
    if said.amount_minor <= limit_minor(policy, said.actor):
        return True
    return any(
        word.cause == key and word.actor != said.actor and said.amount_minor <= limit_minor(policy, word.actor)
        for _, _, word in counted.standing(Approved)
    )


def people_decided(record: Record, counted: Counted, decision: Decision) -> None:
    """Apply the verbs of persons to what the rules decided."""
