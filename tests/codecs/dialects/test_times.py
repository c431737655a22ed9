"""Moments from what partners write: formats, zones, clocks put forward and back, clocks that are wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs.dialects.formats_of_time import FormatError, iso, reader_of, writer_of
from milepost.codecs.dialects.zones import zone_of
from milepost.codecs.errors import DecodeError
from milepost.tests.codecs.dialects.partners import HEAD, RECEIVED, loaded, said, saying


def _event(expression: str, document: dict[str, object], head: str = HEAD) -> object:
    text = f"- {{emit: wms.wave_planned, owner: {{order: =O}}, at: {expression}, body: {{node: =N, wave: =W}}}}"
    found = said(loaded(saying(text, head)), document)
    if found.refused:
        raise found.refused[0].error
    return found.events[0]


PARTS = '{as: time, of: [$.d, $.t, $.z], format: ["%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d"]}'


@pytest.mark.parametrize(
    ("expression", "document", "utc"),
    [
        ("{as: time, of: $.d}", {"d": "2026-03-02T08:00:00Z"}, "2026-03-02T08:00:00"),
        ("{as: time, of: $.d}", {"d": "2026-03-02T08:00:00-0500"}, "2026-03-02T13:00:00"),
        ("{as: time, of: $.d}", {"d": "2026-03-02T08:00:00"}, "2026-03-02T07:00:00"),
        ("{as: time, of: $.d}", {"d": "2026-03-02"}, "2026-03-01T23:00:00"),
        ("{as: time, of: $.d}", {"d": "2026-03-02T24:00:00Z"}, "2026-03-03T00:00:00"),
        ("{as: time, of: $.d, zone: America/Chicago}", {"d": "2026-03-02T08:00:00"}, "2026-03-02T14:00:00"),
        ("{as: time, of: $.d, zone: America/Chicago}", {"d": "2026-03-02T08:00:00+01:00"}, "2026-03-02T07:00:00"),
        (PARTS, {"d": "20260302", "t": "0800"}, "2026-03-02T07:00:00"),
        (PARTS, {"d": "20260302", "t": "080001"}, "2026-03-02T07:00:01"),
        (PARTS, {"d": "20260302"}, "2026-03-01T23:00:00"),
        (PARTS, {"d": "20260302", "t": "2400"}, "2026-03-02T23:00:00"),
        (PARTS, {"d": "20260302", "t": "0800", "z": "LT"}, "2026-03-02T07:00:00"),
        (PARTS, {"d": "20260302", "t": "0800", "z": "UT"}, "2026-03-02T08:00:00"),
        (PARTS, {"d": "20260302", "t": "0800", "z": "ET"}, "2026-03-02T13:00:00"),
        (PARTS, {"d": "20260702", "t": "0800", "z": "ET"}, "2026-07-02T12:00:00"),
        (PARTS, {"d": "20260702", "t": "0800", "z": "ES"}, "2026-07-02T13:00:00"),
        (PARTS, {"d": "20260302", "t": "0800", "z": "05"}, "2026-03-02T03:00:00"),
        (PARTS, {"d": "20260302", "t": "0800", "z": "19"}, "2026-03-02T14:00:00"),
        (PARTS, {"d": "20260302", "t": "0800", "z": "Asia/Tokyo"}, "2026-03-01T23:00:00"),
        ('{as: time, of: $.d, format: "%d.%m.%Y %H:%M"}', {"d": "2.3.2026 8:05"}, "2026-03-02T07:05:00"),
        ('{as: time, of: $.d, format: "%m/%d/%y %I:%M %p"}', {"d": "03/02/26 12:05 AM"}, "2026-03-01T23:05:00"),
        ('{as: time, of: $.d, format: "%d-%b-%Y", zone: UTC}', {"d": "02-Mar-2026"}, "2026-03-02T00:00:00"),
        ('{as: time, of: $.d, format: "%Y-%m-%dT%H:%M:%S%z"}', {"d": "2026-03-02T08:00:00-05"}, "2026-03-02T13:00:00"),
        ("{as: time, of: $.d, format: epoch_s}", {"d": 1772438400}, "2026-03-02T08:00:00"),
        ("{as: time, of: $.d, format: epoch_ms}", {"d": "1772438400500"}, "2026-03-02T08:00:00.500000"),
        ("{as: first, of: [{as: time, of: $.none}, '@received']}", {}, "2026-03-02T12:00:00"),
        ("$.d", {"d": "2026-03-02T08:00:00Z"}, None),
    ],
)  # fmt: skip
def test_a_moment_is_the_one_that_was_meant(expression: str, document: dict[str, object], utc: str | None) -> None:
    """Formats, parts and zones give the moment in UTC; what is no moment's expression is refused."""
    if utc is None:
        with pytest.raises(DecodeError) as raised:
            _event(expression, document)
        assert raised.value.reason == "wrong_type"
        return
    assert _event(expression, document).occurred_at == datetime.fromisoformat(utc + "+00:00")


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"d": "CCYYMMDD"}, "invalid_value"),
        ({"d": "20260230", "t": "0800"}, "invalid_value"),
        ({"d": "20260302", "t": "800"}, "invalid_value"),
        ({"d": "20260302", "t": "2500"}, "invalid_value"),
        ({"d": "20260302", "t": "0800", "z": "XX"}, "unknown_code"),
        ({"d": "19690302", "t": "0800"}, "absurd_time"),
        ({"d": "99990302", "t": "0800"}, "absurd_time"),
        ({}, "missing_field"),
    ],
)
def test_what_is_no_time_is_refused(document: dict[str, object], reason: str) -> None:
    """No time is made up of what cannot be read, and none outside the years that can be meant."""
    with pytest.raises(DecodeError) as raised:
        _event(PARTS, document)
    assert raised.value.reason == reason


