"""A large file as several messages of whole sets, each an interchange by itself: for brokers that limit a message.

The law: the documents of the parts together are those of the whole, with the same ids (control numbers used twice in
one file are numbered within each part). What was wrong with a frame stays wrong in every part: a count that was off by
one is off by one, a trailer that was missing is missing, so that a strict reading refuses the parts as well.
Segments that no set has are a part by themselves, which whoever reads it refuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from milepost.codecs.errors import DecodeError
from milepost.codecs.x12 import limits
from milepost.codecs.x12.enclosing import lines
from milepost.codecs.x12.envelope import MARKS, Frames, GroupFrame, SetFrame, frames, parts
from milepost.codecs.x12.header import Header
from milepost.codecs.x12.judging import lost, number
from milepost.codecs.x12.tokenizer import raw_segments, text_of

_TRAILER_ROOM_BYTES = 100  # what a count may grow by, and line ends


def split(value: bytes, max_bytes: int) -> list[bytes]:
    """Return ``value`` in messages of at most ``max_bytes`` and SETS_MAX sets, itself where it is no larger.

    DecodeError where it is no X12, over a limit, or a single set is larger than ``max_bytes``.
    """
    if len(value) <= max_bytes and value.count(b"ST") <= limits.SETS_MAX:
        return [value]
    if len(value) > limits.SPLIT_MAX_BYTES:
        raise DecodeError("too_large", f"{len(value)} bytes; at most {limits.SPLIT_MAX_BYTES} are split")
    text, encoding = text_of(value)
    messages: list[bytes] = []
    for header, start, stop in parts(text):
        if isinstance(header, DecodeError):
            messages.append(_fitting(text[start:stop], encoding, max_bytes, f"character {start + 1}"))
        else:
            messages += _Cut(text, header, stop, encoding, max_bytes).messages()
    return messages


class _Piece(NamedTuple):
    """The sets of one group that go into a message together."""

    group: GroupFrame
    sets: list[SetFrame]


class _Cut:
    """One interchange being cut."""

    def __init__(self, text: str, header: Header, stop: int, encoding: str, max_bytes: int) -> None:
        separators = header.separators
        if text.count(separators.terminator, header.body, stop) > limits.SPLIT_SEGMENTS_MAX:
            raise DecodeError("too_large", f"more than {limits.SPLIT_SEGMENTS_MAX} segments", header.place)
        self._header = header
        self._element = separators.element
        self._encoding = encoding
        self._max = max_bytes
        self._raw = raw_segments(text[header.body : stop], separators)
        ids = [raw.partition(self._element)[0] for raw in self._raw]
        marks = [(place, name) for place, name in enumerate(ids) if name in MARKS]
        self._found: Frames = frames(marks, len(ids))
        self._lost = lost(self._found, [[name] for name in ids]) if self._found.strays else []
        self._line_end_bytes = len((separators.terminator + "\n").encode(encoding))

    def messages(self) -> Iterator[bytes]:
        """Yield the messages, each as full as whole sets make it; one even where there are no sets."""
        frame_bytes = self._frame_bytes()
        pieces: list[_Piece] = []
        size = frame_bytes
        for group in self._found.groups:
            room = self._group_bytes(group)
            pieces.append(_Piece(group, []))
            size += room
            for one in group.sets:
                needed = sum(map(self._bytes, range(one.start, one.stop)))
                count = sum(len(piece.sets) for piece in pieces)
                if count and (size + needed > self._max or count == limits.SETS_MAX):
                    yield self._message([piece for piece in pieces if piece.sets or not piece.group.sets])
                    pieces, size = [_Piece(group, [])], frame_bytes + room
                pieces[-1].sets.append(one)
                size += needed
        if pieces or not self._found.groups:
            yield self._message(pieces)
        if self._lost:
            yield self._message([], self._lost)

    def _message(self, pieces: list[_Piece], lost: Sequence[int] = ()) -> bytes:
        segments = [self._raw[at] for at in (lost or self._found.acknowledgements)]
        for group, sets in pieces:
            if group.header is not None:
                segments.append(self._raw[group.header])
            for one in sets:
                segments += self._raw[one.start : one.stop]
            if group.trailer is not None:
                segments.append(self._recounted(group.trailer, len(group.sets), len(sets)))
        if self._found.trailer is not None:
            groups = [group for group in self._found.groups if group.header is not None]
            here = sum(piece.group.header is not None for piece in pieces)
            segments.append(self._recounted(self._found.trailer, len(groups), here))
        return _fitting(lines(self._header, segments), self._encoding, self._max, self._header.place)

    def _recounted(self, trailer: int, whole: int, here: int) -> str:
        """Return a GE or IEA with the count of this part, as far off as that of the whole was."""
        name, *elements = self._raw[trailer].split(self._element)
        claimed = number(elements[0]) if elements else None
        if claimed is not None:
            elements[0] = str(max(here + claimed - whole, 0)) if claimed != whole else str(here)
        return self._element.join([name, *elements])

    def _bytes(self, at: int) -> int:
        return len(self._raw[at].encode(self._encoding)) + self._line_end_bytes

    def _frame_bytes(self) -> int:
        around = [*self._found.acknowledgements, *([] if self._found.trailer is None else [self._found.trailer])]
        isa = len(self._header.text.encode(self._encoding)) + self._line_end_bytes
        return isa + sum(map(self._bytes, around)) + _TRAILER_ROOM_BYTES

    def _group_bytes(self, group: GroupFrame) -> int:
        return sum(self._bytes(at) for at in (group.header, group.trailer) if at is not None)


def _fitting(text: str, encoding: str, max_bytes: int, place: str) -> bytes:
    message = text.encode(encoding)
    if len(message) > max_bytes:
        raise DecodeError("too_large", f"a part of {len(message)} bytes that cannot be cut; at most {max_bytes}", place)
    return message
