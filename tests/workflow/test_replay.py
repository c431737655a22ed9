"""L4: reading again what was read before changes nothing."""

from __future__ import annotations

from hypothesis import given
from milepost.tests.workflow.lives import Life, lives, seeds
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import replays, started


@law
@given(lives(refused=True), seeds)
def test_replay_after_rest_emits_nothing_new(life: Life, seed: int) -> None:
    """At rest, a replay at the same places emits no new id and posts nothing; duplicates at new places say nothing."""
    replays(started(life, seed, crash=0.01).drain().answer_holds())
