"""Working time: what the clock counts of somebody's opening hours, over weekends, holidays and clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.workflow.calendars import CALENDAR_DAYS_MAX, add_working, is_open, opening_hours, subtract_working
from milepost.workflow.rules import Calendar

HOUR = 3_600
WEEK = ("mon", "tue", "wed", "thu", "fri")
EASTER = frozenset({"2026-04-03", "2026-04-06"})
BERLIN = Calendar(time_zone="Europe/Berlin", days=WEEK, opens="08:00", closes="18:00", holidays=EASTER)
NIGHTS = Calendar(time_zone="Europe/Berlin", opens="00:00", closes="06:00")
NEVER = Calendar(days=())

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "America/Havana", "Asia/Kathmandu", "Pacific/Auckland")
CLOCKS = ("00:00", "01:30", "02:30", "08:00", "12:15", "18:00", "23:00", "24:00")
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
SECONDS = st.integers(0, 80 * HOUR)  # an hour a week and twenty holidays: within the days that are looked at
LONG = st.integers(0, 60 * 24 * HOUR)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Any calendar that opens at least once a week."""
    opens, closes = sorted(draw(st.lists(st.sampled_from(CLOCKS), min_size=2, max_size=2, unique=True)))
    days = draw(st.lists(st.sampled_from((*WEEK, "sat", "sun")), min_size=1, unique=True))
    holidays = draw(st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)).map(str), max_size=20))
    return Calendar(time_zone=draw(st.sampled_from(ZONES)), days=tuple(days), opens=opens, closes=closes,
                    holidays=holidays)  # fmt: skip


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@given(calendars(), MOMENTS, SECONDS)
def test_there_and_back(calendar: Calendar, start: datetime, seconds: int) -> None:
    """From an open moment, subtracting what was added leads back to it."""
    if is_open(start, calendar):
        assert subtract_working(add_working(start, seconds, calendar), seconds, calendar) == start


@given(calendars(), MOMENTS, st.integers(0, 14 * 24 * HOUR), LONG, st.integers(0, 7 * 24 * HOUR))
def test_monotone(calendar: Calendar, start: datetime, later: int, seconds: int, more: int) -> None:
    """Starting later or working longer never ends earlier; ending later or working shorter never begins earlier."""
    after = start + timedelta(seconds=later)
    assert add_working(start, seconds, calendar) <= add_working(after, seconds, calendar)
    assert add_working(start, seconds, calendar) <= add_working(start, seconds + more, calendar)
    assert subtract_working(start, seconds, calendar) <= subtract_working(after, seconds, calendar)
    assert subtract_working(start, seconds + more, calendar) <= subtract_working(start, seconds, calendar)


@given(calendars(), MOMENTS, SECONDS)
def test_no_deadline_falls_into_closed_hours(calendar: Calendar, start: datetime, seconds: int) -> None:
    """What is added ends while open, or at closing time exactly; it is never less than the plain clock."""
    end = add_working(start, seconds, calendar)
    assert is_open(end, calendar) or is_open(end - timedelta(microseconds=1), calendar)
    assert end >= start + timedelta(seconds=seconds)


@given(calendars(), MOMENTS, SECONDS)
def test_opening_time_is_counted_second_by_second(calendar: Calendar, start: datetime, seconds: int) -> None:
    """Between start and end lie exactly the added seconds of opening hours, summed day by day."""
    end = add_working(start, seconds, calendar)
    first = start.date() - timedelta(days=2)
    counted = timedelta()
    for n in range((end.date() - first).days + 3):
        for opens, closes in opening_hours(first + timedelta(days=n), calendar):
            counted += max(timedelta(), min(closes, end) - max(opens, start))
    assert counted == timedelta(seconds=seconds)


