"""Another policy for an owner that pinned an earlier one: ordered by a person, taken up at a safe point.

The safe point depends on receipts, so it is a fact of its own: ``rules/migrated/KEY``, written by the step that meets
it. From that fact on a decision is again a function of the facts alone.
"""

from __future__ import annotations

from milepost.contracts.identifiers import part
from milepost.contracts.verbs import MigrationOrdered, RulesMigrated
from milepost.workflow.causes import OURS
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Decision, Problem
from milepost.workflow.exception_types import type_of
from milepost.workflow.outbox import state
from milepost.workflow.record import Fact, Place, Record
from milepost.workflow.rules import Rules


def migrated_to(counted: Counted) -> str:
    """Return the policy of the last migration that was taken up, empty for none."""
    taken = counted.standing(RulesMigrated)
    return taken[-1][2].policy if taken else ""


def ordered(counted: Counted, decision: Decision, rules: Rules) -> None:
    """Say which migrations wait, and show those to a policy that is not there."""
    orders = counted.standing(MigrationOrdered)
    if not orders:
        return
    taken = {body.ordered for _, _, body in counted.standing(RulesMigrated)}
    waiting = [(key, fact, word) for key, fact, word in orders if key not in taken and key not in counted.released]
    decision.migrating = tuple((k, f.occurred_at, w.policy) for k, f, w in waiting if w.policy in rules.policies)
    row = type_of("POLICY_UNKNOWN")
    decision.problems += [
        Problem("POLICY_UNKNOWN", key, row.severity, row.queue, f"no policy {word.policy} is deployed", (key,),
                fact.occurred_at, f"a deployment that has {word.policy}, or control.release of {key}")
        for key, fact, word in waiting
        if word.policy not in rules.policies
    ]  # fmt: skip


def take_up(record: Record, decision: Decision, place: Place | None) -> bool:
    """Write the migrations that wait into the record at a safe point; say whether there were any."""
    if not decision.migrating or any(state(entry) == "open" for entry in record.outbox.values()):
        return False
    for key, when, policy in decision.migrating:
        body = RulesMigrated(ordered=key, policy=policy)
        record.facts[f"rules/migrated/{part(key)}"] = (Fact(when, body, OURS, record.version, place),)
    return True
