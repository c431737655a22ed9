"""A table that was cut off, joined or doubled shows it: nothing of it is lost or counted twice in silence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs import flat
from milepost.codecs.documents import Reading
from milepost.codecs.errors import DecodeError
from milepost.codecs.flat_options import layout

ROWS = [("SO-1", "1", "12"), ("SO-1", "2", "340"), ("SO-2", "1", "5")]
HEAD = "order,line,qty\r\n"
GROUPED = {"group_by": "order", "unique": ["order", "line"]}


def text(rows: list[tuple[str, ...]], end: str = "") -> str:
    return HEAD + "".join(",".join(row) + "\r\n" for row in rows) + end


def read(value: str, **options: Any) -> Reading:
    return flat.read(value.encode(), layout(options))


def fields(reading: Reading) -> list[Any]:
    return [one.fields for one in reading.documents]


def codes(reading: Reading) -> list[str]:
    return [one.code for one in reading.findings]


@pytest.mark.parametrize("whole", ["tell", "refuse"])
def test_a_file_that_was_cut_anywhere_within_a_row_is_not_a_smaller_one(whole: str) -> None:
    """Cut at any byte but behind a row it is told, or the row refused; with a trailer, at any byte at all."""
    plain, counted = text(ROWS), text(ROWS, "END,3\r\n")
    assert not codes(read(plain, **GROUPED, whole=whole))
    ends = {len(text(ROWS[:number])) for number in range(len(ROWS) + 1)}
    for value, options in ((plain, GROUPED), (counted, GROUPED | {"trailer": {"starts": "END"}})):
        all_of_it = fields(read(value, **options))
        for cut in range(len(HEAD) + 1, len(value)):
            if "trailer" not in options and cut in ends | {end - 1 for end in ends}:
                continue
            found = told(value[:cut], **options, whole=whole)
            assert found is None or codes(found) or found.refused or fields(found) == all_of_it, value[:cut]
            assert found is None or not codes(found) or whole == "tell"


def told(value: str, **options: Any) -> Reading | None:
    """None where it is refused as a whole, for that reason."""
    try:
        return read(value, **options)
    except DecodeError as error:
        return None if error.reason == "bad_envelope" else pytest.fail(str(error))


def test_a_partner_whose_files_never_end_can_say_so() -> None:
    """`whole: any` takes a last line without an end as any other; a wrong count is told all the same."""
    assert not codes(read(text(ROWS)[:-2], **GROUPED, whole="any"))
    assert codes(read(text(ROWS, "END,4"), **GROUPED, whole="any", trailer={"starts": "END"})) == ["trailer_count"]


@given(st.lists(st.sampled_from(ROWS), min_size=1, max_size=8), st.booleans())
def test_a_row_with_a_name_counts_once(rows: list[tuple[str, ...]], heading: bool) -> None:
    """However often a file has its rows, and its heading among them, it says what it says when each is there once."""
    once = list(dict.fromkeys(rows))
    value = text(rows) + (text(rows) if heading else "")
    found = read(value, **GROUPED)
    assert fields(found) == fields(read(text(once), **GROUPED))
    assert [one.id for one in found.documents] == [one.id for one in read(text(once), **GROUPED).documents]
    repeated = codes(found)
    assert repeated.count("repeated_header") == heading
    assert repeated.count("repeated_row") == len(rows) * (1 + heading) - len(once)


def test_two_rows_of_one_name_that_differ_refuse_both() -> None:
    """Which of them is right nobody can say: their group goes aside with both, and the other groups are read."""
    found = read(text([*ROWS, ("SO-1", "2", "341")]), **GROUPED)
    assert [one["order"] for one in fields(found)] == ["SO-2"]
    (refused,) = found.refused
    assert refused.error.text == "row 5 has the same order, line and says otherwise"
    assert refused.value.count(b"SO-1") == 3


def test_without_names_a_row_that_is_there_twice_is_told() -> None:
    """It may be meant, as of two parcels alike: it stays, also within a group, and somebody hears of it."""
    found = read(text([*ROWS, ROWS[0]]), group_by="order")
    assert codes(found) == ["repeated_row"]
    assert [len(one["rows"]) for one in fields(found)] == [3, 1]


def test_a_refused_row_can_be_sent_again_alone() -> None:
    """What is cut out of a file that nobody ended is a whole file."""
    (refused,) = read(
        text([("SO-1", "1", "x")])[:-2], columns=[*("order", "line"), {"name": "qty", "type": "integer"}]
    ).refused
    assert refused.value.endswith(b"x\r\n")


@pytest.mark.parametrize("options", [{"whole": "maybe"}, {"unique": "nothing", "header": "false", "columns": ["a"]}])
def test_what_can_be_seen_of_options_is_said(options: dict[str, Any]) -> None:
    """A word that is none, a column that is none: the dialect is refused, not the file."""
    with pytest.raises(ValueError, match=r"whole|unique"):
        layout(options)
