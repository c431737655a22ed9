"""Whether an element's text is what its kind says: the value itself stays text as it was sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from milepost.codecs.x12.sets.model import LONGEST, Element, Kind

DIGITS_MAX = 18
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_DECIMAL = re.compile(r"-?(\d{1,18}(\.\d{0,18})?|\.\d{1,18})", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3])[0-5]\d([0-5]\d(\d{1,2})?)?")

SYNTAX = {"bad_number": "6", "bad_date": "8", "bad_time": "9", "bad_code": "7", "too_long": "5"}  # AK4-03 (DE723)
EXPECTED = {
    "bad_number": "a number",
    "bad_date": "a date, YYYYMMDD or YYMMDD",
    "bad_time": "a time, HHMM to HHMMSSDD",
}


def wrong(element: Element, value: str) -> str:
    """Return what is wrong with ``value`` as this element, in the words of Fault; empty if nothing is."""
    if element.codes and value not in element.codes:
        return "bad_code"
    if not element.kind:
        longest = LONGEST.get(element.reference)
        return "too_long" if longest is not None and len(value) > longest else ""
    check = _BY_KIND.get(element.kind)
    return check(value) if check else ""


def check_of(element: Element) -> Callable[[str], bool] | None:
    """Return what says of a value that nothing is ``wrong`` with it; None where nothing can be."""
    if element.codes or element.kind in _BY_KIND or (not element.kind and element.reference in LONGEST):
        return lambda value: not wrong(element, value)
    return None


def _whole(value: str) -> str:
    return "" if _WHOLE.fullmatch(value.strip()) else "bad_number"


def _decimal(value: str) -> str:
    return "" if _DECIMAL.fullmatch(value.strip()) else "bad_number"


@lru_cache(maxsize=1024)  # few days are named again and again
def _date(value: str) -> str:
    """Dates have six digits in versions before 004010; the century they leave out is not ours to guess here."""
    text = value if len(value) == 8 else "20" + value
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return "bad_date"
    return "" if len(text) == 8 and text.isascii() and text.isdigit() else "bad_date"


def _time(value: str) -> str:
    return "" if _TIME.fullmatch(value) and value.isascii() else "bad_time"


_BY_KIND: dict[str, Callable[[str], str]] = {"n": _whole, "n2": _whole, "r": _decimal, "d": _date, "t": _time}


def kind_in_words(kind: Kind) -> str:
    """Return a kind as the documentation calls it."""
    return {
        "": "text", "n": "whole number", "n2": "whole number, two decimals implied", "r": "decimal",
        "d": "date", "t": "time", "x": "text; composite",
    }[kind]  # fmt: skip
