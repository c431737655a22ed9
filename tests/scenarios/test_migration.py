"""Another policy for a running order (C.13): by a person's order, at a safe point, and only to one that is there."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from milepost.contracts import verbs
from milepost.contracts.events import Event
from milepost.tests.scenarios.story import decision, ledger, opened, published, then, told, view
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import HOLDING, MASTER, RULES
from milepost.tests.workflow.walk import accepted
from milepost.workflow import step
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules
from milepost.workflow.step import Outputs

RELEASE = s.released("O-1", 0, s.line("A", "ITEM-2", 10))
PICK, SHORT, GONE = s.picked("O-1", 10, "A", 7), s.short("O-1", 11, "A", 3), s.departed("O-1", 50, "S-1")


def migrate(policy: str, minutes: int = 70, n: int = 1) -> Event:
    body = verbs.MigrationOrdered(actor="ada", reason="new terms", policy=policy)
    return s.say("O-1", f"migrate/{n}", minutes, body)


def test_an_order_follows_another_policy_from_the_safe_point_on() -> None:
    """Released under a policy that holds short picks, moved to one that ships short: what was held is posted, and the
    decision names the new version. In any order of telling."""
    for world in told(RELEASE, PICK, SHORT, GONE, tellings=6):
        assert ledger(world) == {}
        then(world, migrate("shipping-short"))
        assert ledger(world)["cost_of_goods_sold"] == 7 * 999
        assert view(world, "O-1").policy == "shipping-short"
        assert "DECISION_DRIFT" not in opened(world, "O-1")
    for world in told(RELEASE, PICK, SHORT, GONE, migrate("shipping-short"), tellings=12):
        assert ledger(world)["cost_of_goods_sold"] == 7 * 999


def test_the_migration_is_journalled() -> None:
    """The safe point is a fact of its own, in the journal: who decides as of then decides under the right policy."""
    for world in told(RELEASE, PICK, SHORT, GONE, migrate("shipping-short"), tellings=6):
        facts = world.shell.journal.facts("O-1")
        assert [f.body.policy for f in facts if isinstance(f.body, verbs.RulesMigrated)] == ["shipping-short"]


def _step(record: Record, *events: Event) -> tuple[Record, Outputs]:
    return step.step(record, [Arrival(e) for e in events], RULES, 1)


def test_not_while_a_command_is_without_an_answer() -> None:
    """While the ERP has not answered, the old policy decides on; with the answer the new one does."""
    record, said = _step(Record("O-1"), RELEASE, s.picked("O-1", 10, "A", 10), GONE)
    record, more = _step(record, migrate("shipping-short"))
    assert step.decide(record, RULES).policy == "holding"
    record, more = _step(record, accepted(said.commands[0]))
    assert step.decide(record, RULES).policy == "shipping-short"
    assert [c.chain for c in more.commands] == ["customer_invoice/S-1"]
    assert any(isinstance(f.body, verbs.RulesMigrated) for e in more.journal for f in e.facts)


def test_an_unknown_policy_is_refused_by_name() -> None:
    """A policy that is not deployed is an exception, and the order keeps its own; a deployment that has it ends it."""
    for world in told(RELEASE, PICK, migrate("holding-2"), tellings=4):
        assert published(world, "POLICY_UNKNOWN").queue == "release-manager"
        assert decision(world, "O-1").policy == "holding"
        later = msgspec.structs.replace(HOLDING, version="holding-2", effective_from=datetime(2030, 1, 1, tzinfo=UTC))
        rules = Rules([*RULES.policies.values(), later], [MASTER], tenant="test")
        record, said = step.step(world.record("O-1"), [Arrival(s.loaded("O-1", 80, "S-1"))], rules, 9)
        assert step.decide(record, rules).policy == "holding-2"
        assert [(e.type, e.open) for e in said.exceptions] == [("POLICY_UNKNOWN", False)]


def test_of_several_migrations_the_last_by_time_stands() -> None:
    """Ordered twice, the later word's policy decides, whichever arrived first."""
    words = (migrate("shipping-short", 70), migrate("holding", 80, n=2))
    for world in told(RELEASE, PICK, SHORT, GONE, *words, tellings=10):
        assert decision(world, "O-1").policy == "holding"


def test_a_load_migrates_as_well() -> None:
    """The verb is any owner's: a load follows the policy it is moved to."""
    plan, offer = s.planned("L-1", 0, 1, ("O-1", "S-1")), s.offered("L-1", 5, 1, 100, 60)
    word = s.say(plan.owner, "migrate/1", 70, migrate("shipping-short").body)
    for world in told(plan, offer, word, tellings=4):
        assert decision(world, plan.owner).policy == "shipping-short"
