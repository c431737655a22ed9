"""Laws of the books of loads, on truths written by hand: which tender binds, what is owed without one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from milepost.simulators.books_loads import current_tender, freight, waits_for_carrier
from milepost.simulators.plan_loads import Agreed, LoadPlan, LoadStory, Tender
from milepost.tests.simulators.truths import HOUR, T0

RATE = 100_00
CONTRACT_RATE = 180_000
CUT_OFF = T0 + 30 * HOUR  # a Wednesday afternoon; CARR-B always answers: the deadline is 90 minutes before
DUE = CUT_OFF - timedelta(minutes=90)


def tender(attempt: int = 1, **answers: object) -> Tender:
    offered_at = T0 + attempt * HOUR
    offer = Tender(f"TD-{attempt}", attempt, "CARR-B", RATE * attempt, "EUR", offered_at, offered_at + 4 * HOUR)
    return replace(offer, **answers)  # type: ignore[arg-type]


def load(*tenders: Tender, lane: str = "standard", aboard: bool = True, **story: object) -> LoadPlan:
    told = LoadStory("LD-1", "DC-NORTH", lane, T0, tenders, CUT_OFF, None, HOUR, False, False, False, frozenset())
    members = (("SO-1", "SH-1"),)
    return LoadPlan(
        replace(told, cut_off=CUT_OFF, **story),  # type: ignore[arg-type]
        members,
        () if aboard else members,
        None if aboard else T0 + 5 * HOUR,
        tenders,
    )


def owed(plan: LoadPlan) -> dict[str, int]:
    return {row.chain: amount for row, amount in freight(plan).items() if row.account == "freight_expense"}


SOON, LATE = T0 + 2 * HOUR, T0 + 8 * HOUR


@pytest.mark.parametrize(
    ("tenders", "lane", "bound"),
    [
        ((tender(accepted_at=SOON),), "standard", 1),
        ((tender(accepted_at=SOON, rejected_at=LATE),), "standard", None),
        ((tender(rejected_at=SOON, accepted_at=LATE - 4 * HOUR),), "standard", 1),
        ((tender(accepted_at=SOON, withdrawn_at=LATE),), "standard", None),
        ((tender(accepted_at=LATE),), "standard", 1),  # late, and nobody else was asked
        ((tender(accepted_at=LATE),), "again", None),  # where lateness is not forgiven
        ((tender(accepted_at=LATE), tender(2)), "standard", None),
        ((tender(accepted_at=SOON), tender(2, accepted_at=T0 + 5 * HOUR)), "standard", 2),
    ],
)
def test_which_tender_binds(tenders: tuple[Tender, ...], lane: str, bound: int | None) -> None:
    """The highest attempt that was accepted in time, not taken back and not rejected after, binds."""
    found = current_tender(tenders, lane)
    assert (found.attempt if found else None) == bound
    assert owed(load(*tenders, lane=lane)).get("freight_accrual/LD-1", 0) == (RATE * bound if bound else 0)


@pytest.mark.parametrize(
    ("lane", "waits"), [("standard", False), ("asked", False), ("confirmed", True), ("again", True)]
)
def test_goods_wait_for_a_carrier(lane: str, waits: bool) -> None:
    """Where a carrier's word is needed, what left without one waits; with one it does not."""
    assert waits_for_carrier(load(tender(), lane=lane)) == waits
    assert not waits_for_carrier(load(tender(accepted_at=SOON), lane=lane))


def test_the_contract_carrier_goes_in_advance() -> None:
    """On the contract lane the deadline passed without a word: the contract rate is owed, and only then."""
    chain = "freight_accrual/LD-1"
    assert owed(load(tender(), lane="contract")) == {chain: CONTRACT_RATE}
    assert owed(load(tender(rejected_at=SOON), lane="contract")) == {chain: CONTRACT_RATE}
    assert owed(load(tender(rejected_at=DUE), lane="contract")) == {chain: CONTRACT_RATE}
    assert owed(load(tender(rejected_at=DUE + HOUR / 60), lane="contract")) == {}
    assert owed(load(tender(accepted_at=DUE + HOUR), lane="contract")) == {chain: RATE}
    assert owed(load(tender(), lane="contract", aboard=False)) == {}
    assert owed(load(tender(), lane="standard")) == {}


def test_a_truck_not_used_is_charged_beside_the_freight() -> None:
    """The charge of a withdrawn tender stands beside the accrual of the carrier that came."""
    plan = load(tender(accepted_at=SOON, withdrawn_at=LATE, charge_minor=700), tender(2, accepted_at=LATE))
    assert owed(plan) == {"freight_charge/LD-1/TD-1": 700, "freight_accrual/LD-1": 2 * RATE}


@pytest.mark.parametrize(
    ("agreed", "amount"),
    [
        (Agreed(9_000, LATE, suffices=True), 9_000),
        (Agreed(9_000, LATE, suffices=False), RATE),
        (Agreed(9_000, LATE, suffices=False, approved_at=LATE), 9_000),
    ],
)
def test_an_agreed_amount(agreed: Agreed, amount: int) -> None:
    """An agreed amount replaces the rate where its actor, or somebody who approved it, may say so much."""
    assert owed(load(tender(accepted_at=SOON), agreed=agreed)) == {"freight_accrual/LD-1": amount}
    assert owed(load(tender(), agreed=agreed)) == {}
