"""The rate at which commands come in: right soon after a change, steady while nothing changes."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from milepost.runtime.erp.arrivals import SLICE_S, WINDOWS_S, Arrivals


def fed(rates: list[tuple[float, float]], rng: Random, start: float = 0.0) -> tuple[Arrivals, float]:
    """Arrivals after stretches of (rate, seconds), and the time at their end."""
    arrivals, now = Arrivals(start), start
    for rate, seconds in rates:
        end = now + seconds
        while (now := now + rng.expovariate(rate)) < end:
            arrivals.came(now)
        now = end
    return arrivals, now


@given(st.integers(0, 2**32), st.floats(5, 50), st.floats(0, 1e6), st.floats(1.5, 10))
@hypothesis_settings(max_examples=25, deadline=None)
def test_a_minute_after_a_change_the_old_rate_is_forgotten(seed: int, rate: float, start: float, times: float) -> None:
    """However long and fast it was before, a minute and a slice later the rate is that of the minute."""
    arrivals, now = fed([(rate * times, 600), (rate, 60 + SLICE_S)], Random(seed), start)
    assert arrivals.per_s(now) == pytest.approx(rate, rel=0.35)


def test_an_unchanged_rate_is_told_the_better_the_longer_it_lasts() -> None:
    """Over a quarter of an hour the error is a few percent, where a minute alone is off by more; chance looks like a
    change now and then, so it is the error of most of a hundred streams that counts.
    """
    after = {seconds: sorted(_error(seed, seconds) for seed in range(100)) for seconds in (60.0, WINDOWS_S[-1])}
    assert after[WINDOWS_S[-1]][50] < 0.03 < after[60.0][50]
    assert after[WINDOWS_S[-1]][90] < 0.1 < after[60.0][90]


def _error(seed: int, seconds: float) -> float:
    arrivals, now = fed([(2.0, seconds)], Random(seed))
    return abs(arrivals.per_s(now) / 2.0 - 1.0)


def test_silence_is_a_rate_of_nothing() -> None:
    """A minute in which nothing came is told as nothing, after however long, and asking changes nothing."""
    arrivals, now = fed([(20.0, 300)], Random(1))
    assert arrivals.per_s(now + 60 + SLICE_S) == 0.0
    assert arrivals.per_s(now + 10**6) == 0.0
    assert arrivals.per_s(now) == pytest.approx(20.0, rel=0.1)


def test_what_a_process_has_not_seen_counts_as_nothing() -> None:
    """A hundred at once at the start are a hundred in a minute, not a hundred a second."""
    arrivals = Arrivals(50.0)
    for _ in range(100):
        arrivals.came(50.5)
    assert arrivals.per_s(51.0) == pytest.approx(100 / 60)
