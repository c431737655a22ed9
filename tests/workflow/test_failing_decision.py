"""A decision that cannot be made stops nobody, loses nothing, and is made up for."""

from __future__ import annotations

import pytest
from hypothesis import given
from milepost.contracts import tms
from milepost.contracts.identifiers import load_key
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES, at
from milepost.tests.workflow.lives import Life, life, lives, seeds
from milepost.tests.workflow.poison import poisoned
from milepost.tests.workflow.profile import law
from milepost.workflow import step
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Place, Record, decode, encode
from milepost.workflow.rules import Rules


@law
@given(lives(), seeds)
def test_where_decide_raises_facts_are_kept_and_decisions_stand(life: Life, seed: int) -> None:
    """While decide raises, the owner's facts are kept, nothing new is commanded and DECISION_FAILED is open; later the
    record catches up and the exception closes."""
    poisoned(life, seed)


@law
@given(lives(), seeds)
def test_a_crash_while_decide_raises_loses_nothing(life: Life, seed: int) -> None:
    """Facts kept while decide raised reach everybody they concern, though the lane be killed meanwhile."""
    poisoned(life, seed, crash=0.05)


def test_what_a_member_missed_is_told_again_after_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fact kept while decide raised is fanned out with the next one, and again when the next one is read again."""
    record = Record(load_key("L-1"))
    heard = (s.planned("L-1", 1, 1, ("O-1", "S-1")), s.on_load("L-1", 2, "pickedup", tms.PickedUp(load="L-1")),
             s.on_load("L-1", 3, "arrived", tms.Arrived(load="L-1")))  # fmt: skip
    plan, odd, last = (Arrival(event, Place(2, n)) for n, event in enumerate(heard))
    record, _ = step.step(record, [plan], RULES, 1)
    with monkeypatch.context() as patch:
        patch.setattr(step, "decide_load", None)
        record, _ = step.step(record, [odd], RULES, 1)
    record, first = step.step(record, [last], RULES, 1)
    _, again = step.step(decode(encode(record)), [last], RULES, 2)
    assert [e.business_key for e in first.fanned] == ["pickedup/L-1/1", "arrived/L-1/1"]
    assert {e.event_id for e in first.fanned} <= {e.event_id for e in again.fanned}


def test_a_tick_passes_over_what_cannot_be_decided() -> None:
    """A due deadline of a record whose rules are not known here fires nothing, and stops no tick."""
    record = Record("O-1")
    for event in life({"picked"}).events:
        record, _ = step.step(record, [Arrival(event)], RULES, 1)
    unknown = Rules(RULES.policies.values(), RULES.references.values())
    unknown.policies = {}
    assert step.fired(record, unknown, at(10_000), None) == []
