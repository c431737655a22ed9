"""Working time: seconds counted over somebody's opening hours, in their own time zone. UTC in, UTC out."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import get_args

from milepost.workflow.dates import zone
from milepost.workflow.rules import Calendar, Weekday

CALENDAR_DAYS_MAX = 800
"""Days looked at for enough working time. What is still missing then is counted by the plain clock, as if open day and
night from there on: a calendar that nearly never opens puts a deadline off by years, not for ever."""

DAYS_REMEMBERED = 10_000  # of all calendars: deadlines and waves are asked for again with every decision

_DAY = timedelta(days=1)
_WEEKDAYS: tuple[str, ...] = get_args(Weekday)


def add_working(start: datetime, seconds: int, calendar: Calendar) -> datetime:
    """Return the first moment by which ``seconds`` of opening time have passed since ``start``.

    Hours are counted as they really passed: a day with a clock change in its opening hours is longer or shorter. A
    result is within opening hours or at closing time. At a closed ``start`` no seconds lead to the next opening.
    """
    left = timedelta(seconds=seconds)
    if always_open(calendar):
        return start + left
    first = _local_day(start, calendar) - _DAY  # a clock set back over midnight has a day's hours end the day after
    for day in (first + _DAY * n for n in range(CALENDAR_DAYS_MAX)):
        for opens, closes in opening_hours(day, calendar):
            begin = max(opens, start)
            if closes < begin:
                continue
            if left <= closes - begin:
                return begin + left
            left -= closes - begin
    return _midnight(first + _DAY * CALENDAR_DAYS_MAX, calendar) + left


def subtract_working(end: datetime, seconds: int, calendar: Calendar) -> datetime:
    """Return the last moment from which ``seconds`` of opening time pass until ``end``; else as ``add_working``."""
    left = timedelta(seconds=seconds)
    if always_open(calendar):
        return end - left
    last = _local_day(end, calendar) + _DAY
    for day in (last - _DAY * n for n in range(CALENDAR_DAYS_MAX)):
        for opens, closes in opening_hours(day, calendar):
            until = min(closes, end)
            if until < opens:
                continue
            if left <= until - opens:
                return until - left
            left -= until - opens
    return _midnight(last - _DAY * (CALENDAR_DAYS_MAX - 1), calendar) - left


def is_open(at: datetime, calendar: Calendar) -> bool:
    """Say whether ``at`` is within opening hours; closing time itself is not."""
    day = _local_day(at, calendar)
    near = (day - _DAY, day, day + _DAY)
    return any(opens <= at < closes for one in near for opens, closes in opening_hours(one, calendar))


def always_open(calendar: Calendar) -> bool:
    """Say whether the calendar never closes: then its time is the plain clock's."""
    whole = calendar.opens == "00:00" and calendar.closes == "24:00"
    return whole and not calendar.holidays and len(set(calendar.days)) == len(_WEEKDAYS)


def works_on(day: date, calendar: Calendar) -> bool:
    """Say whether ``day``, of the calendar's own zone, is a working day and no holiday."""
    return _WEEKDAYS[day.weekday()] in calendar.days and day.isoformat() not in calendar.holidays


@lru_cache(maxsize=DAYS_REMEMBERED)
def opening_hours(day: date, calendar: Calendar) -> tuple[tuple[datetime, datetime], ...]:
    """Return opening and closing time of a local ``day`` in UTC; nothing when it is closed or does not exist."""
    if not works_on(day, calendar):
        return ()
    opens, closes = moment(day, calendar.opens, calendar), moment(day, calendar.closes, calendar)
    # A country that moves over the date line skips a day: what would be its hours are the next day's.
    return ((opens, closes),) if opens < closes and _local_day(opens, calendar) == day else ()


def moment(day: date, clock: str, calendar: Calendar) -> datetime:
    """Return the UTC time at which the clock of the calendar's zone shows ``clock`` (HH:MM, up to 24:00) on ``day``.

    A time that occurs twice is its first; one that is skipped is as long after the change as it would have been.
    """
    hour, minute = int(clock[:2]), int(clock[3:])
    if hour == 24:
        return _midnight(day + _DAY, calendar)
    return datetime.combine(day, time(hour, minute), zone(calendar.time_zone)).astimezone(UTC)


def _midnight(day: date, calendar: Calendar) -> datetime:
    return moment(day, "00:00", calendar)


def _local_day(at: datetime, calendar: Calendar) -> date:
    return at.astimezone(zone(calendar.time_zone)).date()
