"""The records of a text that may be a table, by a delimiter: quotes go over lines, and a run of them is the table.

The law: a table is the records from the first to the last of the width that most have. Around it may stand what is no
row: a line that names the delimiter (``sep=;``, as spreadsheets write it), a report's title, a count at the end.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

ALIKE = 0.8  # of the records
RUN = 0.5  # of the records, where they have three cells or more and are all alike
RUN_CELLS = 3
RECORD_LINES_MAX = 100
_SAID = re.compile(r"sep=(.)", re.IGNORECASE)
_TAIL = re.compile(r'"?(?:t|tr|trl|trailer|end|eof|total|totals|sum|summe|gesamt|count|rows|9+)\b', re.IGNORECASE)


class Judged(NamedTuple):
    """What a delimiter makes of the records. ``skip`` and ``footer`` are lines, counted with blank ones.

    ``sure``: nearly all records are alike.
    """

    cells: int
    sure: bool
    delimiter: str
    skip: int
    footer: int
    first: list[str]


def said(lines: Sequence[str]) -> str:
    """Return the delimiter that the first line names; empty where it names none."""
    found = _SAID.fullmatch(lines[0].strip()) if lines else None
    return found[1] if found else ""


def judged(lines: Sequence[str], delimiter: str) -> Judged:
    """Return how the lines look as records between ``delimiter``. No cells at all where there is no record."""
    found = _records(lines)
    widths = [len(cells_of(text, delimiter)) for _, text in found]
    if not widths:
        return Judged(0, False, delimiter, 0, 0, [])
    cells, times = max(Counter(widths).items(), key=lambda one: (one[1], one[0]))
    begin, end = widths.index(cells), len(widths) - 1 - widths[::-1].index(cells)
    sure = times / len(widths) >= ALIKE
    run = end - begin + 1 == times and cells >= RUN_CELLS and times / len(widths) >= RUN and times > 1
    # A last line of another width may be a row that was cut off: it is left to the reader, unless it says what it is.
    behind = [number for number, text in found[end + 1 :] if not sure or _TAIL.match(text)]
    footer = len(lines) - behind[0] if behind else 0
    return Judged(cells, sure or run, delimiter, found[begin][0], footer, cells_of(found[begin][1], delimiter))


def cells_of(record: str, delimiter: str) -> list[str]:
    """Return the cells of one record; a delimiter inside quotes splits nothing."""
    if '"' not in record:
        return record.split(delimiter)
    try:
        return next(csv.reader(record.splitlines(keepends=True), delimiter=delimiter), [])
    except csv.Error:
        return record.split(delimiter)


def _records(lines: Sequence[str]) -> list[tuple[int, str]]:
    """Return the records, each with the number of its first line (from 0): an open quote takes the next line in."""
    found: list[tuple[int, str]] = []
    number = 0
    while number < len(lines):
        text, taken = lines[number], 1
        while text.count('"') % 2 and taken < RECORD_LINES_MAX and number + taken < len(lines):
            text, taken = f"{text}\n{lines[number + taken]}", taken + 1
        if text.count('"') % 2:  # nobody closes it: it is this line's own
            text, taken = lines[number], 1
        if text.strip():
            found.append((number, text))
        number += taken
    return found
