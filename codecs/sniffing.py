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
from milepost.codecs.sniffing_fixed import guess

LOOKED_AT = 200  # lines
ALIKE = 0.8  # of the lines
MARKLESS = 200  # bytes at the beginning that tell UTF-16 without its mark
MARKLESS_ZERO = 8  # one of so many is zero, all of them at one place of each pair
WHOLE = 65_536  # bytes that have a line end in them
JAPANESE = 0.5  # of the bytes that are not ASCII: first ones of kana and usual kanji, which Western text hardly has
NAMES = {"\t": "tab", ";": "semicolons", "|": "bars", ",": "commas"}

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
    return _fixed(lines, encoding, options)


def _fixed(lines: list[str], encoding: str, options: dict[str, Plain]) -> Sniffed | None:
    found = guess(lines, encoding)
    if found is None:
        return None
    if found.in_bytes:
        options["positions"] = "bytes"
    around = {"skip": found.skip, "footer": found.footer}
    options |= {name: count for name, count in around.items() if count}
    options["columns"] = {f"column_{n}": f"{first}-{last}" for n, (first, last) in enumerate(found.columns, 1)}
    unit = "bytes" if found.in_bytes else "characters"
    return Sniffed("fixed", options, f"lines of {found.width} {unit} each; columns are guessed, and must be named")


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


def _japanese(value: bytes) -> str | None:
    """Return text in Shift-JIS, as Windows writes it; None where it is no such."""
    beyond = [byte for byte in value if byte > 0x7F]
    if not beyond or sum(0x81 <= byte <= 0x9F for byte in beyond) / len(beyond) < JAPANESE / 2:
        return None
    try:
        text = value.decode("cp932")
    except UnicodeDecodeError:
        return None
    wide = [letter for letter in text if ord(letter) > 0x7F]
    usual = sum(0x81 <= letter.encode("cp932")[0] <= 0x9F for letter in wide)
    return text if usual / len(wide) >= JAPANESE and not _is_utf_8(value) else None


def _is_utf_8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def wide(value: bytes) -> str:
    """Return which UTF-16 bytes are in, by their mark, else by their line ends and many a zero; empty for none."""
    if value.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    begin = value[:MARKLESS]
    for encoding, zeros in (("utf-16-le", begin[1::2]), ("utf-16-be", begin[::2])):
        if zeros.count(0) >= len(begin) / MARKLESS_ZERO and "\n" in value[:WHOLE].decode(encoding, "replace"):
            return encoding
    return ""


def _text(value: bytes) -> tuple[str, str]:
    if encoding := wide(value):
        return encoding, value.decode(encoding, "replace")
    if (japanese := _japanese(value)) is not None:
        return "cp932", japanese
    for encoding in ("utf-8", "cp1252"):
        try:
            return encoding, value.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError as bad:
            # The last character may have been cut off with the rest.
            if encoding == "utf-8" and bad.start > len(value) - 4:
                return encoding, value[: bad.start].decode(encoding).removeprefix("\ufeff")
    return "latin-1", value.decode("latin-1")
