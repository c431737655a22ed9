"""The budget of calls: rate, concurrency, priority, floor, pauses; with breaker and backoff."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts.postings import Priority
from milepost.runtime.erp.backoff import Backoff
from milepost.runtime.erp.breaker import Breaker
from milepost.runtime.erp.budget import Budget

steps = st.lists(st.tuples(st.floats(0, 2), st.booleans(), st.booleans(), st.booleans()), max_size=80)


@given(steps, st.floats(0.5, 50), st.integers(1, 5), st.integers(1, 5), st.floats(0, 0.5))
def test_neither_rate_nor_concurrency_is_ever_exceeded(
    steps: list[tuple[float, bool, bool, bool]], rate: float, concurrency: int, burst: int, floor: float
) -> None:
    """In any span of t seconds at most burst + rate x t calls begin, and never more than allowed are under way."""
    budget = Budget(rate_per_s=rate, concurrency=concurrency, burst=burst, floor=floor)
    now = 0.0
    begun: list[float] = []
    open_calls: list[Priority] = []
    for wait, fulfilment, reconciliation, end in steps:
        now += wait
        if end and open_calls:
            budget.release(open_calls.pop(0))
        while taken := budget.take(now, fulfilment=fulfilment, reconciliation=reconciliation):
            begun.append(now)
            open_calls.append(taken)
            assert len(open_calls) <= concurrency
    for i, first in enumerate(begun):
        for j in range(i, len(begun)):
            assert j - i + 1 <= burst + rate * (begun[j] - first) + 1e-6


@given(st.floats(0.05, 0.5), st.integers(2, 8))
def test_reconciliation_gets_its_floor_and_fulfilment_all_the_rest(floor: float, concurrency: int) -> None:
    """While both always wait, reconciliation gets the floor's share of calls: no less, and no more."""
    budget = Budget(rate_per_s=10, concurrency=concurrency, floor=floor)
    count = {"fulfilment": 0, "reconciliation": 0}
    for second in range(400):
        taken = budget.take(float(second), fulfilment=True, reconciliation=True)
        assert taken is not None
        count[taken] += 1
        budget.release(taken)
    assert abs(count["reconciliation"] - 400 * floor) <= 2


def test_fulfilment_goes_first() -> None:
    """With a floor of zero reconciliation waits as long as any fulfilment command waits."""
    budget = Budget(rate_per_s=10, concurrency=2, floor=0)
    for second in range(50):
        assert budget.take(float(second), fulfilment=True, reconciliation=True) == "fulfilment"
        budget.release("fulfilment")
    assert budget.take(60.0, fulfilment=False, reconciliation=True) == "reconciliation"


def test_slow_reconciliation_calls_leave_a_place_for_fulfilment() -> None:
    """Reconciliation never holds all places at once, so a fulfilment call finds one."""
    budget = Budget(rate_per_s=100, concurrency=3, burst=10)
    taken = [budget.take(0.0, fulfilment=False, reconciliation=True) for _ in range(4)]
    assert taken == ["reconciliation", "reconciliation", None, None]
    assert budget.take(0.0, fulfilment=True, reconciliation=True) == "fulfilment"


@given(st.floats(0.5, 100), st.floats(0, 1000))
def test_waiting_as_told_is_enough(rate: float, start: float) -> None:
    """After the wait that the budget names there is a token, whatever the rounding."""
    budget = Budget(rate_per_s=rate, concurrency=100, now=start)
    now = start
    for _ in range(20):
        assert budget.take(now, fulfilment=True, reconciliation=False)
        now += budget.wait_s(now)


def test_a_pause_stops_both_lanes() -> None:
    """No call begins before the time the ERP asked for, in whichever lane."""
    budget = Budget(rate_per_s=10, concurrency=2)
    budget.pause(5.0)
    assert budget.take(4.9, fulfilment=True, reconciliation=True) is None
    assert budget.wait_s(4.0) == pytest.approx(1.0)
    assert budget.take(5.0, fulfilment=True, reconciliation=True) == "fulfilment"


@pytest.mark.parametrize("bad", [{"rate_per_s": 0}, {"concurrency": 0}, {"burst": 0.5}, {"floor": 1.0}])
def test_a_budget_that_could_never_call_is_refused(bad: dict[str, float]) -> None:
    """Limits under which nothing could be sent are an error at once, not a silent standstill."""
    with pytest.raises(ValueError, match="a budget needs"):
        Budget(**({"rate_per_s": 1.0, "concurrency": 1} | bad))  # type: ignore[arg-type]


def test_the_breaker_opens_probes_once_and_closes_on_success() -> None:
    """After failures in a row nothing goes, after the cool-down exactly one call goes, and its success lets all go."""
    breaker = Breaker(failures=2, cool_down_s=10.0)
    tickets = [breaker.began(), breaker.began()]
    for ticket in tickets:
        breaker.ended(ticket, 1.0, well=False)
    assert not breaker.allows(10.9)
    assert breaker.wait_s(6.0) == pytest.approx(5.0)
    assert breaker.allows(11.0)
    probe = breaker.began()
    assert not breaker.allows(11.0)
    breaker.ended(probe, 12.0, well=True)
    assert breaker.allows(12.0)
    assert breaker.state == "closed"


def test_a_call_from_before_does_not_close_the_breaker() -> None:
    """Only the probe decides: an older call's late success leaves the breaker open, its failure changes nothing."""
    breaker = Breaker(failures=1, cool_down_s=10.0)
    old = [breaker.began() for _ in range(3)]
    breaker.ended(old[0], 0.0, well=False)
    breaker.ended(old[1], 1.0, well=True)
    assert not breaker.allows(5.0)
    assert breaker.allows(10.0)
    breaker.began()
    breaker.ended(old[2], 10.0, well=False)
    assert breaker.state == "half_open"


def test_a_probe_that_was_never_sent_frees_the_place_of_the_probe() -> None:
    """A probe given up before it left says nothing and lets another probe go."""
    breaker = Breaker(failures=1, cool_down_s=1.0)
    breaker.ended(breaker.began(), 0.0, well=False)
    assert breaker.allows(1.0)
    breaker.ended(breaker.began(), 1.0, well=None)
    assert breaker.state == "half_open"
    assert breaker.allows(1.0)


@given(st.integers(0, 2**32), st.integers(1, 10_000), st.one_of(st.none(), st.floats(0, 100)))
def test_backoff_is_jittered_capped_and_never_less_than_asked(seed: int, tries: int, retry_after: float | None) -> None:
    """The wait lies between what the ERP asked for and the capped exponential, and equal seeds give equal waits."""
    wait = Backoff(Random(seed), base_s=0.2, cap_s=30.0).delay_s(tries, retry_after)
    assert (retry_after or 0.0) <= wait <= max(retry_after or 0.0, min(30.0, 0.2 * 2 ** (min(tries, 20) - 1)))
    assert wait == Backoff(Random(seed), base_s=0.2, cap_s=30.0).delay_s(tries, retry_after)


def test_backoff_spreads_over_the_whole_range() -> None:
    """Full jitter: many waits of the same try lie in the lower and in the upper tenth."""
    backoff = Backoff(Random(1), base_s=1.0, cap_s=8.0)
    waits = [backoff.delay_s(9) for _ in range(500)]
    assert min(waits) < 0.8
    assert max(waits) > 7.2
