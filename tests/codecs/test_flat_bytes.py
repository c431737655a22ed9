"""Fixed width as systems write it whose characters have two bytes: the columns are places of bytes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs import flat
from milepost.codecs.flat_options import ENCODINGS, Layout, layout

TWO_BYTES = ("cp932", "euc-jp", "gb18030", "big5", "cp949")
COLUMNS = {"name": "1-8", "quantity": {"at": "9-12", "type": "integer"}, "status": "13-16"}


def laid(encoding: str, **options: Any) -> Layout:
    return layout({"columns": COLUMNS, "encoding": encoding, **options}, fixed=True)


@given(st.sampled_from(TWO_BYTES), st.text("中人A 1", max_size=4), st.integers(0, 99), st.text("中A", max_size=2))
def test_columns_in_bytes_are_read_back(encoding: str, name: str, quantity: int, status: str) -> None:
    """What is written by places of bytes is read back, and each line is as many bytes long as its columns say."""
    made = laid(encoding, positions="bytes")
    written = {"name": name.strip(), "quantity": quantity, "status": status}
    value = flat.write(written, made)
    assert len(value) == 16 + len(made.line_end)
    (document,) = flat.read(value, made).documents
    assert document.fields == written
    (again,) = flat.read(document.value, made).documents
    assert again.fields == written


def test_a_wide_name_moves_nothing_behind_it() -> None:
    """A name of four wide characters fills eight bytes; counted in characters the columns behind it are others."""
    value = "緑茶煎餅  12欠品".encode("cp932") + b"\r\n"
    (document,) = flat.read(value, laid("shift_jis", positions="bytes")).documents
    assert document.fields == {"name": "緑茶煎餅", "quantity": 12, "status": "欠品"}
    (refused,) = flat.read(value, laid("shift_jis")).refused
    assert str(refused.error).startswith("wrong_type")


def test_a_character_over_an_edge_refuses_its_row_alone() -> None:
    """A column that ends within a character is named by row and place; the other rows are read."""
    value = "A緑茶煎餅 12欠品\r\n緑茶煎餅  12欠品\r\n".encode("cp932")
    found = flat.read(value, laid("cp932", positions="bytes"))
    assert [document.fields["name"] for document in found.documents] == ["緑茶煎餅"]
    (refused,) = found.refused
    assert str(refused.error) == "invalid_value at row 1, name: a character lies over the edge of bytes 1-8"


def test_what_does_not_fit_is_said_in_bytes() -> None:
    """Five wide characters are ten bytes, and do not fit into eight."""
    with pytest.raises(ValueError, match="does not fit into 8 bytes"):
        flat.write({"name": "緑茶煎餅茶", "quantity": 1, "status": ""}, laid("cp932", positions="bytes"))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_utf_16_with_and_without_its_mark(encoding: str) -> None:
    """A mark at the beginning is no part of the first cell, also where the encoding says the order of bytes."""
    text = "緑茶煎餅  12欠品\r\n"
    made = layout({"columns": {"name": "1-4", "rest": "5-14"}, "encoding": encoding}, fixed=True)
    mark = "" if encoding == "utf-16" else "\ufeff"  # which Python writes there by itself
    for value in (text.encode(encoding), (mark + text).encode(encoding)):
        assert flat.read(value, made).documents[0].fields["name"] == "緑茶煎餅"


@pytest.mark.parametrize(
    ("options", "fixed", "said"),
    [
        ({"positions": "bytes", "columns": ["a"]}, False, "of columns of fixed width"),
        ({"positions": "octets", "columns": COLUMNS}, True, "characters or bytes"),
        ({"positions": "bytes", "encoding": "utf-16", "columns": COLUMNS}, True, "all characters are alike"),
    ],
)
def test_positions_that_mean_nothing_are_said(options: dict[str, Any], fixed: bool, said: str) -> None:
    """Places of bytes are for columns of fixed width, in an encoding that has characters of several lengths."""
    with pytest.raises(ValueError, match=said):
        layout(options, fixed=fixed)


def test_every_encoding_is_there_under_its_usual_names() -> None:
    """Each encoding that is named is one of Python's; vendors' and standards' names lead to it."""
    for name in ENCODINGS:
        assert "A1".encode(name).decode(name) == "A1"
    for said, meant in (("Shift_JIS", "cp932"), ("windows-1250", "cp1250"), ("GBK", "gb18030"), ("EUC-KR", "cp949")):
        assert layout({"encoding": said, "columns": ["a"]}).encoding == meant


@given(st.integers(1, 30), st.integers(0, 40))
def test_a_trailer_by_its_place(rows: int, said: int) -> None:
    """A count that nothing stands before but the word it starts with is read by its place; another one is a finding."""
    made = layout({"columns": {"a": "1-3"}, "trailer": {"starts": "T", "at": "2-6"}}, fixed=True)
    value = b"".join(b"%03d\r\n" % row for row in range(rows)) + b"T%05d\r\n" % said
    found = flat.read(value, made)
    assert len(found.documents) == rows
    assert [one.code for one in found.findings] == ([] if said == rows else ["trailer_count"])
    (again,) = (reading := flat.read(found.documents[-1].value, made)).documents
    assert (again.fields, reading.findings) == (found.documents[-1].fields, ())
