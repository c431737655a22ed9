"""The cells of the SCMS delivery history: dates and what stands in their place, freight and its four forms."""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import NamedTuple

CURRENCY = "USD"
CENTS = Decimal("0.01")
AMOUNT_MAX = Decimal(10) ** 12
_MONTHS = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6,
    "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12,
}  # fmt: skip
_DAY_MONTH = re.compile(r"(\d{1,2})-([A-Z][a-z]{2})-(\d\d)")
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d\d)")
_POINTER = re.compile(r"See (\S+) \(ID#:(\d+)\)")
# The file's own way to say that an order from a regional stock has no such date: nothing is wrong with it.
NOT_APPLICABLE = "N/A - From RDC"


class Unread(NamedTuple):
    """What stands where a date should: ``Pre-PQ Process``, ``Date Not Captured``."""

    text: str


class Pointer(NamedTuple):
    """The amount is told once for the whole shipment, on the line with this id."""

    shipment: str
    line: str


class Included(NamedTuple):
    """Freight is part of the goods' price."""


class Separate(NamedTuple):
    """Freight is invoiced on its own and its amount is not in the file."""


Freight = int | Pointer | Included | Separate
Day = date | Unread | None


def day(text: str) -> Day:
    """Return a date of this century; None where none applies; Unread for anything else."""
    if text == NOT_APPLICABLE:
        return None
    if named := _DAY_MONTH.fullmatch(text):
        numbers = (int(named[3]), _MONTHS.get(named[2], 0), int(named[1]))
    elif slashed := _SLASHES.fullmatch(text):
        numbers = (int(slashed[3]), int(slashed[1]), int(slashed[2]))
    else:
        return Unread(text)
    try:
        return date(2000 + numbers[0], numbers[1], numbers[2])
    except ValueError:
        return Unread(text)


def cents(text: str, *, rounded: bool = False) -> int:
    """Return an amount in cents; ValueError unless it is one, and exact unless ``rounded`` (half up)."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r:.40} is no amount") from None
    if not amount.is_finite() or not 0 <= amount < AMOUNT_MAX:
        raise ValueError(f"{text!r:.40} is no amount")
    whole = amount.quantize(CENTS, ROUND_HALF_UP)
    if whole != amount and not rounded:
        raise ValueError(f"{text!r:.40} has parts of a cent")
    return int(whole.scaleb(2))


def freight(text: str) -> Freight:
    """Return the freight cost of a line in cents, or which of the other forms it has; ValueError for none of them."""
    if text == "Freight Included in Commodity Cost":
        return Included()
    if text == "Invoiced Separately":
        return Separate()
    pointer = _POINTER.fullmatch(text)
    return Pointer(pointer[1], pointer[2]) if pointer else cents(text)


def weight_grams(text: str) -> int | None:
    """Return a captured weight given in kilograms; None where it is told elsewhere or not at all."""
    return int(text) * 1000 if text.isascii() and text.isdigit() and len(text) < 10 else None
