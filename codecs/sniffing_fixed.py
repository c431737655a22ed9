"""Fixed width from the lines alone: where columns seem to begin, in characters or in bytes. A guess for a person.

The law: a column begins behind places that are blank in every line, where digits turn into letters in every line, with
a date and behind it. What is right-aligned may begin before its widest value seen: only the partner's own page knows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

ALIKE = 0.8  # of the lines
WIDTH_MIN = 10
AROUND_MAX = 2  # lines before or behind the rows that are of another width
COLUMNS_MAX = 100
DATE_DIGITS = 8
TWO_BYTES = ("cp932", "euc-jp", "gb18030", "big5", "cp949")  # whose systems count bytes


class Guessed(NamedTuple):
    """``width`` of a line, in bytes or characters; ``skip``, ``footer``: lines around; ``columns``: first and last."""

    width: int
    in_bytes: bool
    skip: int
    footer: int
    columns: list[tuple[int, int]]


def guess(lines: Sequence[str], encoding: str) -> Guessed | None:
    """Return how lines of one length are laid out; None where their lengths differ."""
    if len(lines) < 2 or not all(line.isprintable() for line in lines):
        return None
    plain = all(line.isascii() for line in lines)
    by_character = _alike(lines)
    by_byte = [] if encoding.startswith("utf-16") else _alike(_in_bytes(lines, encoding))
    in_bytes = len(by_byte) > len(by_character) or (encoding in TWO_BYTES and by_byte == by_character and not plain)
    kept, rows = (by_byte, _in_bytes(lines, encoding)) if in_bytes else (by_character, list(lines))
    if len(kept) < 2 or len(rows[kept[0]]) < WIDTH_MIN:
        return None
    skip, footer = kept[0], len(rows) - 1 - kept[-1]
    between = footer + skip + len(kept) < len(rows)
    if max(skip, footer) > AROUND_MAX or (between and len(kept) / len(rows) < ALIKE):
        return None
    width = len(rows[kept[0]])
    return Guessed(width, in_bytes, skip, footer, _columns([rows[number] for number in kept], width))


def _in_bytes(lines: Sequence[str], encoding: str) -> list[str]:
    """Return the lines with a character for each byte."""
    return [line.encode(encoding, "replace").decode("latin-1") for line in lines]


def _alike(rows: Sequence[str]) -> list[int]:
    """Return the numbers of the rows that are as long as most of them."""
    width = Counter(len(row) for row in rows).most_common(1)[0][0]
    return [number for number, row in enumerate(rows) if len(row) == width]


def _columns(rows: Sequence[str], width: int) -> list[tuple[int, int]]:
    kinds = [{_kind(row[place]) for row in rows} for place in range(width)]
    starts = [0]
    for place in range(1, width):
        before, here = kinds[place - 1], kinds[place]
        behind_blanks, turned = before == {" "} and here != {" "}, before == {"9"} and here == {"A"}
        dated = before != {"9"} and here == {"9"} and all(_is_date(row[place : place + DATE_DIGITS]) for row in rows)
        if behind_blanks or turned or dated:
            starts.append(place)
    ends = [*starts[1:], width]
    found = [one for start, end in zip(starts, ends, strict=True) for one in _dated(rows, start, end)]
    return [(start + 1, end) for start, end in found[:COLUMNS_MAX]]


def _dated(rows: Sequence[str], start: int, end: int) -> list[tuple[int, int]]:
    """Cut a date off what stands behind it."""
    edge = start + DATE_DIGITS
    if edge < end and all(_is_date(row[start:edge]) for row in rows):
        return [(start, edge), (edge, end)]
    return [(start, end)]


def _is_date(text: str) -> bool:
    try:
        return text.isdecimal() and 1990 <= datetime.strptime(text, "%Y%m%d").year <= 2100
    except ValueError:
        return False


def _kind(letter: str) -> str:
    if letter == " ":
        return " "
    if letter.isascii() and letter.isdecimal():
        return "9"
    return "A" if letter.isascii() and letter.isalpha() else "?"
