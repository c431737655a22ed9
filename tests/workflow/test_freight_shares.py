"""A load's freight on its shipments: to the cent, and nobody pays for the order of the list."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts.documents import FreightAccrual
from milepost.contracts.tms import Member, PickedUp
from milepost.contracts.wms import Reversed
from milepost.tests.workflow.life_loads import LOAD
from milepost.tests.workflow.lives import BY_HAND, UNDONE, Life, lives, seeds, without
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import started
from milepost.workflow.counted import Counted
from milepost.workflow.freight_shares import Split, bases, falls_back, shares
from milepost.workflow.membership import standing_plans

amounts = st.integers(0, 10**15)
splits = st.sampled_from(["weight", "value", "equal"])
basis = st.one_of(st.integers(0, 5), st.integers(0, 10**9))
aboard = st.lists(st.tuples(basis, basis), min_size=1, max_size=60).map(
    lambda found: [Member(order_id=f"O-{i // 2}", shipment=f"S-{i}", weight_grams=w, value_minor=v)
                   for i, (w, v) in enumerate(found)]
)  # fmt: skip


@law
@given(amounts, aboard, splits)
def test_shares_add_up_and_none_is_off_by_a_cent(amount: int, members: list[Member], split: Split) -> None:
    """Shares add up to the amount exactly, and each is less than one minor unit away from its due."""
    found = {(s.order_id, s.shipment): s.amount_minor for s in shares(amount, members, split)}
    assert sum(found.values()) == amount
    parts = bases(members, split)
    for member, of in zip(members, parts, strict=True):
        assert abs(found[member.order_id, member.shipment] - Fraction(amount * of, sum(parts))) < 1


@law
@given(amounts, aboard, splits, st.randoms(use_true_random=False))
def test_the_order_of_the_list_changes_nothing(amount: int, members: list[Member], split: Split, rng) -> None:  # type: ignore[no-untyped-def]
    """The same members in any order get the same shares."""
    mixed = list(members)
    rng.shuffle(mixed)
    assert shares(amount, mixed, split) == shares(amount, members, split)


# Worked by hand: a cost of 100.00 over three shipments.
EXAMPLE = [
    Member(order_id="A", shipment="1", weight_grams=20_000, value_minor=500_00),
    Member(order_id="B", shipment="1", weight_grams=30_000, value_minor=300_00),
    Member(order_id="C", shipment="1", weight_grams=5_000, value_minor=100_00),
]


@pytest.mark.parametrize(
    ("split", "expected"),
    [("equal", [3334, 3333, 3333]), ("weight", [3636, 5455, 909]), ("value", [5556, 3333, 1111])],
)
def test_the_worked_example(split: Split, expected: list[int]) -> None:
    """100.00 over three shipments, by hand; of equal remainders the first by (order, shipment) gets the cent."""
    assert [s.amount_minor for s in shares(100_00, reversed(EXAMPLE), split)] == expected


def test_of_an_unknown_basis_the_split_is_equal_and_says_so() -> None:
    """Where nobody's weight is known the freight is split equally; one known weight is enough to go by it, and a load
    of one shipment is not split at all."""
    nothing = [Member(order_id="A", shipment="1"), Member(order_id="B", shipment="1")]
    one = [*nothing, Member(order_id="C", shipment="1", weight_grams=1)]
    assert [s.amount_minor for s in shares(3, nothing, "weight")] == [2, 1]
    assert [s.amount_minor for s in shares(3, one, "weight")] == [0, 0, 3]
    assert [falls_back(m, "weight") for m in (nothing, one, nothing[:1], [])] == [True, False, False, False]
    assert not falls_back(nothing, "equal")


CARRIED = without(*BY_HAND, *UNDONE, "reversal_reversed")


@law
@given(lives(among=CARRIED, always=("picked", "planned", "offered_1", "accepted_1")), seeds)
def test_freight_is_split_while_a_pick_up_stands(life: Life, seed: int) -> None:
    """At rest every freight document at the ERP is split over those aboard, to the cent, while a pick-up of the load
    stands and several are aboard, and else bears no shares."""
    world = started(life, seed).drain().answer_holds()
    undone = {e.body.reverses for e in life.events if isinstance(e.body, Reversed)}
    left = any(isinstance(e.body, PickedUp) and e.business_key not in undone for e in life.events)
    for (owner, _), documents in world.erp.standing().items():
        for document in documents:
            if not isinstance(document, FreightAccrual):
                continue
            aboard = standing_plans(Counted(world.record(owner)))[LOAD].members if left else ()
            aboard = aboard if len(aboard) > 1 else ()
            assert [(s.order_id, s.shipment) for s in document.shares] == [(m.order_id, m.shipment) for m in aboard]
            assert sum(s.amount_minor for s in document.shares) == (document.amount_minor if aboard else 0)
