"""Working time of carriers, against dates worked out by hand, and the same as the reference data say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.runtime.rules_files import load_rules
from milepost.simulators.catalogue import CARRIERS, START
from milepost.simulators.working_time import after, answer_within, before
from milepost.tests.simulators.pipeline import ROOT
from milepost.workflow.calendars import add_working, subtract_working

HOUR = timedelta(hours=1)
REFERENCE = next(iter(load_rules(ROOT / "policies", ROOT / "reference", "test").references.values()))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("begins", "hours", "ends"),
    [
        ("2026-03-10T09:00", 4, "2026-03-10T13:00"),  # a Tuesday
        ("2026-03-10T16:00", 4, "2026-03-11T10:00"),  # the office closes at 17:00 UTC in winter
        ("2026-03-13T16:00", 4, "2026-03-16T10:00"),  # Friday afternoon to Monday
        ("2026-03-14T12:00", 1, "2026-03-16T08:00"),  # Saturday: counted from Monday, 7:00 UTC
        ("2026-03-27T16:00", 2, "2026-03-30T07:00"),  # over the change to summer time
        ("2026-04-02T15:00", 2, "2026-04-07T07:00"),  # over Easter: Friday and Monday are holidays
        ("2026-03-10T13:00", 4, "2026-03-10T17:00"),  # to the last minute of the day
        ("2026-03-10T05:00", 25, "2026-03-12T12:00"),  # two whole days and a half
    ],
)
def test_by_hand(begins: str, hours: int, ends: str) -> None:
    """An office's hours are counted from its next opening, over nights, weekends, holidays and changes of clocks."""
    assert after("CARR-A", at(begins), hours * HOUR) == at(ends)
    assert after("CARR-B", at(begins), hours * HOUR) == at(begins) + hours * HOUR


@pytest.mark.parametrize(
    ("ends", "minutes", "begins"),
    [
        ("2026-03-10T12:00", 90, "2026-03-10T10:30"),
        ("2026-03-10T07:30", 90, "2026-03-09T16:00"),  # half an hour this morning, one hour yesterday evening
        ("2026-03-15T12:00", 90, "2026-03-13T15:30"),  # Sunday: counted back from Friday's closing
        ("2026-04-07T06:30", 90, "2026-04-02T15:00"),  # over Easter
        ("2026-03-10T08:30", 90, "2026-03-10T07:00"),  # to the first minute of the day
    ],
)
def test_backwards_by_hand(ends: str, minutes: int, begins: str) -> None:
    """Counted back, the same hours are skipped."""
    assert before("CARR-A", at(ends), timedelta(minutes=minutes)) == at(begins)


@given(hours=st.integers(0, 24 * 90), carrier=st.sampled_from(CARRIERS), seconds=st.integers(1, 200_000))
def test_the_reference_data_say_the_same(hours: int, carrier: str, seconds: int) -> None:
    """For any carrier, moment and span, the rules' calendar counts the same time, forwards and back."""
    contract = REFERENCE.carriers[carrier]
    moment, span = START + hours * HOUR, timedelta(seconds=seconds)
    assert contract.answer_within_s == answer_within(carrier).total_seconds()
    assert add_working(moment, seconds, contract.calendar) == after(carrier, moment, span)
    assert subtract_working(moment, seconds, contract.calendar) == before(carrier, moment, span)