def test_without_a_zone_a_local_time_is_refused() -> None:
    """A file that says no zone takes no time that names none: nobody could say which moment that is."""
    head = HEAD.replace("time: {zone: Europe/Berlin}\n", "")
    with pytest.raises(DecodeError) as raised:
        _event("{as: time, of: $.d}", {"d": "2026-03-02T08:00:00"}, head)
    assert raised.value.reason == "invalid_value"
    assert _event("{as: time, of: $.d}", {"d": "2026-03-02T08:00:00Z"}, head)


def test_clocks_put_forward_and_back_are_read_the_same_way_always() -> None:
    """Of an hour that comes twice it is the first; a time that was skipped is as much later as was skipped."""
    twice = _event("{as: time, of: $.d}", {"d": "2026-10-25T02:30:00"})
    assert twice.occurred_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    skipped = _event("{as: time, of: $.d}", {"d": "2026-03-29T02:30:00"})
    assert skipped.occurred_at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert skipped.occurred_at.astimezone(ZoneInfo("Europe/Berlin")).hour == 3


@pytest.mark.parametrize(
    ("precision", "utc"),
    [("second", "07:01:59"), ("minute", "07:01:00"), ("date", None)],
)
def test_precision_cuts_off_what_a_clock_only_seems_to_know(precision: str, utc: str | None) -> None:
    """Seconds and fractions, or the time of day in the partner's zone, are left out where the file says so."""
    head = HEAD.replace("{zone: Europe/Berlin}", f"{{zone: Europe/Berlin, precision: {precision}}}")
    at = _event("{as: time, of: $.d}", {"d": "2026-03-02T08:01:59.75"}, head).occurred_at
    assert at == (datetime.fromisoformat(f"2026-03-02T{utc}+00:00") if utc else datetime(2026, 3, 1, 23, tzinfo=UTC))


def test_what_was_written_is_kept() -> None:
    """The event has the time as it was sent beside the moment in UTC."""
    assert _event(PARTS, {"d": "20260302", "t": "0800", "z": "ET"}).source_time == "20260302 0800 ET"
    of_many = "{as: first, of: [{as: time, of: $.none}, {as: time, of: $.d}]}"
    assert _event(of_many, {"d": "2026-03-02T08:00:00-05:00"}).source_time == "2026-03-02T08:00:00-05:00"


@pytest.mark.parametrize(
    ("offset", "suspect"),
    [(timedelta(hours=47), False), (timedelta(hours=49), True), (-timedelta(days=399), False),
     (-timedelta(days=401), True), (timedelta(days=5 * 365), True), (-timedelta(days=5 * 365), True)],
)  # fmt: skip
def test_a_wrong_clock_is_told_and_said(offset: timedelta, suspect: bool) -> None:
    """A clock five years off still makes its event, and a finding that names what it said."""
    text = "- {emit: wms.wave_planned, owner: {order: =O}, at: {as: time, of: $.d}, body: {node: =N, wave: =W}}"
    found = said(loaded(saying(text)), {"d": (RECEIVED + offset).isoformat()})
    assert found.events[0].occurred_at == RECEIVED + offset
    assert [one.code for one in found.findings] == (["CLOCK_SUSPECT"] if suspect else [])


_moments = st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1)).map(
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)


@given(
    _moments,
    st.sampled_from(
        [
            "%Y%m%d%H%M%S",
            "%Y-%m-%d %H:%M:%S",
            "%d.%m.%Y %H:%M:%S",
            "%m/%d/%Y %I:%M:%S %p",
            "%d %B %Y %H.%M.%S",
            "%Y%j%H%M%S",
            "epoch_s",
            "%Y-%m-%dT%H:%M:%S%z",
        ]
    ),
)
def test_what_is_written_is_read_back(at: datetime, format: str) -> None:
    """A moment written in a format is read as that moment by the same format."""
    found = reader_of(format)(writer_of(format)(at))
    assert found is not None
    assert found.at.replace(tzinfo=found.zone or UTC) == at


@pytest.mark.parametrize(
    ("text", "format"),
    [("2026-03-02T24:00:01Z", ""), ("20260302240005", "%Y%m%d%H%M%S"), ("2026030224000050", "%Y%m%d%H%M%S%f")],
)
def test_nothing_is_after_the_end_of_a_day(text: str, format: str) -> None:
    """24:00 is the end of a day; what a clock shows behind it is no time."""
    assert (reader_of(format) if format else iso)(text) is None


@given(st.text(max_size=30), st.text("%YmdHMSfbBjpIzZ -/:.T", max_size=20))
def test_any_text_is_a_time_or_none(text: str, format: str) -> None:
    """Whatever a partner writes where a time should stand, and whatever format a file says, no error escapes."""
    iso(text)
    zone_of(text)
    try:
        read = reader_of(format)
    except FormatError:
        return
    read(text)
