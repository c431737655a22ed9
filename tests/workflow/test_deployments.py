"""DECISION_DRIFT: new code or rules never repost what stands; a difference waits for a person."""

from __future__ import annotations

from hypothesis import given
from milepost.contracts.controls import DataQualityFound
from milepost.contracts.events import Event
from milepost.tests.workflow.deployments import (
    CHANGED,
    changes_nothing,
    holds_what_drifted,
    holds_what_drifts_midway,
    later_policy,
    leaves_no_hold,
    other_code,
)
from milepost.tests.workflow.known_rules import IN_FORCE, MASTER, RULES
from milepost.tests.workflow.life_orders import ORDER
from milepost.tests.workflow.lives import Life, life, lives, seeds
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.saying import let_go, say
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Place, Record, decode, encode
from milepost.workflow.step import decide, step


@law
@given(lives(), seeds)
def test_a_deployment_that_decides_otherwise_is_held(life: Life, seed: int) -> None:
    """Other content under the same version posts and reverses nothing until a person releases DECISION_DRIFT."""
    holds_what_drifted(life, seed)


@law
@given(lives(), seeds)
def test_a_deployment_in_mid_life_is_held_too(life: Life, seed: int) -> None:
    """Also where an open command or another hold keeps the difference back, nothing is sent on a deployment's word."""
    holds_what_drifts_midway(life, seed)


@law
@given(lives(), seeds)
def test_a_deployment_that_decides_the_same_goes_unnoticed(life: Life, seed: int) -> None:
    """Another code version that decides the same on the same facts holds nothing and posts nothing."""
    changes_nothing(life, seed, other_code(IN_FORCE, [MASTER]))


@law
@given(lives(), seeds)
def test_orders_keep_the_policy_they_were_released_under(life: Life, seed: int) -> None:
    """A policy that comes into force later changes nothing of the orders that are open."""
    changes_nothing(life, seed, later_policy())


@law
@given(lives(), seeds)
def test_a_deployment_taken_back_in_time_leaves_no_hold(life: Life, seed: int) -> None:
    """Rolled back before anyone released it, a drift is over by itself, wherever facts, commands and answers were."""
    leaves_no_hold(life, seed)


@law
@given(lives(), seeds)
def test_two_deployments_taken_back_at_once_leave_no_hold(life: Life, seed: int) -> None:
    """The same where a second deployment, meant to mend the first, was tried in between."""
    leaves_no_hold(life, seed, other_code(IN_FORCE, list(CHANGED.references.values())))


def test_what_was_released_is_held_again_on_the_way_back() -> None:
    """Once a person released the change, its rollback is a difference like any other and waits; released too late, a
    drift that is over stays over.
    """
    events = life({"picked", "departed"}).of(ORDER)
    record, _ = step(Record(ORDER), [Arrival(e) for e in events], RULES, 1)
    changed, _ = step(record, [Arrival(_odd(1))], CHANGED, 2)
    (hold,) = decide(changed, CHANGED).holds
    release = Arrival(let_go(ORDER, 300, hold.cause))
    went_on, _ = step(changed, [release], CHANGED, 3)
    back, said = step(went_on, [Arrival(_odd(2))], RULES, 4)
    assert [h.type for h in decide(back, RULES).holds] == ["DECISION_DRIFT"]
    assert not said.commands
    over, said = step(changed, [Arrival(_odd(2))], RULES, 4)
    assert not decide(over, RULES).holds
    assert [shown.open for shown in said.exceptions if shown.type == "DECISION_DRIFT"] == [False]
    late, _ = step(over, [release], RULES, 5)
    assert not decide(late, RULES).holds


def _odd(n: int) -> Event:
    return say(ORDER, f"quality/{n}", 100 + n, DataQualityFound(field="date", value="odd"))


def test_a_drift_noticed_on_a_duplicate_is_journalled_after_a_crash() -> None:
    """A drift that came with no new fact is journalled once more when the place that showed it is read again."""
    events = life({"picked", "departed"}).of(ORDER)
    record, _ = step(Record(ORDER), [Arrival(e, Place(0, n)) for n, e in enumerate(events)], RULES, 1)
    again = Arrival(events[0], Place(0, 99))
    after, said = step(record, [again], CHANGED, 2)
    _, repeated = step(decode(encode(after)), [again], CHANGED, 3)
    drifted = [f.business_key for e in said.journal for f in e.facts]
    assert [key.partition("/")[0] for key in drifted] == ["drift"]
    assert [f.business_key for e in repeated.journal for f in e.facts] == drifted


def test_a_drift_that_comes_again_is_held_again() -> None:
    """Deployed, released, taken back and deployed once more, a change is a drift each time: held, and no conflict."""
    events = life({"picked", "departed"}).of(ORDER)
    record, _ = step(Record(ORDER), [Arrival(e) for e in events], RULES, 1)
    for n, rules in enumerate((CHANGED, RULES, CHANGED), 1):
        record, said = step(record, [Arrival(_odd(n))], rules, n)
        holds = decide(record, rules).holds
        assert [h.type for h in holds] == ["DECISION_DRIFT"]
        assert not said.commands
        record, _ = step(record, [Arrival(let_go(ORDER, 200 + n, *(h.cause for h in holds)))], rules, n)
