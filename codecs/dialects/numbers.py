"""Numbers as partners write them, exactly: integers and decimals from text, never by way of a float."""

from __future__ import annotations

import re
from decimal import Decimal

from milepost.codecs.documents import Plain

MARKS = (".", ",")
"""What may stand before the decimals."""
DIGITS_MAX = 18
WHOLE_MAX = 10**DIGITS_MAX
_DECIMAL = re.compile(r"[+-]?(?:\d{1,18}(?:\.\d{0,12})?|\.\d{1,12})", re.ASCII)
_COMMA = re.compile(r"[+-]?(?:\d{1,3}(?:([.\x20\xa0\u202f])\d{3})(?:\1\d{3}){0,4}|\d{1,18})?(?:,\d{0,12})?", re.ASCII)
_THOUSANDS = str.maketrans(dict.fromkeys(". \xa0\u202f", ""))


def decimal_of(value: Plain, comma: bool = False) -> Decimal:
    """Return the number that ``value`` is; ValueError where it is none, or has more digits than any real one.

    ``comma``: the decimal mark is a comma, and points or blanks (also those that break no line) between thousands.
    """
    if type(value) is int:
        if abs(value) < WHOLE_MAX:
            return Decimal(value)
    elif type(value) is str:
        text = value.strip()
        if comma and text[-1:].isdigit() and _COMMA.fullmatch(text):
            return Decimal(text.translate(_THOUSANDS).replace(",", "."))
        if not comma and _DECIMAL.fullmatch(text):
            return Decimal(text)
    raise ValueError(f"{shown(value)} is no number")


def number_of(value: Plain, comma: bool = False) -> int | Decimal:
    """Return the number that ``value`` is, as ``decimal_of`` does; what is written as digits alone is an int."""
    if type(value) is str and value.isdigit() and value.isascii() and len(value) <= DIGITS_MAX:
        return int(value)
    return decimal_of(value, comma)


def whole_of(value: Plain, comma: bool = False) -> int:
    """Return the whole number that ``value`` is (``12`` or ``12.000``); ValueError otherwise."""
    if type(value) is int and abs(value) < WHOLE_MAX:
        return value
    return whole(number_of(value, comma), value)


def whole(number: int | Decimal, value: Plain) -> int:
    """Return ``number`` where it is whole; ValueError that shows ``value`` otherwise."""
    if isinstance(number, int):
        return number
    if number != number.to_integral_value():
        raise ValueError(f"{shown(value)} is not whole")
    return int(number)


def shown(value: Plain) -> str:
    """Return a value as errors show it: short, and of lists and objects only what they are."""
    return f"{value!r:.60}" if type(value) in (str, int, bool) else f"a {type(value).__name__}"
