"""The SCMS file is read exactly or refused with row and column."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs import scms, scms_values
from milepost.codecs.errors import DecodeError
from milepost.codecs.scms_values import Included, Pointer, Separate, Unread
from milepost.tests.scms.sample import HEADING, ROWS, written


def reason_of(data: bytes) -> str:
    try:
        scms.decode(data)
    except DecodeError as error:
        return error.reason
    return "none"


def changed(column: str, text: str) -> bytes:
    cells = list(ROWS[0])
    cells[HEADING.index(column)] = text
    return written((tuple(cells), *ROWS[1:]))


@given(st.binary(max_size=400) | st.binary(max_size=100).map(lambda tail: written() + tail))
def test_any_bytes(data: bytes) -> None:
    """Any bytes give lines or a DecodeError and no other error."""
    assert reason_of(data) in ("none", "not_utf8", "missing_field", "invalid_value")


@given(st.sampled_from(HEADING), st.text(max_size=30) | st.sampled_from(["NaN", "-1", "1e99", "See X (ID#:1)", "²"]))
def test_any_cell(column: str, text: str) -> None:
    """Any text in any cell gives lines or a DecodeError."""
    assert reason_of(changed(column, text)) in ("none", "missing_field", "invalid_value")


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_line_ends_and_quotes(end: str) -> None:
    """Old-Mac, Unix and DOS line ends give the same lines, and quoted fields lose their quotes only."""
    lines = scms.decode(written(end=end))
    assert lines == scms.decode(written())
    assert [line.item for line in lines] == ['Tablets "A", 30', "Syrup", "Syrup", "Test kits, 100"]


def test_values() -> None:
    """Dates, what stands in their place, and the four forms of freight are told apart; amounts are exact cents."""
    first, second, third, fourth = scms.decode(written())
    assert (first.quote_sent, first.order_sent, first.delivered) == (date(2013, 3, 4), None, date(2013, 3, 22))
    assert (fourth.quote_sent, fourth.order_sent) == (Unread("Pre-PQ Process"), Unread("Date Not Captured"))
    assert (first.value_minor, first.freight, first.weight_grams) == (10_001, 4_550, 12_000)
    assert (second.freight, third.freight, fourth.freight) == (Pointer("DN-1", "11"), Separate(), Included())
    assert scms.resolve([first, second]) == {"12": first}


REFUSED = [
    ("Line Item Value", "1.005", "row 2, Line Item Value"),
    ("Line Item Value", "lots", "row 2, Line Item Value"),
    ("Line Item Quantity", "-4", "row 2, Line Item Quantity"),
    ("Freight Cost (USD)", "later", "row 2, Freight Cost (USD)"),
    ("PO / SO #", " ", "row 2, PO / SO #"),
]


@pytest.mark.parametrize(("column", "text", "place"), REFUSED)
def test_refused_with_place(column: str, text: str, place: str) -> None:
    """A cell that cannot be used is named by row and column."""
    with pytest.raises(DecodeError) as caught:
        scms.decode(changed(column, text))
    assert (caught.value.reason, caught.value.place) == ("invalid_value", place)


def test_dangling_pointer() -> None:
    """A pointer that leads to no amount is refused, not taken for zero freight."""
    for text in ("See DN-1 (ID#:99)", "See DN-2 (ID#:12)", "See DN-1 (ID#:11)"):
        with pytest.raises(DecodeError):
            scms.resolve(scms.decode(changed("Freight Cost (USD)", text)))


def test_missing_column() -> None:
    """A file without one of the columns is refused by the column's name."""
    with pytest.raises(DecodeError, match="Vendor INCO Term"):
        scms.decode(written(heading=tuple(name.replace("Vendor INCO Term", "Terms") for name in HEADING)))


@given(st.text(max_size=12))
def test_days_never_raise(text: str) -> None:
    """Any text in a date's place is a date, not applicable, or kept word for word as unread."""
    found = scms_values.day(text)
    assert found is None or isinstance(found, date) or found == Unread(text)
