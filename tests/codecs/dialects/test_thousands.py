"""Numbers as they are written where a comma stands before the decimals."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs.dialects.numbers import decimal_of


@given(st.integers(0, 10**15 - 1), st.sampled_from([".", " ", "\xa0", "\u202f"]), st.sampled_from(["", ",5", ",50"]))
def test_thousands_are_read_in_every_usual_way(whole: int, between: str, behind: str) -> None:
    """Points, blanks and blanks that break no line stand between thousands: the number is the same."""
    written = f"{whole:,}".replace(",", between) + behind
    assert decimal_of(written, comma=True) == Decimal(f"{whole}{behind.replace(',', '.')}")


@pytest.mark.parametrize("text", ["1 2345", "1 234.567", "12 34", "1  234", "1 234,5 6", "1 234,", " ", "1'234"])
def test_what_is_cut_elsewhere_is_no_number(text: str) -> None:
    """Groups that are not of three, two signs in one number, a blank behind the comma: refused, never guessed."""
    with pytest.raises(ValueError, match="is no number"):
        decimal_of(text, comma=True)


def test_a_blank_is_no_sign_where_a_point_stands_before_decimals() -> None:
    """Without the comma nothing changes: there a blank may as well part two numbers."""
    with pytest.raises(ValueError, match="is no number"):
        decimal_of("1 234.50")
