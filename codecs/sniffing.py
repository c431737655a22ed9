"""A table's layout from the table: the delimiter that splits nearly all lines alike, the header, the encoding.

The law: of the delimiters that give nearly every line the same number of cells, two or more, the one with the most
cells wins. A delimiter inside quotes splits nothing. Lines of one length without any such delimiter are fixed width.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from typing import NamedTuple

from milepost.codecs.documents import Plain
from milepost.codecs.flat_lines import lines_of

LOOKED_AT = 200  # lines
ALIKE = 0.8  # of the lines
NAMES = {"\t": "tab", ";": "semicolons", "|": "bars", ",": "commas"}
FIXED_MIN_CHARS = 10

_VALUE = re.compile(r"[+-]?[\d.,:/\- ]*\d[\d.,:/\- TZ]*")


class Sniffed(NamedTuple):
    """``format`` is csv or fixed; ``options`` those of the reader."""

    format: str
    options: dict[str, Plain]
    why: str


def sniff(value: bytes, *, meant: bool = False) -> Sniffed | None:
    """Return the layout of ``value``; None where it is no table that can be made out.

    One line alone is a table only where somebody says so (``meant``): any sentence with a comma would be one.
    """
    encoding, text = _text(value)
    try:
        every = [line.rstrip("\r\n") for line in lines_of(text)[:LOOKED_AT]]
    except ValueError:
        return None
    lines = [line for line in every if line.strip()]
    if not lines or (len(lines) == 1 and not meant):
        return None
    options: dict[str, Plain] = {"encoding": encoding} if encoding != "utf-8" else {}
    best = max((_judged(lines, delimiter) for delimiter in NAMES), key=lambda found: (found[1] >= ALIKE, found[0]))
    cells, alike, delimiter = best
    if cells > 1 and alike >= ALIKE:
        return _csv(every, delimiter, cells, options)
    widths = {len(line) for line in lines}
    if len(lines) > 1 and len(widths) == 1 and lines[0].isprintable() and len(lines[0]) >= FIXED_MIN_CHARS:
        return Sniffed(
            "fixed", options, f"{len(lines)} lines of {len(lines[0])} characters each; columns must be named"
        )
    return None


def _csv(lines: list[str], delimiter: str, cells: int, options: dict[str, Plain]) -> Sniffed:
    if delimiter != ",":
        options["delimiter"] = "tab" if delimiter == "\t" else delimiter
    skip = next(number for number, line in enumerate(lines) if len(_cells(line, delimiter)) == cells)
    if skip:
        options["skip"] = skip
    if not _is_header(_cells(lines[skip], delimiter)):
        options["header"] = False
        options["columns"] = [f"column_{number}" for number in range(1, cells + 1)]
    return Sniffed("csv", options, f"lines of {cells} cells between {NAMES[delimiter]}")


def _judged(lines: list[str], delimiter: str) -> tuple[int, float, str]:
    """Return how many cells most lines have, which part of the lines has so many, and the delimiter itself."""
    counts = Counter(len(_cells(line, delimiter)) for line in lines)
    cells, times = max(counts.items(), key=lambda found: (found[1], found[0]))
    return cells, times / len(lines), delimiter


def _cells(line: str, delimiter: str) -> list[str]:
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def _is_header(cells: list[str]) -> bool:
    """Say whether the cells can be headings: names, each once, none of them a value."""
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    named = [name for name in names if name]
    return bool(named) and len(set(names)) == len(names) and not any(_VALUE.fullmatch(name) for name in named)


def _text(value: bytes) -> tuple[str, str]:
    if value.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", value.decode("utf-16", "replace")
    for encoding in ("utf-8", "cp1252"):
        try:
            return encoding, value.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError as bad:
            # The last character may have been cut off with the rest.
            if encoding == "utf-8" and bad.start > len(value) - 4:
                return encoding, value[: bad.start].decode(encoding).removeprefix("\ufeff")
    return "latin-1", value.decode("latin-1")
