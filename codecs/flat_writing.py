"""A document, or its rows, to a flat file."""

from __future__ import annotations

from milepost.codecs.documents import Plain
from milepost.codecs.flat_lines import written_in
from milepost.codecs.flat_options import Column, Layout


def write(document: dict[str, Plain], layout: Layout) -> bytes:
    """Return a document, or its ``rows``, as a file; ValueError where it cannot be written.

    Cells are written as they are, quoted where the format needs it: a text that a spreadsheet would take for a formula
    stays that text, since the file is for a program.
    """
    rows = document.get("rows", [document])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or not rows:
        raise ValueError("rows are a list of objects, at least one")
    columns = layout.columns or tuple(Column(name, name) for name in dict.fromkeys(key for row in rows for key in row))
    lines = [[_cell(row.get(column.name), column.name) for column in columns] for row in rows]
    text = _fixed_text(lines, columns, layout) if layout.fixed else _csv_text(lines, columns, layout)
    try:
        return text.encode(layout.encoding)
    except UnicodeEncodeError as bad:
        raise ValueError(f"{bad.object[bad.start : bad.end]!r:.20} cannot be written in {layout.encoding}") from None


def _cell(value: Plain, name: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if not isinstance(value, str | int):
        raise ValueError(f"{name}: {value!r:.40} is no cell: a text or a whole number")
    if "\0" in str(value):
        raise ValueError(f"{name}: a zero byte")
    return str(value)


def _csv_text(lines: list[list[str]], columns: tuple[Column, ...], layout: Layout) -> str:
    heading = [[column.heading or column.name for column in columns]] if layout.header else []
    return "".join(
        # One empty cell alone would be a blank line, which is no row.
        (layout.delimiter.join(_quoted(cell, layout) for cell in cells) or _in_quotes("", layout)) + layout.line_end
        for cells in (*heading, *lines)
    )


def _quoted(cell: str, layout: Layout) -> str:
    """Return a cell as the file has it; quoted where it would be read as another."""
    if not any(char in cell for char in (layout.delimiter, "\r", "\n", layout.quote or "\n")) and cell == cell.strip():
        return cell
    return _in_quotes(cell, layout)


def _in_quotes(cell: str, layout: Layout) -> str:
    if not layout.quote:
        raise ValueError(f"{cell!r:.60} needs quotes, which this file has none of")
    return layout.quote + cell.replace(layout.quote, layout.quote * 2) + layout.quote


def _width(cell: str, layout: Layout) -> int:
    if not layout.in_bytes or cell.isascii():
        return len(cell)
    try:
        return len(written_in(cell, layout.encoding))
    except UnicodeEncodeError:
        return len(cell)  # whoever encodes the file says so


def _fixed_text(lines: list[list[str]], columns: tuple[Column, ...], layout: Layout) -> str:
    width = max((column.start + column.length - 1 for column in columns), default=0)
    out = []
    for cells in lines:
        line = [" "] * width
        for column, cell in zip(columns, cells, strict=True):
            wide = _width(cell, layout)
            if wide > column.length or "\r" in cell or "\n" in cell:
                unit = "bytes" if layout.in_bytes else "characters"
                raise ValueError(f"{column.name}: {cell!r:.60} does not fit into {column.length} {unit}")
            blanks = " " * (column.length - wide)
            padded = [*blanks, *cell] if column.type != "text" else [*cell, *blanks]
            # What a wide character takes besides its own place is left empty, so that all behind it stays where it is.
            line[column.start - 1 : column.start - 1 + column.length] = padded + [""] * (wide - len(cell))
        out.append("".join(line) + layout.line_end)
    return "".join(out)
