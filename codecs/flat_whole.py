"""Whether a table is whole, and each row in it once: what a file that was cut off, joined or doubled shows of it.

Rows have no end of their own. A file that was cut off shows it by a last line without an end, by a trailer that counts
other rows, or not at all; one that was written twice by a heading among its rows, or by rows that stand there before.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple

from milepost.codecs.documents import Finding, Plain
from milepost.codecs.errors import DecodeError
from milepost.codecs.flat_lines import Record
from milepost.codecs.flat_options import Column, Layout

REPEATED_MAX = 100  # rows of one file that are told to be there twice; more are of the same kind
ENDS = ("\n", "\r")


class Row(NamedTuple):
    """A row as it was read: the number of its first line, its text, its fields or why there are none."""

    number: int
    text: str
    fields: dict[str, Plain]
    error: DecodeError | None


def without_headings(
    read: Iterable[Record], columns: Sequence[Column], layout: Layout, findings: list[Finding]
) -> Iterator[Record]:
    """Yield the records but those that are the heading once more: two files were put behind each other."""
    heading = [column.heading for column in columns] if layout.header else None
    for record in read:
        cells = [cell.strip() for cell in record.cells]
        if heading is not None and record.error is None and cells[: len(heading)] == heading:
            findings.append(Finding("repeated_header", "the heading once more, among the rows", f"row {record.line}"))
            continue
        yield record


def last_line(lines: Sequence[str], layout: Layout, findings: list[Finding]) -> None:
    """Tell of a last line without an end, or refuse the file, as ``whole`` says; a trailer says it better."""
    if layout.trailer is not None or layout.whole == "any" or not lines or lines[-1].endswith(ENDS):
        return
    _doubt(layout, findings, Finding("unended_line", "the last line has no end", f"row {len(lines)}"))


def counted(said: str, rows: int, number: int, layout: Layout, findings: list[Finding]) -> None:
    """Tell of a trailer that counts other rows, or refuse the file, as ``whole`` says."""
    if not said.isdecimal() or int(said[:18]) != rows:
        text = "the trailer counts other rows"
        _doubt(layout, findings, Finding("trailer_count", text, f"row {number}", said, str(rows)))


def _doubt(layout: Layout, findings: list[Finding], finding: Finding) -> None:
    if layout.whole == "refuse":
        raise DecodeError("bad_envelope", f"{finding.text}: the file may not be whole", finding.place)
    findings.append(finding)


def each_once(rows: list[Row], layout: Layout, findings: list[Finding]) -> list[Row]:
    """Return the rows, by ``unique`` each once: the same again is told and left out, another of that name refuses both.

    Without ``unique`` a row that stands there before may be meant, as of a second parcel: it is told, and stays.
    """
    if not layout.unique:
        findings += _told(rows) if layout.group_by else ()  # alone each is a document, and told as such
        return rows
    first: dict[Hashable, int] = {}
    kept: list[Row] = []
    for row in rows:
        known = row.error is None and all(name in row.fields for name in layout.unique)
        name = tuple(str(row.fields[name]) for name in layout.unique) if known else row.number
        if name not in first:
            first[name] = len(kept)
            kept.append(row)
        elif kept[first[name]].fields == row.fields:
            findings.append(_repeated(row, kept[first[name]].number))
        else:
            other = kept[first[name]]
            kept[first[name]] = other._replace(error=other.error or _contradicted(other, row, layout))
            kept.append(row._replace(error=_contradicted(row, other, layout)))
    return kept


def _contradicted(row: Row, other: Row, layout: Layout) -> DecodeError:
    text = f"row {other.number} has the same {', '.join(layout.unique)} and says otherwise"
    return DecodeError("invalid_value", text[:500], f"row {row.number}")


def _told(rows: list[Row]) -> Iterator[Finding]:
    seen: dict[Hashable, int] = {}
    told = 0
    for row in rows:
        said = tuple(sorted((name, str(value)) for name, value in row.fields.items()))
        before = seen.setdefault(said, row.number)
        if row.error is None and before != row.number and told < REPEATED_MAX:
            told += 1
            yield _repeated(row, before)


def _repeated(row: Row, before: int) -> Finding:
    return Finding("repeated_row", "a row that stands here before", f"row {row.number}", expected=f"row {before}")
