"""Flat files: any bytes are rows or the one error, a bad row is refused alone, what is written is read back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs import flat, flat_lines
from milepost.codecs.documents import DOCUMENTS_MAX, Reading
from milepost.codecs.errors import REASONS, DecodeError
from milepost.codecs.flat_options import ENCODINGS, Layout, layout

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8).map(str.strip)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=6)
)
DELIMITERS = st.sampled_from([",", ";", "tab", "|", ":"])


def laid(fixed: bool = False, **options: Any) -> Layout:
    return layout(options, fixed=fixed)


def refusal(value: bytes, made: Layout) -> DecodeError:
    with pytest.raises(DecodeError) as caught:
        flat.read(value, made)
    return caught.value


def rows(found: Reading) -> list[dict[str, Any]]:
    return [document.fields for document in found.documents]


@given(TABLES, DELIMITERS, st.sampled_from(["crlf", "lf", "cr"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_what_is_written_is_read_back(table: list[list[str]], delimiter: str, end: str, encoding: str) -> None:
    """Whatever stands in the cells, delimiters, quotes and line ends too, a table is read back as it was written."""
    written = [{f"c{number}": cell for number, cell in enumerate(row)} for row in table]
    made = laid(delimiter=delimiter, line_end=end, encoding=encoding)
    value = flat.write({"rows": written}, made)
    found = flat.read(value, made)
    assert rows(found) == written
    for document in found.documents:
        (again,) = flat.read(document.value, made).documents
        assert (again.fields, again.id) == (document.fields, document.id.partition("#")[0])


@given(st.lists(st.tuples(st.text("ABC 019", max_size=6).map(str.strip), st.integers(-999, 9999)), min_size=1))
def test_fixed_width_is_read_back(table: list[tuple[str, int]]) -> None:
    """Columns by their positions, texts to the left, numbers to the right, are read back as they were."""
    made = laid(fixed=True, columns={"order": "1-6", "quantity": {"start": 9, "length": 5, "type": "integer"}})
    written = [{"order": order, "quantity": quantity} for order, quantity in table]
    assert rows(flat.read(flat.write({"rows": written}, made), made)) == written


@given(st.binary(max_size=300), st.sampled_from(ENCODINGS), DELIMITERS, st.sampled_from(['"', "none"]), st.booleans())
def test_any_bytes_are_rows_or_the_one_error(
    value: bytes, encoding: str, delimiter: str, quote: str, header: bool
) -> None:
    """Whatever the bytes and the layout, the reader answers with a Reading or a DecodeError, the same way twice."""
    columns = () if header else ("a", "b")
    made = laid(encoding=encoding, delimiter=delimiter, quote=quote, header=header, columns=columns)
    first, again = answer(value, made), answer(value, made)
    assert str(first) == str(again)
    if isinstance(first, DecodeError):
        assert first.reason in REASONS
    else:
        assert all(part.error.reason in REASONS for part in first.refused)


def answer(value: bytes, made: Layout) -> Reading | DecodeError:
    try:
        return flat.read(value, made)
    except DecodeError as error:
        return error


@given(st.lists(st.sampled_from(["a,1\n", 'b,"x\r\ny"\r', "c,1,2\n", 'd,"a"b\n', "e\r\n", "\n", "f,\0\n"]), max_size=8))
def test_a_refused_row_can_be_sent_again_alone(lines: list[str]) -> None:
    """The bytes of a refused row are a file with the header and that row, refused for the same reason; none is lost."""
    found = flat.read(("\ufeffk,v\n" + "".join([*lines, "z,9\n"])).encode(), laid())
    assert len(found.documents) + len(found.refused) == 1 + sum(line != "\n" for line in lines)
    for part in found.refused:
        (again,) = flat.read(part.value, laid()).refused
        assert (again.error.reason, again.error.text) == (part.error.reason, part.error.text)


def test_bad_rows_are_named() -> None:
    """Each kind of bad row says which line and what is wrong; the rows around it are documents."""
    value = b'order,qty\nA,1\nB\nC,1,2\nD,"a"b\nE,"open\nF,\0\nG,' + b"9" * 70_000 + b'\nH,2,\n"I,\n",3\nJ,4\n'
    found = flat.read(value, laid())
    assert [(document.fields["order"], document.place) for document in found.documents] == [
        ("A", "row 2"), ("H", "row 9"), ("I,", "row 10"), ("J", "row 12"),
    ]  # fmt: skip
    assert [(part.error.reason, part.error.place) for part in found.refused] == [
        ("missing_field", "row 3"), ("invalid_value", "row 4"), ("invalid_value", "row 5"), ("invalid_value", "row 6"),
        ("invalid_value", "row 7"), ("too_large", "row 8"),
    ]  # fmt: skip
    assert "not closed" in found.refused[3].error.text
    assert found.refused[0].value == b"order,qty\nB\n"


def test_rows_of_one_order_are_one_document() -> None:
    """Rows of one key are one document in the order in which the keys begin; one bad row refuses all of its group."""
    made = laid(group_by=["order"], columns=["order", {"name": "qty", "type": "integer"}])
    found = flat.read(b"order,qty\nA,1\nB,x\nA,2\nC,3\nB,4\n", made)
    assert rows(found) == [
        {"order": "A", "rows": [{"order": "A", "qty": 1}, {"order": "A", "qty": 2}]},
        {"order": "C", "rows": [{"order": "C", "qty": 3}]},
    ]
    (part,) = found.refused
    assert (part.error.reason, part.error.place) == ("wrong_type", "row 3, qty")
    assert part.value == b"order,qty\nB,x\nB,4\n"


def test_a_row_too_short_still_belongs_to_its_order() -> None:
    """A ragged row refuses its group where it says the key; where it does not, it is refused alone."""
    found = flat.read(b"order,line,qty\nA,1,5\nA,2\n", laid(group_by="order"))
    assert not found.documents
    assert [part.value for part in found.refused] == [b"order,line,qty\nA,1,5\nA,2\n"]
    found = flat.read(b"line,qty,order\n1,5,A\n2,5\n", laid(group_by="order"))
    assert [document.fields["order"] for document in found.documents] == ["A"]
    assert [part.value for part in found.refused] == [b"line,qty,order\n2,5\n"]


def test_a_row_that_stands_twice() -> None:
    """Two equal rows are two documents with ids of their own, and that is told."""
    found = flat.read(b"a,b\n1,2\n1,2\n", laid())
    first, second = found.documents
    assert second.id == f"{first.id}#2"
    assert [(finding.code, finding.place) for finding in found.findings] == [("repeated_row", "row 3")]


def test_a_line_of_delimiters_is_a_row() -> None:
    """A line of tabs is a row of empty cells; a blank line is none."""
    assert rows(flat.read(b"a\tb\n\t\n\n  \n1\t2\n", laid(delimiter="tab"))) == [
        {"a": "", "b": ""},
        {"a": "1", "b": "2"},
    ]


def test_lines_around_the_table() -> None:
    """Lines before and behind, a trailer that counts: none is a row, and a count that is not right is told."""
    value = b"report of the day\n\norder;qty\nA;1\nB;2\nEND;2\n-- signed --\n"
    made = laid(delimiter=";", skip="2", footer="1", trailer={"starts": "END", "field": "2"})
    found = flat.read(value, made)
    assert (rows(found), found.findings) == ([{"order": "A", "qty": "1"}, {"order": "B", "qty": "2"}], ())
    (finding,) = flat.read(value.replace(b"END;2", b"END;3"), made).findings
    assert (finding.code, finding.value, finding.expected) == ("trailer_count", "3", "2")


@pytest.mark.parametrize("footer", ["0", "2"])
@pytest.mark.parametrize("field", ["2", "4"])
def test_a_table_without_its_trailer_is_cut_off(footer: str, field: str) -> None:
    """It is refused whole; and what is sent again of it by itself has a trailer and a footer of its own."""
    made = laid(group_by="order", footer=footer, trailer={"starts": "END", "field": field})
    behind = b"\n--,--,--\n-- signed --"[: 100 * int(footer)]
    end = b"END" + b"," * (int(field) - 1) + b"3"
    value = b"order,line,qty\nA,1,5\nA,2,6\nB,1\n" + end + behind
    found = flat.read(value, made)
    (good,), (bad,) = found.documents, found.refused
    (again,) = flat.read(good.value, made).documents
    assert (again.fields, again.id) == (good.fields, good.id)
    assert not flat.read(good.value, made).findings
    (worse,) = flat.read(bad.value, made).refused
    assert worse.value == bad.value
    assert flat.read(bad.value.replace(b"B,1", b"B,1,7"), made).documents[0].fields["order"] == "B"
    for cut in (value.replace(end, b"A,3,7"), value[: value.index(b"B,1")] + behind[1:]):
        assert refusal(cut, made).reason == "bad_envelope"


def test_encodings() -> None:
    """A file is read in the encoding that its layout names; other bytes are refused by it, and re-sent in it."""
    text = "Größe;Maß\nü;1\nä\n"
    for encoding in ("utf-8", "latin-1", "cp1252", "utf-8-sig", "utf-16"):
        found = flat.read(text.encode(encoding), laid(delimiter=";", encoding=encoding))
        assert rows(found) == [{"Größe": "ü", "Maß": "1"}]
        again = flat.read(found.refused[0].value, laid(delimiter=";", encoding=encoding))
        assert again.refused[0].error.reason == "missing_field"
    assert refusal(text.encode("latin-1"), laid(delimiter=";")).reason == "not_utf8"
    assert rows(flat.read(text.encode("utf-8-sig"), laid(delimiter=";"))) == [{"Größe": "ü", "Maß": "1"}]


def test_headings() -> None:
    """Headings become the names that the layout gives; one missing or twice refuses the file, a new one is told."""
    made = laid(columns={"Order No": "order", "Qty": {"name": "qty", "type": "integer"}})
    found = flat.read(b"Qty,Note,Order No,\n 5 ,x,A,\n", made)
    assert rows(found) == [{"qty": 5, "Note": "x", "order": "A"}]
    assert [(finding.code, finding.value) for finding in found.findings] == [("unknown_field", "Note")]
    assert refusal(b"Qty,Note\n5,x\n", made).reason == "missing_field"
    assert refusal(b"Qty,Qty,Order No\n5,5,x\n", made).reason == "invalid_value"
    assert [finding.code for finding in flat.read(b"a,,b\n1,2,3\n", laid()).findings] == ["unnamed_column"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "missing_field"),
        (b"\n \n", "missing_field"),
        (b"\x1f\x8b\x08", "unknown_format"),
        (b"PK\x03\x04", "unknown_format"),
        (b"a\n" + b"1\n" * (DOCUMENTS_MAX + 1), "too_large"),
        (b"a\n" * (flat_lines.LINES_MAX + 1), "too_large"),
        (b"a" * 1_000_000, "too_large"),
    ],
)
def test_a_file_that_is_none(value: bytes, reason: str) -> None:
    """No row, a packed file, or one over a limit is refused as a whole."""
    assert refusal(value, laid()).reason == reason


def test_quotes_that_nobody_closes_end() -> None:
    """A file full of open quotes is refused row by row, and from some row on as a whole: it takes bounded work."""
    found = flat.read(b"a,b\n" + b'x,"y\n' * 4000, laid())
    assert len(found.documents) + len(found.refused) <= flat_lines.RESUMED_MAX + 4001
    assert found.refused


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"delimiter": "::"}, "delimiter"),
        ({"delimiter": "\n"}, "delimiter"),
        ({"quote": "''"}, "quote"),
        ({"encoding": "ebcdic"}, "encoding"),
        ({"header": "maybe"}, "header"),
        ({"header": False}, "columns are needed"),
        ({"columns": ["a", "a"]}, "twice"),
        ({"columns": [{"name": "a", "type": "date"}]}, "type"),
        ({"columns": "a"}, "columns"),
        ({"skip": -1}, "skip"),
        ({"trailer": {"field": 1}}, "trailer"),
        ({"group_by": 7}, "names"),
        ({"header": False, "columns": ["a"], "group_by": ["b"]}, "group_by"),
        ({"seperator": ";"}, "no option"),
    ],
)
def test_a_layout_that_is_none_is_said(options: dict[str, Any], said: str) -> None:
    """What a layout cannot be is one sentence that names the option."""
    with pytest.raises(ValueError, match=said):
        layout(options)


@pytest.mark.parametrize("columns", [["a"], {"a": "0-3"}, {"a": "5-3"}, {"a": "x"}, [{"name": "a", "start": 1}]])
def test_fixed_columns_need_their_place(columns: Any) -> None:
    """A column of fixed width says where it starts and how long it is."""
    with pytest.raises(ValueError, match="columns"):
        layout({"columns": columns}, fixed=True)


@pytest.mark.parametrize(
    ("document", "options"),
    [
        ({"rows": []}, {}),
        ({"a": [1]}, {}),
        ({"a": "x\0"}, {}),
        ({"a": "ü€"}, {"encoding": "latin-1"}),
        ({"a": "x,y"}, {"quote": "none"}),
    ],
)
def test_what_cannot_be_written(document: dict[str, Any], options: dict[str, Any]) -> None:
    """A cell that the file cannot carry is a ValueError, never another cell."""
    with pytest.raises(ValueError, match=r".+"):
        flat.write(document, laid(**options))


def test_fixed_cells_that_do_not_fit() -> None:
    """A text longer than its column is refused, not cut."""
    with pytest.raises(ValueError, match="does not fit"):
        flat.write({"a": "1234"}, laid(fixed=True, columns={"a": "1-3"}))


def test_cells_are_written_as_they_are() -> None:
    """What a spreadsheet would take for a formula is written as the text it is: the file is for a program."""
    assert flat.write({"a": "=1+1", "b": "-2"}, laid()) == b"a,b\r\n=1+1,-2\r\n"
