"""The generator reaches every transition of the lifecycle table."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts.identifiers import is_load
from milepost.tests.workflow import life_loads
from milepost.tests.workflow.lifecycle import LOAD, ORDER
from milepost.tests.workflow.lives import Life, lives
from milepost.tests.workflow.profile import counterexample
from milepost.tests.workflow.seen import SUMMARY
from milepost.tests.workflow.walk import walk

LIVES = 500
# All lives; lives of loads above all; and two corners that are rare among all.
STRATEGIES = (
    lives(refused=True),
    lives(among=(*life_loads.TRAITS, "late_policy", "loaded", "consolidated"), always=("picked", "planned")),
    lives(among=("picked_more", "departed"), always=("unreleased", "picked", "orphan_fired")),
    lives(among=("delivery_reversed",), always=("picked", "picked_whole", "departed", "second_node", "delivered")),
    lives(among=("inbound", "received", "received_again", "receipt_reversed"), always=("unreleased",)),
    lives(
        among=(
            "damaged",
            "lost",
            "delivered",
            "delivery_excepted",
            "return_requested",
            "came_back",
            "inspected",
            "inspected_again",
            "inspection_reversed",
            "planned",
        ),
        always=("picked", "departed"),
    ),
    lives(always=("planned", "late_policy", "late_answers", "offered_3", "accepted_3")),
)


def test_lives_reach_every_transition() -> None:
    """Every transition of orders and loads happens in some generated life; the table is printed with its counts."""
    counts = dict.fromkeys(range(len(ORDER) + len(LOAD)), 0)

    @counterexample(LIVES * len(STRATEGIES))
    @given(st.one_of(STRATEGIES))
    def live(life: Life) -> None:
        for turn in walk(life):
            load = is_load(turn.event.owner)
            for n, transition in enumerate(LOAD if load else ORDER, len(ORDER) if load else 0):
                counts[n] += transition.seen(turn)

    live()
    table = [*(("order", t) for t in ORDER), *(("load", t) for t in LOAD)]
    SUMMARY.extend(f"{counts[n]:7} {kind:5} {transition}" for n, (kind, transition) in enumerate(table))
    reached = sum(bool(c) for c in counts.values())
    SUMMARY.append(f"transitions reached: {reached} of {len(table)}, {100 * reached // len(table)} %")
    assert not [f"{kind}: {t}" for n, (kind, t) in enumerate(table) if not counts[n]]
