"""The records of a flat file, each with the lines it was read from: what is wrong with one is wrong with it alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

from milepost.codecs.documents import DOCUMENT_MAX_BYTES
from milepost.codecs.errors import DecodeError, Reason
from milepost.codecs.flat_options import Layout

END_OF_FILE = b"\x1a"  # as old systems still write it
LINES_MAX = 100_000
RECORD_LINES_MAX = 100  # lines that one quoted record may go over; more is a quote that nobody closed
FIELD_MAX_CHARS = 64 * 1024
RESUMED_MAX = 1000  # records without an end that reading goes on after


class Record(NamedTuple):
    """A record: the number of its first line (from 1), its lines as they were, its cells or why there are none."""

    line: int
    text: str
    cells: list[str]
    error: DecodeError | None = None


def decoded(value: bytes, layout: Layout) -> str:
    """Return the file's text; DecodeError where it is not in its encoding, or too large."""
    if len(value) > DOCUMENT_MAX_BYTES:
        raise DecodeError("too_large", f"{len(value)} bytes; at most {DOCUMENT_MAX_BYTES} are read")
    for mark, what in ((b"\x1f\x8b", "gzip"), (b"PK\x03\x04", "a zip archive or a spreadsheet"), (b"%PDF-", "a PDF")):
        if value.startswith(mark):
            raise DecodeError("unknown_format", f"{what}; a flat file is plain text", "byte 0")
    value = value.removesuffix(END_OF_FILE)
    encoding = "utf-8-sig" if layout.encoding == "utf-8" else layout.encoding
    try:
        text = value.decode(encoding)
    except UnicodeDecodeError as bad:
        raise DecodeError("not_utf8", f"not in {layout.encoding}: {bad.reason}", f"byte {bad.start}") from None
    return text.removeprefix("\ufeff") if encoding.startswith("utf-16-") else text


def written_in(text: str, encoding: str) -> bytes:
    """Return ``text`` as it stands within a file of ``encoding``: without the mark that only a file begins with."""
    return text.encode({"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(encoding, encoding))


def lines_of(text: str) -> list[str]:
    """Return the lines with their ends: CR, LF or CRLF, also mixed; nothing else ends a line."""
    lines = list(io.StringIO(text, newline=""))
    if len(lines) > LINES_MAX:
        raise DecodeError("too_large", f"{len(lines)} lines; at most {LINES_MAX} are read")
    return lines


def records(lines: list[str], first: int, layout: Layout) -> Iterator[Record]:
    """Yield the records in ``lines``, the first of which has number ``first``; blank lines are none."""
    place = resumed = 0
    while place < len(lines):
        record, taken = _record(lines, place, layout)
        if record.error is not None and taken > 1:
            resumed += 1
            if resumed > RESUMED_MAX:
                rest = "".join(lines[place:])
                yield Record(first + place, rest, [], DecodeError("too_large", "too many records without an end"))
                return
            taken = 1  # the quote that nobody closed is this line's own fault
            error = DecodeError(record.error.reason, f"a quote is not closed where a cell ends: {record.error.text}")
            record = record._replace(text=lines[place], error=error)
        if record.text.strip("\r\n "):  # a line of tabs is a row of empty cells
            yield record._replace(line=first + place)
        place += taken


def _record(lines: list[str], place: int, layout: Layout) -> tuple[Record, int]:
    line = lines[place]
    if layout.fixed:
        return Record(0, line, [line.rstrip("\r\n")], _zero(line)), 1
    if not layout.quote:
        return Record(0, line, line.rstrip("\r\n").split(layout.delimiter), _zero(line)), 1
    if layout.quote not in line:
        # By far the most lines, and no csv module is needed to split them.
        cells = line.rstrip("\r\n").split(layout.delimiter)
        return Record(0, line, cells, _zero(line) or _huge(cells)), 1
    return _quoted(lines, place, layout)


def _quoted(lines: list[str], place: int, layout: Layout) -> tuple[Record, int]:
    reader = csv.reader(
        lines[place : place + RECORD_LINES_MAX], delimiter=layout.delimiter, quotechar=layout.quote, strict=True
    )
    try:
        cells = next(reader)
    except csv.Error as error:
        taken = max(reader.line_num, 1)
        return Record(0, "".join(lines[place : place + taken]), [], _refusal(error)), taken
    text = "".join(lines[place : place + reader.line_num])
    return Record(0, text, cells, _zero(text) or _huge(cells)), reader.line_num


def _refusal(error: csv.Error) -> DecodeError:
    text = str(error)
    if "field limit" in text:
        return DecodeError("too_large", f"a field of more than {FIELD_MAX_CHARS} characters")
    reason: Reason = "invalid_value"
    if "end of data" in text:
        text = f"not within {RECORD_LINES_MAX} lines"
    return DecodeError(reason, text)


def _zero(text: str) -> DecodeError | None:
    return DecodeError("invalid_value", "a zero byte") if "\0" in text else None


def _huge(cells: list[str]) -> DecodeError | None:
    if any(len(cell) > FIELD_MAX_CHARS for cell in cells):
        return DecodeError("too_large", f"a field of more than {FIELD_MAX_CHARS} characters")
    return None
