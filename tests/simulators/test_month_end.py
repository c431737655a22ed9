"""Laws of month's end: each month is closed once, in its order, some days after it is over."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from milepost.simulators.month_end import CLOSED_AFTER, MonthEnd, closed_through

TIMES = st.datetimes(datetime(2024, 1, 10), datetime(2028, 1, 1), timezones=st.just(UTC))


@given(now=TIMES)
def test_a_month_stays_open_for_some_days_of_the_next(now: datetime) -> None:
    """At any time the month that is closed ended at least the days of grace ago, and the next one did not."""
    first_open = datetime.fromisoformat(f"{closed_through(now)}-28T00:00:00+00:00") + timedelta(days=4)
    first_open = first_open.replace(day=1)
    assert first_open + CLOSED_AFTER <= now
    after = (first_open + timedelta(days=32)).replace(day=1)
    assert now < after + CLOSED_AFTER


@given(steps=st.lists(st.integers(0, 40), max_size=30))
def test_each_month_is_closed_once(steps: list[int]) -> None:
    """However the clock steps, months are closed in their order and none twice."""
    closed: list[str] = []

    async def close(through: str) -> None:
        closed.append(through)

    async def run() -> None:
        now = datetime(2026, 3, 2, tzinfo=UTC)
        month_end = MonthEnd(now, close)
        for days in steps:
            now += timedelta(days=days)
            await month_end(now)
        assert closed == sorted(set(closed))
        assert not closed or closed[-1] == closed_through(now)

    asyncio.run(run())
