"""A table is found with what spreadsheets and reports put around and into it, and prose is none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs import flat
from milepost.codecs.flat_options import layout
from milepost.codecs.formats import read_as, recognise
from milepost.codecs.sniffing import sniff

FOUND = [
    ("sep=;\r\nOrder;Qty\r\nSO-1;1,5\r\nSO-2;3,0\r\n", {"delimiter": ";", "skip": 1}, {"Order": "SO-1", "Qty": "1,5"}),
    ('order,text,qty\n"SO-1","left at\nthe door, so",3\n"SO-2",x,4\n', {}, {"text": "left at\nthe door, so"}),
    ("Shipments\nMade,2026-03-02\n\nOrder,Line,Qty\nSO-1,1,3\nSO-2,1,4\n", {"skip": 3}, {"Order": "SO-1"}),
    ("H|20260302\nD|SO-1|1|3\nD|SO-2|1|4\nT|2\n", {"delimiter": "|", "skip": 1, "footer": 1}, {"column_2": "SO-1"}),
    ("order~qty\nSO-1~3\nSO-2~4\n", {"delimiter": "~"}, {"qty": "3"}),
    ("order^qty\nSO-1^3\nSO-2^4\n", {"delimiter": "^"}, {"qty": "3"}),
    ("order,line,qty\nSO-1,1,3\nSO-2,1,4\nSO-3,2,9\nSO-4,2,9\nTotal,25\n", {"footer": 1}, {"qty": "3"}),
]


@pytest.mark.parametrize(("text", "options", "first"), FOUND)
def test_what_stands_around_a_table_is_no_row_of_it(text: str, options: dict[str, Any], first: dict[str, str]) -> None:
    """A line that names the delimiter, a title, a count: the table is found within, its first row read."""
    found = recognise(text.encode())
    assert found.format == "csv"
    assert {name: value for name, value in found.options.items() if name not in ("columns", "header")} == options
    row = read_as("csv", found.options, text.encode()).documents[0].fields
    assert first.items() <= row.items()


def test_a_last_row_that_was_cut_off_is_no_end_of_the_table() -> None:
    """It is left to the reader, who refuses it: only what calls itself an end is one."""
    text = b"order,line,qty\nSO-1,1,3\nSO-2,1,4\nSO-3,2,9\nSO-4,2,9\nSO-5,1"
    found = recognise(text)
    assert "footer" not in found.options
    assert len(read_as("csv", found.options, text).refused) == 1


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Заказ;Строка;Количество\nСО-1;1;3\nСО-2;2;4\n", "cp1251"),
        ("Bestellung;Größe;Straße\nSO-1;Mäx;Weg\nSO-2;Süß;Öl\n", "cp1252"),
        ("Número;Línea;Cantidad\nSO-1;ñandú;é\nSO-2;1;ó\n", "cp1252"),
    ],
)
def test_whose_letters_they_are(text: str, encoding: str) -> None:
    """Words of nothing but letters beyond ASCII are Cyrillic, words with a few of them are not."""
    found = recognise(text.encode(encoding))
    assert found.options["encoding"] == encoding


def test_an_old_mark_of_the_end_is_no_row_and_no_control() -> None:
    """A file that ends as old systems end it is the same table."""
    text = b"order,qty\r\nSO-1,3\r\nSO-2,4\r\n"
    assert recognise(text + b"\x1a") == recognise(text)
    assert flat.read(text + b"\x1a", layout({})).documents == flat.read(text, layout({})).documents


@pytest.mark.parametrize(
    "text",
    [
        "Dear all,\nthe truck is late, the driver, Tom, called.\nBest,\nAnn\n",
        "One, two.\nThree.\nFour, five, six.\n",
        'a "quote\nnobody closes it\nnor this\n',
    ],
)
def test_prose_is_no_table(text: str) -> None:
    """Lines that differ in what commas make of them are no rows."""
    assert sniff(text.encode()) is None


CELL = st.text("abcäß ,\n\"'19.", max_size=6)


@given(
    st.integers(3, 5).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=3, max_size=6)),
    st.sampled_from([";", "tab", "|", ","]), st.sampled_from(["", "Report of March\n\n"]),
)  # fmt: skip
def test_what_is_written_is_found(table: list[list[str]], delimiter: str, title: str) -> None:
    """Whatever stands in quoted cells, the layout is found again, and by it the very rows."""
    mark = "\t" if delimiter == "tab" else delimiter
    rows = [{f"name{n}": f"v{cell}".replace(",", mark).strip() for n, cell in enumerate(row)} for row in table]
    value = flat.write({"rows": rows}, layout({"delimiter": delimiter, "line_end": "lf"}))
    found = recognise(title.encode() + value)
    assert found.format == "csv"
    assert [one.fields for one in read_as("csv", found.options, title.encode() + value).documents] == rows
