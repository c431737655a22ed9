"""L1: facts, conflicts, holds and what ought to exist are functions of the set of facts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from milepost.tests.workflow.known_rules import RULES
from milepost.tests.workflow.lives import Life, lives, seeds
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import commutes


@law
@given(lives(refused=True), seeds, st.integers(0, 3))
def test_arrival_decides_nothing(life: Life, seed: int, nth: int) -> None:
    """At every prefix, the same facts in any order, number and chunking give the same facts, holds and documents."""
    owners = life.owners()
    commutes(life, owners[nth % len(owners)], seed, RULES)
