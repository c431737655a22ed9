"""Bytes to text, text to segments. The hot loop of X12: two splits and a strip, whatever the separators are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from milepost.codecs.errors import DecodeError
from milepost.codecs.x12 import limits
from milepost.codecs.x12.segments import Segment, Separators

BLANKS = " \t\r\n\x00\x1a\ufeff"
"""Around a segment they mean nothing: indentation, lines, filled blocks, an old end-of-file mark, a byte order mark."""
_BOM = "\ufeff".encode()
_LINE_ENDS = "\r\n"
_AT_A_TIME_CHARS = 32 * 1024
_CUT_CHARACTER_MAX_BYTES = 3


def text_of(value: bytes) -> tuple[str, str]:
    """Return the text and its encoding: UTF-8 where it is, else Latin-1, in which any bytes are text."""
    bare = value.removeprefix(_BOM)
    try:
        return bare.decode(), "utf-8"
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.start >= len(bare) - _CUT_CHARACTER_MAX_BYTES:
            return bare[: error.start].decode(), "utf-8"  # cut within its last character
    return value.decode("latin-1"), "latin-1"


def raw_segments(text: str, separators: Separators) -> list[str]:
    """Return the segments of ``text``, not yet taken apart, without empty ones as between doubled terminators."""
    text, bare = _cleaned(text, separators)
    return _split(text, separators.terminator, bare)


def _cleaned(text: str, separators: Separators) -> tuple[str, bool]:
    """Return the text without blanks around elements, and whether no segment has a blank around it either.

    The standard lets blanks at an element's beginning stand; but a number or an id that somebody filled up on the left
    is the same number or id.
    Line ends within a segment are dropped where they are not the terminator: such a file was wrapped at some width.
    A look at the whole text spares one at each segment.
    """
    terminator = separators.terminator
    if terminator not in _LINE_ENDS and ("\n" in text or "\r" in text):
        text = text.replace("\r", "").replace("\n", "")
    blank = text[:1] == " "
    if " " in text and _blank(separators).search(text):
        text = _padding(separators).sub("", text)
        blank = True
    return text, not blank and all(sign == terminator or sign not in text for sign in BLANKS[1:])


def _split(text: str, terminator: str, bare: bool) -> list[str]:
    if bare:
        return [*filter(None, text.split(terminator))]
    return [segment for piece in text.split(terminator) if (segment := piece.strip(BLANKS))]


class Tokens(NamedTuple):
    """Segments as lists of elements, place and id of those that were to be marked, and what none is longer than."""

    segments: list[Segment]
    marks: list[tuple[int, str]]
    longest: int


def tokens(text: str, separators: Separators, marked: frozenset[str] = frozenset()) -> Tokens:
    """Return the segments of ``text``; DecodeError where there are more segments or elements than limits allow."""
    element = separators.element
    if len(text) > limits.SEGMENTS_MAX and text.count(separators.terminator) > limits.SEGMENTS_MAX:
        raise DecodeError("too_large", f"more than {limits.SEGMENTS_MAX} segments")
    if len(text) > limits.VALUES_MAX and text.count(element) > limits.VALUES_MAX:
        raise DecodeError("too_large", f"more than {limits.VALUES_MAX} elements")
    segments: list[Segment] = []
    marks: list[tuple[int, str]] = []
    longest = 0
    for pieces in _pieces(*_cleaned(text, separators), separators.terminator):
        some = [piece.split(element) for piece in pieces]
        if marked:
            marks += [(place, segment[0]) for place, segment in enumerate(some, len(segments)) if segment[0] in marked]
        longest = max(longest, max(map(len, pieces), default=0))
        segments += some
    return Tokens(segments, marks, longest)


def _pieces(text: str, bare: bool, terminator: str) -> Iterator[list[str]]:
    """Yield segments not yet taken apart, some at a time: what is looked at once more is still in the cache."""
    at = 0
    while at < len(text):
        end = text.find(terminator, at + _AT_A_TIME_CHARS) + 1 or len(text)
        yield _split(text[at:end], terminator, bare)
        at = end


@lru_cache(maxsize=64)
def _padding(separators: Separators) -> re.Pattern[str]:
    # Only the first blank of a run is tried, so that a run of millions costs its length once.
    element = re.escape(separators.element)
    return re.compile(rf"(?<! ) +(?=[{element}{re.escape(separators.terminator)}])|(?<={element}) +")


@lru_cache(maxsize=64)
def _blank(separators: Separators) -> re.Pattern[str]:
    """A blank that stands before a separator or behind one."""
    element, terminator = re.escape(separators.element), re.escape(separators.terminator)
    return re.compile(rf" (?:[{element}{terminator}]|(?<=[{element}{terminator}] ))")
