"""One interchange of a message: its ISA, its segments, and the frames in them."""

from __future__ import annotations

from typing import NamedTuple

from milepost.codecs.x12.envelope import MARKS, Frames, GroupFrame, SetFrame, frames
from milepost.codecs.x12.header import Header
from milepost.codecs.x12.judging import suspects
from milepost.codecs.x12.segments import Segment
from milepost.codecs.x12.tokenizer import tokens


class Interchange(NamedTuple):
    """The segments behind the ISA, taken apart, and where groups and sets are among them."""

    header: Header
    segments: list[Segment]
    found: Frames
    suspect: bool

    def header_of(self, group: GroupFrame) -> Segment:
        """Return the group's GS, a bare one where there is none."""
        return ["GS"] if group.header is None else self.segments[group.header]

    def trailer_of(self, group: GroupFrame) -> Segment | None:
        """Return the group's GE, if it has one."""
        return None if group.trailer is None else self.segments[group.trailer]

    def segments_of(self, one: SetFrame) -> list[Segment]:
        """Return a set's segments, from ST to SE."""
        return self.segments[one.start : one.stop]


def interchange(text: str, header: Header, stop: int) -> Interchange:
    """Return the interchange whose ISA is ``header``, up to ``stop``; DecodeError where it is over a limit."""
    segments, marks, longest = tokens(text[header.body : stop], header.separators, MARKS)
    found = frames(marks, len(segments))
    return Interchange(header, segments, found, found.binary or suspects(segments, longest))
