"""Flat files, both ways: CSV, TSV and the like, and fixed width. A row is a document, or the rows of one group are.

A row that cannot be read is refused alone, with the header, so that it can be sent again by itself; where rows make one
document together, they are refused together: half an order is none. Cells are text without the spaces around them.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from milepost.codecs.documents import DOCUMENTS_MAX, Document, Finding, Plain, Reading, Refused
from milepost.codecs.errors import DecodeError
from milepost.codecs.flat_lines import Record, decoded, lines_of, records, written_in
from milepost.codecs.flat_options import COLUMNS_MAX, Column, Layout
from milepost.codecs.flat_whole import ENDS, Row, counted, each_once, last_line, without_headings
from milepost.codecs.flat_writing import write
from milepost.contracts.identifiers import digest

__all__ = ["KIND", "read", "write"]

KIND = "csv"
HEAD_MAX_CHARS = 4000  # of the lines before the rows; a longer head is not kept with each document once more
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:\d[\d.,' \xa0\u202f]*|[.,]\d+)-?", re.ASCII)


class _Table(NamedTuple):
    """What a file has beside its rows: the lines before and behind them (they go with each row), and its columns."""

    head: str
    tail: str
    columns: tuple[Column, ...]
    first: int
    lines: list[str]
    findings: list[Finding]


def read(value: bytes, layout: Layout) -> Reading:
    """Return the rows as documents of kind ``csv`` (or per group ``{COLUMN: ..., rows: [...]}``); else DecodeError."""
    table = _table(value, layout)
    found = without_headings(records(table.lines, table.first, layout), table.columns, layout, table.findings)
    rows = _without_trailer([_row(record, table.columns, layout) for record in found], table, layout)
    rows = each_once(rows, layout, table.findings)
    groups = _groups(rows, layout)
    if len(groups) > DOCUMENTS_MAX:
        raise DecodeError("too_large", f"{len(groups)} documents; at most {DOCUMENTS_MAX} in one message")
    documents, refused = [], []
    seen: Counter[str] = Counter()
    for group in groups:
        error = next((row.error for row in group if row.error), None)
        if error is not None:
            refused.append(Refused(error, _alone(table, group, layout)))
        else:
            document = _document(group, layout, table)
            seen[document.id] += 1
            if (times := seen[document.id]) > 1:
                table.findings.append(Finding("repeated_row", "a row that stands here before", document.place))
                document = document._replace(id=f"{document.id}#{times}")
            documents.append(document)
    return Reading(tuple(documents), tuple(table.findings), tuple(refused))


def _table(value: bytes, layout: Layout) -> _Table:
    lines = lines_of(decoded(value, layout))
    end = len(lines) - layout.footer
    tail = "".join(lines[max(end, 0) :])
    if end <= layout.skip or not any(line.strip() for line in lines[layout.skip : end]):
        raise DecodeError("missing_field", "a file without a row", "")
    findings: list[Finding] = []
    last_line(lines, layout, findings)
    if not layout.header:
        head = "".join(lines[: layout.skip])
        return _Table(head, tail, layout.columns, layout.skip + 1, lines[layout.skip : end], findings)
    heading = next(records(lines[layout.skip : end], layout.skip + 1, layout))
    if heading.error is not None:
        raise DecodeError(heading.error.reason, heading.error.text, f"row {heading.line}")
    last = heading.line - 1 + len(lines_of(heading.text))
    columns = _headed(heading, layout, findings)
    return _Table("".join(lines[:last]), tail, columns, last + 1, lines[last:end], findings)


def _headed(heading: Record, layout: Layout, findings: list[Finding]) -> tuple[Column, ...]:
    """Return the columns in the file's own order; DecodeError where a needed one is missing, or one is there twice."""
    named = {column.heading: column for column in layout.columns}
    place = f"row {heading.line}"
    found: list[Column] = []
    there: set[str] = set()
    cells = [cell.strip() for cell in heading.cells]
    while cells and not cells[-1]:  # a delimiter behind the last heading
        cells.pop()
    if len(cells) > COLUMNS_MAX:
        raise DecodeError("too_large", f"{len(cells)} columns; at most {COLUMNS_MAX} are read", place)
    for number, name in enumerate(cells, 1):
        if not name:
            findings.append(Finding("unnamed_column", "a column without a heading", f"{place}, column {number}"))
        column = named.get(name, Column(name or f"column_{number}", name))
        if column.name in there:
            raise DecodeError("invalid_value", f"two columns are named {column.name!r:.60}", place)
        if named and name and name not in named:
            findings.append(Finding("unknown_field", "a column that nobody named", place, name))
        found.append(column)
        there.add(column.name)
    for name in (*(column.name for column in layout.columns), *layout.group_by, *layout.unique):
        if name not in there:
            raise DecodeError("missing_field", f"no column {name!r:.60}", place)
    return tuple(found)