@given(st.sampled_from(ZONES), MOMENTS, LONG)
def test_always_open_is_the_plain_clock(name: str, start: datetime, seconds: int) -> None:
    """A calendar that never closes counts every second, whatever its zone."""
    calendar = Calendar(time_zone=name)
    assert add_working(start, seconds, calendar) == start + timedelta(seconds=seconds)
    assert subtract_working(start, seconds, calendar) == start - timedelta(seconds=seconds)


@given(st.sampled_from(ZONES), MOMENTS, LONG)
def test_open_day_and_night_by_days_is_the_plain_clock_too(name: str, start: datetime, seconds: int) -> None:
    """Days that touch at midnight leave no gap and no overlap, also where the clock changes at midnight."""
    calendar = Calendar(time_zone=name, holidays=frozenset({"2031-01-01"}))
    assert add_working(start, seconds, calendar) == start + timedelta(seconds=seconds)
    assert subtract_working(start, seconds, calendar) == start - timedelta(seconds=seconds)


GOLDEN = [
    # Friday 16:00 in winter time is 15:00 UTC; two hours on Friday, two on Monday.
    ("a weekend", BERLIN, "2026-01-30T15:00", 4 * HOUR, "2026-02-02T09:00"),
    ("to closing time exactly", BERLIN, "2026-01-30T15:00", 2 * HOUR, "2026-01-30T17:00"),
    ("a second over it", BERLIN, "2026-01-30T15:00", 2 * HOUR + 1, "2026-02-02T07:00:01"),
    ("from the middle of the night", BERLIN, "2026-01-31T02:00", HOUR, "2026-02-02T08:00"),
    ("no time at all, while closed", BERLIN, "2026-01-31T02:00", 0, "2026-02-02T07:00"),
    # Thursday 2 April 16:00 is 14:00 UTC in summer time; Good Friday, weekend and Easter Monday are left out.
    ("Easter", BERLIN, "2026-04-02T14:00", 4 * HOUR, "2026-04-07T08:00"),
    # Friday 27 March 16:00 is 15:00 UTC; on Monday summer time has begun and 10:00 is 08:00 UTC.
    ("a weekend with a clock change", BERLIN, "2026-03-27T15:00", 4 * HOUR, "2026-03-30T08:00"),
    # Night shift of 29 March, 00:00-06:00: 02:00 to 03:00 does not exist, the shift has five hours.
    ("a night shift an hour short", NIGHTS, "2026-03-28T23:00", 6 * HOUR, "2026-03-29T23:00"),
    # Night shift of 25 October: 02:00 to 03:00 comes twice, the shift has seven hours.
    ("a night shift an hour long", NIGHTS, "2026-10-24T22:00", 7 * HOUR, "2026-10-25T05:00"),
]


@pytest.mark.parametrize(("start", "seconds", "end", "calendar"),
                         [pytest.param(s, n, e, c, id=name) for name, c, s, n, e in GOLDEN])  # fmt: skip
def test_golden(start: str, seconds: int, end: str, calendar: Calendar) -> None:
    """Counted by hand on a wall calendar."""
    assert add_working(utc(start), seconds, calendar) == utc(end)


def test_backwards_over_easter() -> None:
    """Ninety minutes before Tuesday 08:30 after Easter is Thursday 17:00."""
    assert subtract_working(utc("2026-04-07T06:30"), 90 * 60, BERLIN) == utc("2026-04-02T15:00")


def test_the_night_shift_an_hour_short_is_five_hours() -> None:
    """Five hours fill the shift of the night the clock goes forward."""
    assert add_working(utc("2026-03-28T23:00"), 5 * HOUR, NIGHTS) == utc("2026-03-29T04:00")


def test_who_never_opens_has_a_deadline_all_the_same() -> None:
    """After the days that are looked at, the plain clock counts."""
    start = utc("2026-01-30T15:00")
    assert timedelta(0) <= add_working(start, HOUR, NEVER) - start - timedelta(days=CALENDAR_DAYS_MAX - 2)
    assert start - subtract_working(start, HOUR, NEVER) <= timedelta(days=CALENDAR_DAYS_MAX, hours=1)
