"""The crash law: a lane killed at any moment loses nothing and posts nothing twice."""

from __future__ import annotations

from hypothesis import given
from milepost.tests.workflow.lives import Life, lives, seeds
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import converges


@law
@given(lives(refused=True), seeds)
def test_replay_by_place_publishes_what_was_lost(life: Life, seed: int) -> None:
    """However often the lane is killed, each command, instruction, notice, exception, fanned fact and journal entry
    that a record stands for is published, and the ERP comes to what ought to be."""
    converges(life, seed, crash=0.06)
