"""Segments come out as they were put in, whatever separates them and however the file is laid out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs.errors import DecodeError
from milepost.codecs.x12 import limits
from milepost.codecs.x12.header import header_at, is_header
from milepost.codecs.x12.segments import DEFAULT, Separators
from milepost.codecs.x12.tokenizer import raw_segments, text_of, tokens
from milepost.tests.codecs.x12 import messages

VALUES = st.text(st.sampled_from("AZ09 -,'/éЖ"), max_size=8).map(str.strip)
SEGMENTS = st.lists(
    st.builds(lambda name, values: [name, *values], st.sampled_from(["B1", "N9", "W12"]), st.lists(VALUES, max_size=5)),
    min_size=1,
    max_size=8,
)
LAYOUTS = st.sampled_from(["", "\n", "\r\n", "\n\n", "\r\n    ", "\n\t"])


@given(SEGMENTS, messages.separators(), LAYOUTS, st.integers(0, 3))
def test_segments_are_as_they_were_written(
    segments: list[list[str]], separators: Separators, layout: str, padding: int
) -> None:
    """Line ends, indentation and padding blanks between segments and elements change nothing."""
    around = " " * padding
    written = [
        separators.element.join([name + around, *(around + value + around for value in values)])
        for name, *values in segments
    ]
    text = "".join(segment + separators.terminator + layout for segment in written)
    assert tokens(text, separators).segments == segments


def test_a_wrapped_file_reads_as_if_it_were_not() -> None:
    """Where lines do not end segments, a line end within one is no part of it."""
    text = messages.interchange([messages.group([messages.tender_answer("0001")])])
    wrapped = "\r\n".join(text[i : i + 37] for i in range(0, len(text), 37))
    assert header_at(wrapped, 0).elements == header_at(text, 0).elements
    assert raw_segments(wrapped[wrapped.index("GS") :], DEFAULT) == raw_segments(text[text.index("GS") :], DEFAULT)


@given(messages.separators(), st.booleans(), st.sampled_from(["", "\n", "\r\n"]))
def test_the_isa_shows_its_separators(separators: Separators, padded: bool, line_end: str) -> None:
    """Separators come from the ISA at its fixed width and at any other, and so do its elements."""
    text = messages.interchange([messages.group([])], separators, padded=padded, line_end=line_end)
    header = header_at(text, 0)
    assert header.separators[:3] == separators[:3]
    assert header.elements[6:9:2] == ["CARRIER", "SHIPPER"]
    assert header.control == "000000017"
    assert tokens(text[header.body :], header.separators).segments[0][:2] == ["GS", "GF"]


def test_an_isa_without_its_last_element_is_ended_by_what_stands_there() -> None:
    """Where ISA16 is missing, what follows ISA15 ends the segment and components are not separated."""
    text = messages.interchange([messages.group([messages.tender_answer("0001")])], line_end="\n")
    for sent in (text.replace(">~\n", "~\n", 1), text.replace(">~\n", "~\n", 1).replace("\n", "")):
        assert header_at(sent, 0).separators == Separators("*", "", "~")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("*P*>~", "*>~"), "an element is missing"),
        (("*>~G", "*>X"), "terminator"),
        (("*>~", "**~"), "different"),
        (("ISA*00*", "ISA*00*00*"), "no separator"),
    ],
)
def test_a_broken_isa_is_refused(change: tuple[str, str], why: str) -> None:
    """An ISA with an element too many or too few, or without separators, is named as such."""
    text = messages.interchange([messages.group([])]).replace(*change, 1)
    with pytest.raises(DecodeError, match=why) as refused:
        header_at(text, 0)
    assert refused.value.reason == "bad_envelope"


@pytest.mark.parametrize("beginning", ["isa*", "ISAB", "ISA ", "ISA\n", "ISA", "GS*A"])
def test_an_isa_is_three_capitals_and_a_sign(beginning: str) -> None:
    """Nothing else begins an interchange."""
    assert not is_header(beginning, 0)


@pytest.mark.parametrize(
    ("value", "text", "encoding"),
    [
        (b"\xef\xbb\xbfISA", "ISA", "utf-8"),
        ("é…".encode(), "é…", "utf-8"),
        (b"caf\xe9 A", "café A", "latin-1"),
        ("IEA…".encode()[:-1], "IEA", "utf-8"),
    ],
)
def test_bytes_are_text_in_utf8_or_latin1(value: bytes, text: str, encoding: str) -> None:
    """A byte order mark is no text, a character cut at the end is left out, and what is not UTF-8 is Latin-1."""
    assert text_of(value) == (text, encoding)


def test_more_segments_or_elements_than_the_limits_are_refused() -> None:
    """Limits are looked at before anything is taken apart."""
    for text in ("~" * (limits.SEGMENTS_MAX + 1), "*" * (limits.VALUES_MAX + 1)):
        with pytest.raises(DecodeError, match="more than") as refused:
            tokens(text, DEFAULT)
        assert refused.value.reason == "too_large"


def test_a_run_of_blanks_costs_its_length_once() -> None:
    """Millions of blanks are dropped or kept in one pass: the work does not grow with their square."""
    blanks = " " * 2_000_000
    assert raw_segments(f"N1*A{blanks}*B{blanks}C~", DEFAULT) == [f"N1*A*B{blanks}C"]