def _row(record: Record, columns: tuple[Column, ...], layout: Layout) -> Row:
    place = f"row {record.line}"
    fields: dict[str, Plain] = {}
    error = record.error and DecodeError(record.error.reason, record.error.text, place)
    if error is None:
        try:
            cells = _fixed_cells(record, layout, place) if layout.fixed else _fitting(record.cells, columns, place)
        except DecodeError as unfit:
            return Row(record.line, record.text, _beginning(record.cells, columns, layout), unfit)
        for column, cell in zip(columns, cells, strict=True):
            cell = cell.strip() if layout.strip or layout.fixed else cell
            fields[column.name] = cell
            if cell and column.type != "text":
                pattern = _INTEGER if column.type == "integer" else _DECIMAL
                if not pattern.fullmatch(cell):
                    text = f"{cell!r:.60} is no {column.type}"
                    error = error or DecodeError("wrong_type", text, f"{place}, {column.name}")
                elif column.type == "integer":
                    fields[column.name] = int(cell)
    return Row(record.line, record.text, fields, error)


def _fitting(cells: list[str], columns: tuple[Column, ...], place: str) -> list[str]:
    more = cells[len(columns) :]
    if len(cells) < len(columns):
        raise DecodeError("missing_field", f"{len(cells)} cells where there are {len(columns)} columns", place)
    if any(cell.strip() for cell in more):
        raise DecodeError("invalid_value", f"{len(cells)} cells where there are {len(columns)} columns", place)
    return cells[: len(columns)]


def _beginning(cells: list[str], columns: tuple[Column, ...], layout: Layout) -> dict[str, Plain]:
    """Return what can be said of a row of another width, so that it goes with its group."""
    return {} if layout.fixed else {column.name: cell.strip() for column, cell in zip(columns, cells, strict=False)}


def _fixed_cells(record: Record, layout: Layout, place: str) -> list[str]:
    line = record.cells[0]
    if not layout.in_bytes or line.isascii():
        return [line[column.start - 1 : column.start - 1 + column.length] for column in layout.columns]
    raw, cells = written_in(line, layout.encoding), []
    for column in layout.columns:
        part = raw[column.start - 1 : column.start - 1 + column.length]
        try:
            cells.append(part.decode(layout.encoding))
        except UnicodeDecodeError:
            text = f"a character lies over the edge of bytes {column.start}-{column.start + column.length - 1}"
            raise DecodeError("invalid_value", text, f"{place}, {column.name}") from None
    return cells


def _without_trailer(rows: list[Row], table: _Table, layout: Layout) -> list[Row]:
    if layout.trailer is None:
        return rows
    starts, field, start, length = layout.trailer
    if not rows or not rows[-1].text.lstrip().startswith(starts):
        text = f"the last line does not start with {starts!r:.40}: nobody can say whether the table is whole"
        raise DecodeError("bad_envelope", text, "last row")
    last, rows = rows[-1], rows[:-1]
    cells = last.text.split() if layout.fixed else last.text.strip().split(layout.delimiter)
    said = cells[field - 1].strip().strip(layout.quote or " ") if field <= len(cells) else ""
    if length:
        said = last.text[start - 1 : start - 1 + length].strip()
    counted(said, len(rows), last.number, layout, table.findings)
    return rows


def _groups(rows: list[Row], layout: Layout) -> list[list[Row]]:
    """Return the rows of each document, in the order in which they begin; a row that says no group is alone."""
    groups: dict[object, list[Row]] = {}
    for row in rows:
        known = bool(layout.group_by) and all(name in row.fields for name in layout.group_by)
        key: object = tuple(str(row.fields[name]) for name in layout.group_by) if known else row.number
        groups.setdefault(key, []).append(row)
    return list(groups.values())


def _document(group: list[Row], layout: Layout, table: _Table) -> Document:
    first = group[0]
    place = f"row {first.number}" + (f" and {len(group) - 1} more" if len(group) > 1 else "")
    fields = first.fields
    if layout.group_by:
        fields = {name: first.fields[name] for name in layout.group_by} | {"rows": [row.fields for row in group]}
    value = _alone(table, group, layout) if len(table.head) + len(table.tail) <= HEAD_MAX_CHARS else b""
    # Its number would be another when the row is sent again alone; what it says is the same.
    return Document(KIND, fields, digest([row.fields for row in group]), place, value)


def _alone(table: _Table, group: list[Row], layout: Layout) -> bytes:
    """Return a file of these rows alone, with all that is looked for around them."""
    encoding = "utf-8" if layout.encoding == "utf-8-sig" else layout.encoding
    text = table.head + "".join(row.text for row in group)
    behind = _trailer_of(len(group), layout) + table.tail
    if not text.endswith(ENDS):
        text += layout.line_end
    return (text + behind).encode(encoding)


def _trailer_of(rows: int, layout: Layout) -> str:
    if layout.trailer is None:
        return ""
    starts, field, start, length = layout.trailer
    if length:
        return starts.ljust(start - 1)[: start - 1] + str(rows).zfill(length) + layout.line_end
    between, empty = (" ", "-") if layout.fixed else (layout.delimiter, "")
    return between.join([starts, *[empty] * (field - 2), str(rows)]) + layout.line_end
