"""The SCMS delivery history (USAID, public domain): a tab-separated file, one order line with its whole life a row."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

from milepost.codecs import scms_values as values
from milepost.codecs.errors import DecodeError
from milepost.codecs.scms_values import Day, Freight, Pointer

SIZE_MAX_BYTES = 64 * 1024 * 1024
TEXT_MAX_CHARS = 200
QUANTITY_MAX = 10**9

Value = TypeVar("Value")


class ScmsLine(NamedTuple):
    """One row. Amounts in US cents, weight in grams; ``quantity`` counts packs."""

    line: str
    project: str
    quote: str
    order: str
    shipment: str
    country: str
    fulfilled: str
    inco_term: str
    mode: str
    quote_sent: Day
    order_sent: Day
    scheduled: Day
    delivered: Day
    recorded: Day
    vendor: str
    item: str
    quantity: int
    value_minor: int
    price_minor: int
    weight_grams: int | None
    freight: Freight


def _quantity(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(f"{text!r:.40} is no quantity")
    return int(text)


def _price(text: str) -> int:
    return values.cents(text, rounded=True)


def _text(text: str) -> str:
    return text.strip()[:TEXT_MAX_CHARS]


def _name(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return _text(text)


# Field by field in the order of ScmsLine: the file's heading and how the cell is read.
_COLUMNS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("ID", _name), ("Project Code", _name), ("PQ #", _text), ("PO / SO #", _name), ("ASN/DN #", _name),
    ("Country", _text), ("Fulfill Via", _text), ("Vendor INCO Term", _text), ("Shipment Mode", _text),
    ("PQ First Sent to Client Date", values.day), ("PO Sent to Vendor Date", values.day),
    ("Scheduled Delivery Date", values.day), ("Delivered to Client Date", values.day),
    ("Delivery Recorded Date", values.day), ("Vendor", _name), ("Item Description", _name),
    ("Line Item Quantity", _quantity), ("Line Item Value", values.cents), ("Pack Price", _price),
    ("Weight (Kilograms)", values.weight_grams), ("Freight Cost (USD)", values.freight),
)  # fmt: skip


def decode(data: bytes) -> list[ScmsLine]:
    """Return the file's lines in its order; DecodeError names row and column of the first cell that cannot be used.

    Line ends may be CR (as in the original), LF or both; fields may be quoted.
    """
    if len(data) > SIZE_MAX_BYTES:
        raise DecodeError("too_large", f"{len(data)} bytes; at most {SIZE_MAX_BYTES} are read")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DecodeError("not_utf8", error.reason, f"byte {error.start}") from None
    rows = _rows(text)
    places = _places(next(rows, []))
    return [_line(row, number, places) for number, row in enumerate(rows, 2) if row]


def resolve(lines: list[ScmsLine]) -> dict[str, ScmsLine]:
    """Return the line each pointer leads to, by the id of the line that points; DecodeError if one leads nowhere."""
    by_id = {line.line: line for line in lines}
    found = {}
    for line in lines:
        if isinstance(line.freight, Pointer):
            target = by_id.get(line.freight.line)
            if target is None or target.shipment != line.freight.shipment or isinstance(target.freight, Pointer):
                raise DecodeError("invalid_value", f"{line.freight} leads to no amount", f"ID {line.line}")
            found[line.line] = target
    return found


def _rows(text: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter="\t")
    except csv.Error as error:
        raise DecodeError("invalid_value", str(error)) from None


def _places(heading: list[str]) -> list[int]:
    missing = [name for name, _ in _COLUMNS if name not in heading]
    if missing:
        raise DecodeError("missing_field", f"no column {missing[0]!r}", "row 1")
    return [heading.index(name) for name, _ in _COLUMNS]


def _line(row: list[str], number: int, places: list[int]) -> ScmsLine:
    cells = []
    for (name, read), place in zip(_COLUMNS, places, strict=True):
        try:
            cells.append(read(row[place]))
        except IndexError:
            raise DecodeError("missing_field", "the row is too short", f"row {number}, {name}") from None
        except ValueError as error:
            raise DecodeError("invalid_value", str(error), f"row {number}, {name}") from None
    return ScmsLine(*cells)  # type: ignore[arg-type]
