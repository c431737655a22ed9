"""Bytes to text, text to segments. The hot loop of X12: two splits and a strip, whatever the separators are."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from milepost.codecs.errors import DecodeError
from milepost.codecs.x12 import limits
from milepost.codecs.x12.segments import Segment, Separators

BLANKS = " \t\r\n\x00\x1a\ufeff"
"""Around a segment they mean nothing: indentation, lines, filled blocks, an old end-of-file mark, a byte order mark."""
_LINE_ENDS = "\r\n"
_CUT_CHARACTER_MAX_BYTES = 3


def text_of(value: bytes) -> tuple[str, str]:
    """Return the text and its encoding: UTF-8 where it is, else Latin-1, in which any bytes are text."""
    try:
        return value.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.start >= len(value) - _CUT_CHARACTER_MAX_BYTES:
            return value[: error.start].decode("utf-8-sig"), "utf-8"  # cut within its last character
    return value.decode("latin-1"), "latin-1"


def raw_segments(text: str, separators: Separators) -> list[str]:
    """Return the segments of ``text``, not yet taken apart. Empty ones, as between doubled terminators, are left out.

    Line ends within a segment are dropped where they are not the terminator: such a file was wrapped at some width.
    """
    terminator = separators.terminator
    if terminator not in _LINE_ENDS and ("\n" in text or "\r" in text):
        text = text.replace("\r", "").replace("\n", "")
    if f" {separators.element}" in text or f" {terminator}" in text:
        text = _padding(separators).sub("", text)
    if _is_bare(text, terminator):
        return [*filter(None, text.split(terminator))]
    return [segment for piece in text.split(terminator) if (segment := piece.strip(BLANKS))]


def _is_bare(text: str, terminator: str) -> bool:
    """Say whether there is no blank to strip anywhere: a look at the text spares one at each segment."""
    if f"{terminator} " in text or text[:1] == " ":
        return False
    return all(blank == terminator or blank not in text for blank in BLANKS[1:])


class Tokens(NamedTuple):
    """Segments not taken apart, the same as lists of elements, and place and id of those that were to be marked."""

    raw: list[str]
    segments: list[Segment]
    marks: list[tuple[int, str]]


def tokens(text: str, separators: Separators, marked: frozenset[str] = frozenset()) -> Tokens:
    """Return the segments of ``text``; DecodeError where there are more segments or elements than limits allow."""
    element = separators.element
    if len(text) > limits.SEGMENTS_MAX and text.count(separators.terminator) > limits.SEGMENTS_MAX:
        raise DecodeError("too_large", f"more than {limits.SEGMENTS_MAX} segments")
    if len(text) > limits.VALUES_MAX and text.count(element) > limits.VALUES_MAX:
        raise DecodeError("too_large", f"more than {limits.VALUES_MAX} elements")
    raw = raw_segments(text, separators)
    segments: list[Segment] = []
    marks: list[tuple[int, str]] = []
    for place, piece in enumerate(raw):  # one pass: a segment is looked at while it is still in the processor's cache
        segment = piece.split(element)
        segments.append(segment)
        if segment[0] in marked:
            marks.append((place, segment[0]))
    return Tokens(raw, segments, marks)


@lru_cache(maxsize=64)
def _padding(separators: Separators) -> re.Pattern[str]:
    # Only the first blank of a run is tried, so that a run of millions costs its length once.
    return re.compile(rf"(?<! ) +(?=[{re.escape(separators.element + separators.terminator)}])")
