"""Whether an element's text is what its kind says: the value itself stays text as it was sent."""

from __future__ import annotations

import re
from datetime import date

from milepost.codecs.x12.sets.model import Element, Kind

_WHOLE = re.compile(r"-?\d{1,18}")
_DECIMAL = re.compile(r"-?(\d{1,18}(\.\d{0,18})?|\.\d{1,18})")
_TIME = re.compile(r"([01]\d|2[0-3])[0-5]\d([0-5]\d(\d{1,2})?)?")

LONGEST = {  # characters of codes, by data element number: a longer one is no such code in any version
    26: 3, 40: 2, 66: 2, 98: 3, 100: 3, 128: 3, 140: 4, 156: 2, 163: 2, 176: 2, 188: 1, 235: 2, 353: 2, 355: 2, 374: 3,
    432: 3, 479: 2, 623: 2, 735: 2, 1650: 2, 1651: 3, 1652: 2,
}  # fmt: skip

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
    if len(value) > LONGEST.get(element.reference, len(value)) and element.kind != "x":
        return "too_long"
    return _BY_KIND[element.kind](value) if element.kind in _BY_KIND else ""


def _whole(value: str) -> str:
    return "" if _WHOLE.fullmatch(value.strip()) else "bad_number"


def _decimal(value: str) -> str:
    return "" if _DECIMAL.fullmatch(value.strip()) else "bad_number"


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


_BY_KIND = {"n": _whole, "n2": _whole, "r": _decimal, "d": _date, "t": _time}


def kind_in_words(kind: Kind) -> str:
    """Return a kind as the documentation calls it."""
    return {
        "": "text", "n": "whole number", "n2": "whole number, two decimals implied", "r": "decimal",
        "d": "date", "t": "time", "x": "text; composite",
    }[kind]  # fmt: skip
