"""New code or other rules come while orders are open."""

from __future__ import annotations

import msgspec
import pytest
from milepost.contracts.controls import DataQualityFound
from milepost.tests.workflow import laws, people
from milepost.tests.workflow.known_rules import HOLDING, IN_FORCE, MASTER, RULES, at
from milepost.tests.workflow.lives import Life
from milepost.tests.workflow.runs import started
from milepost.tests.workflow.saying import say
from milepost.tests.workflow.world import World
from milepost.workflow import rules as rules_module
from milepost.workflow import step
from milepost.workflow.record import Record
from milepost.workflow.rules import Policy, Reference, Rules

# The same versions with other content, as nobody should write them: customer C002 is gone.
CHANGED = Rules(IN_FORCE, [msgspec.structs.replace(MASTER, customers=frozenset({"C001"}))], tenant="test")


def other_code(policies: list[Policy], references: list[Reference]) -> Rules:
    """Return rules under another code version."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules_module, "CODE_VERSION", "next")
        return Rules(policies, references, tenant="test")


def deploy(world: World, rules: Rules) -> None:
    """Restart under ``rules`` and let one harmless fact reach every owner."""
    world.ticking = False  # what the clock says is no deployment's doing
    restart(world, rules)
    world.drain()


def restart(world: World, rules: Rules, word: str = "later") -> None:
    world.shell.rules = rules
    world.shell.crash()
    for owner in list(world.shell.hot):
        body = DataQualityFound(field="date", value="later")
        world.shell.append(say(owner, f"quality/{owner}/{word}", people.LATER, body))


def changes_nothing(life: Life, seed: int, rules: Rules) -> None:
    """At rest and unheld, a deployment that decides the same posts nothing and holds nothing."""
    world = started(life, seed).drain().answer_holds()
    before, sent = world.erp.standing(), world.posting.sent
    deploy(world, rules)
    assert world.erp.standing() == before
    assert world.posting.sent == sent
    assert not [h for d in world.decisions().values() for h in d.holds]


def holds_what_drifted(life: Life, seed: int, rules: Rules = CHANGED) -> None:
    """At rest, a deployment that decides otherwise is held for each owner it touches, until a person releases it."""
    world = started(life, seed).drain().answer_holds()
    before, sent = world.erp.standing(), world.posting.sent
    deploy(world, rules)
    assert world.erp.standing() == before, "a deployment reversed documents"
    assert world.posting.sent == sent
    for owner, record in world.shell.hot.items():
        decision = step.decide(record, rules)
        unheld = laws.pending(record, rules)
        drifted = [h for h in decision.holds if h.type == "DECISION_DRIFT"]
        assert drifted or not unheld, f"{owner} would be posted: {unheld}"
    laws.nothing_lost(world)
    world.answer_holds()
    laws.at_rest(world)


def holds_what_drifts_midway(life: Life, seed: int) -> None:
    """The same while facts, commands and answers are under way and holds are open: no owner it touches sends more."""
    world = started(life, seed)
    restart(world, CHANGED)
    touched = {}
    for owner, record in world.shell.hot.items():
        if _decided(record, RULES) != _decided(record, CHANGED):
            touched[owner] = set(record.outbox)
    world.drain()
    for owner, before in touched.items():
        after = {id_ for id_, c in world.posting.commands.items() if c.owner == owner}
        assert after <= before, f"{owner} posted on a deployment's word"
    world.answer_holds()
    laws.at_rest(world)


def leaves_no_hold(life: Life, seed: int, *between: Rules) -> None:
    """Other rules and back again, facts under way and nobody looking: no drift is left, and all comes to its end.

    What the other rules decided by themselves, on owners they did not decide otherwise on at first, may be held.
    """
    world = started(life, seed)
    restart(world, CHANGED)
    touched = [o for o, record in world.shell.hot.items() if _decided(record, RULES) != _decided(record, CHANGED)]
    for n, rules in enumerate((*between, RULES)):
        world.run(seed % 40)
        restart(world, rules, f"turn {n}")
    world.drain()
    decisions = world.decisions()
    assert not [h for owner in touched for h in decisions[owner].holds if h.type == "DECISION_DRIFT"]
    laws.nothing_lost(world)
    world.answer_holds()
    laws.at_rest(world)


def _decided(record: Record, rules: Rules) -> object:
    decision = step.decide(record, rules)
    return {c: o.document for c, o in decision.ought.items()}, [h.id for h in decision.holds]


def later_policy() -> Rules:
    """Return the rules with a policy more, in force after the lives began."""
    later = msgspec.structs.replace(HOLDING, version="later", effective_from=at(100_000))
    return Rules([*IN_FORCE, later], [MASTER], tenant="test")


assert RULES.fingerprints <= later_policy().fingerprints
