"""DECISION_DRIFT: new code or rules never repost what stands; a difference waits for a person."""

from __future__ import annotations

from hypothesis import given
from milepost.tests.workflow.deployments import (
    changes_nothing,
    holds_what_drifted,
    holds_what_drifts_midway,
    later_policy,
    other_code,
)
from milepost.tests.workflow.known_rules import HOLDING, MASTER, SHIPPING_SHORT
from milepost.tests.workflow.lives import Life, lives, seeds
from milepost.tests.workflow.profile import law


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
    changes_nothing(life, seed, other_code([HOLDING, SHIPPING_SHORT], [MASTER]))


@law
@given(lives(), seeds)
def test_orders_keep_the_policy_they_were_released_under(life: Life, seed: int) -> None:
    """A policy that comes into force later changes nothing of the orders that are open."""
    changes_nothing(life, seed, later_policy())
