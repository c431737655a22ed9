"""When carriers are at work, and how long they may take to answer: as the partners know it.

Part of the independent books: the same as the reference data say, kept apart, and a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_BERLIN: Final = ZoneInfo("Europe/Berlin")
_OFFICES: Final = frozenset({"CARR-A", "CARR-C", "CARR-E", "CARR-G"})  # the others are always there
_OPENS, _CLOSES = time(8), time(18)
_SATURDAY: Final = 5
_HOLIDAYS: Final = frozenset({date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1)})
_DAY: Final = timedelta(days=1)
_FIRST_S, _EACH_S = 14_400, 1_800  # the carriers' answering times, in the order of their letters


def answer_within(carrier: str) -> timedelta:
    """Return how long the carrier's contract gives it to answer, in working time."""
    return timedelta(seconds=_FIRST_S + _EACH_S * (ord(carrier[-1]) - ord("A")))


def after(carrier: str, at: datetime, span: timedelta) -> datetime:
    """Return the moment when ``span`` of the carrier's working time has passed since ``at``."""
    if carrier not in _OFFICES:
        return at + span
    day = at.astimezone(_BERLIN).date()
    while True:
        opens, closes = _hours(day)
        begins = max(at, opens)
        if begins < closes:
            if begins + span <= closes:
                return begins + span
            span -= closes - begins
        day += _DAY


def before(carrier: str, at: datetime, span: timedelta) -> datetime:
    """Return the moment from which ``span`` of the carrier's working time passes until ``at``."""
    if carrier not in _OFFICES:
        return at - span
    day = at.astimezone(_BERLIN).date()
    while True:
        opens, closes = _hours(day)
        ends = min(at, closes)
        if opens < ends:
            if ends - span >= opens:
                return ends - span
            span -= ends - opens
        day -= _DAY


def _hours(day: date) -> tuple[datetime, datetime]:
    """Return when the office opens and closes on a day; twice the same on a day off."""
    opens = datetime.combine(day, _OPENS, _BERLIN).astimezone(UTC)
    closes = datetime.combine(day, _CLOSES, _BERLIN).astimezone(UTC)
    free = day.weekday() >= _SATURDAY or day in _HOLIDAYS
    return opens, opens if free else closes
