"""The frames of an interchange as places in its segments: groups from GS to GE, sets from ST to SE. No judging here.

A frame that does not end is ended by what can only come behind it, so that one lost trailer costs one set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from milepost.codecs.errors import DecodeError
from milepost.codecs.x12 import limits
from milepost.codecs.x12.header import ISA, Header, header_at, is_header
from milepost.codecs.x12.tokenizer import BLANKS

BINARY = frozenset({"BIN", "BDS"})
MARKS = frozenset({"GS", "GE", "ST", "SE", "IEA", "TA1", "ISA"}) | BINARY


@dataclass(slots=True)
class SetFrame:
    """Segments ``start`` up to ``stop``; ``closed`` when the last of them is the SE."""

    start: int
    stop: int = 0
    closed: bool = False


@dataclass(slots=True)
class GroupFrame:
    """``header`` is the place of the GS, ``trailer`` that of the GE; None where there is none."""

    header: int | None
    trailer: int | None = None
    sets: list[SetFrame] = field(default_factory=list)


@dataclass(slots=True)
class Frames:
    """What is between two ISAs. ``strays`` are segments outside of every set, and trailers of nothing."""

    groups: list[GroupFrame] = field(default_factory=list)
    trailer: int | None = None
    acknowledgements: list[int] = field(default_factory=list)
    strays: list[int] = field(default_factory=list)
    binary: bool = False


def parts(text: str) -> Iterator[tuple[Header | DecodeError, int, int]]:
    """Yield each interchange of ``text``: its ISA (or why there is none), and from where to where it stands."""
    at = len(text) - len(text.lstrip(BLANKS))
    if not is_header(text, at):
        raise _unknown(text[at : at + 3], at)
    number = 0
    while at < len(text):
        number += 1
        if number > limits.INTERCHANGES_MAX:
            raise DecodeError("too_large", f"more than {limits.INTERCHANGES_MAX} interchanges")
        header: Header | DecodeError
        try:
            header = header_at(text, at)
        except DecodeError as error:
            header = error
        end = _next_header(text, header.body if isinstance(header, Header) else at + 3, header)
        yield header, at, end
        at = end


def _next_header(text: str, position: int, header: Header | DecodeError) -> int:
    """Return where the next ISA begins: behind a terminator (any sign where we know of none) or on a new line."""
    terminator = header.separators.terminator if isinstance(header, Header) else ""
    found = text.find(ISA, position)
    while found >= 0:
        before = found
        while before > position and text[before - 1] in BLANKS:
            before -= 1
        ended = before == position or text[before - 1] == terminator or "\n" in text[before:found]
        if not terminator:
            ended = ended or not text[found - 1].isalnum()
        if ended and is_header(text, found):
            return found
        found = text.find(ISA, found + 3)
    return len(text)


def frames(marks: Sequence[tuple[int, str]], segments: int) -> Frames:
    """Return the frames of an interchange of so many ``segments`` behind its ISA, by those whose ids are MARKS."""
    return _ordinary(marks, segments) or _walked(marks, segments)


def _ordinary(marks: Sequence[tuple[int, str]], segments: int) -> Frames | None:
    """Return the frames where all is as nearly always: one group of whole sets, nothing before, between or behind."""
    trailers = [(segments - 2, "GE"), (segments - 1, "IEA")]
    if marks[:1] != [(0, "GS")] or marks[-2:] != trailers:
        return None
    group = GroupFrame(0, segments - 2)
    at = 1
    for (start, first), (end, last) in zip(marks[1:-2:2], marks[2:-2:2], strict=False):
        if start != at or first != "ST" or last != "SE":
            return None
        at = end + 1
        group.sets.append(SetFrame(start, at, True))
    return Frames([group], segments - 1) if at == segments - 2 else None


def _walked(marks: Iterable[tuple[int, str]], segments: int) -> Frames:
    walk = _Walk(segments)
    for place, name in marks:
        walk.take(place, name)
    walk.finish()
    return walk.found


class _Walk:
    """One pass over the frame's segments: which set and group are open."""

    def __init__(self, segments: int) -> None:
        self.found = Frames()
        self._set: SetFrame | None = None
        self._group: GroupFrame | None = None
        self._outside = 0  # first place that no frame has yet
        self._segments = segments

    def take(self, place: int, name: str) -> None:
        """Take the next segment of the frame."""
        if name == "SE" and self._set:
            self._set.closed = True
            self._end_set(place + 1)
            return
        if name in BINARY:
            self.found.binary = True
            return
        if self.found.trailer is not None or name == "ISA" or (name == "TA1" and self._set):
            return  # behind the IEA, or part of a set: no frame
        if name != "SE":
            self._end_set(place)
        self._stray_until(place)
        self._outside = place + 1
        if name == "ST":
            self._begin_set(place)
        elif name == "GS":
            self._group = GroupFrame(place)
            self.found.groups.append(self._group)
        elif name == "GE" and self._group:
            self._group.trailer = place
            self._group = None
        elif name == "IEA":
            self.found.trailer = place
        elif name == "TA1":
            self.found.acknowledgements.append(place)
        else:
            self.found.strays.append(place)

    def finish(self) -> None:
        """End what is open at the end."""
        self._end_set(self._segments)
        self._stray_until(self._segments)

    def _begin_set(self, place: int) -> None:
        if self._group is None:
            self._group = GroupFrame(None)
            self.found.groups.append(self._group)
        self._set = SetFrame(place)
        self._group.sets.append(self._set)

    def _end_set(self, stop: int) -> None:
        if self._set:
            self._set.stop = self._outside = stop
            self._set = None

    def _stray_until(self, place: int) -> None:
        self.found.strays.extend(range(self._outside, place))


def _unknown(beginning: str, at: int) -> DecodeError:
    if beginning.upper() == ISA and beginning != ISA:
        return DecodeError("bad_envelope", f"segment ids are capitals, here {beginning!r}", f"character {at + 1}")
    if beginning.startswith(("GS", "ST", "UNA", "UNB", ISA)):
        return DecodeError("bad_envelope", f"X12 begins with an ISA, here {beginning!r}", f"character {at + 1}")
    return DecodeError("unknown_format", "no X12: it does not begin with an ISA", f"character {at + 1}")
