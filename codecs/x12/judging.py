"""Where frames break their rules: counts, control numbers, trailers, limits. Each rule gives one trouble with its code.

How the bytes are laid out (padding, line ends between segments, a byte order mark) is nobody's error, and neither is an
ISA12 that differs from GS08: there is one in every third real file, and nothing follows from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from milepost.codecs.x12 import limits
from milepost.codecs.x12.envelope import BINARY, Frames, GroupFrame
from milepost.codecs.x12.header import Header
from milepost.codecs.x12.outcomes import Trouble
from milepost.codecs.x12.segments import Segment, element

SERVICES = frozenset({"ISB", "ISE", "TA3"})  # of the carrier of interchanges, X12.5: they stand before the groups
COUNT_MAX_CHARS = 10  # DE96, SE01: some write all of them, zeros first
_ST = "segment 1 (ST), element {:02}"


def set_troubles(closed: bool, segments: Sequence[Segment], repeated: bool, suspect: bool) -> Iterable[Trouble]:
    """Return what is wrong with a set's frame; ``segments`` from ST on. Codes are those of AK5-02 (DE718).

    ``suspect``: somewhere in the interchange is a segment that may be too long, or binary; else nobody has to look.
    """
    if closed and not repeated and not suspect and _is_sound(segments):
        return ()
    return _set_troubles(closed, segments, repeated, suspect)


def _is_sound(segments: Sequence[Segment]) -> bool:
    """Say whether a set's frame is as it should be to the letter: nearly all are, and none of the rules has a word."""
    head, count = segments[0], len(segments)
    return (
        len(head) > 2
        and bool(head[1] and head[2])
        and segments[-1] == ["SE", str(count), head[2]]
        and count <= limits.SET_SEGMENTS_MAX
    )


def _set_troubles(closed: bool, segments: Sequence[Segment], repeated: bool, suspect: bool) -> Iterator[Trouble]:
    if not element(segments[0], 1):
        yield Trouble("set_identifier", "the set does not say what it is", _ST.format(1), answer="6", fatal=True)
    if len(segments) > limits.SET_SEGMENTS_MAX:
        yield _large(f"{len(segments)} segments; at most {limits.SET_SEGMENTS_MAX} are taken")
    if suspect:
        yield from _suspected(segments)
    control = element(segments[0], 2)
    if not control:
        yield Trouble("set_control", "the set has no control number", _ST.format(2), answer="7")
    elif repeated:
        text = "another set of the group has this control number already"
        yield Trouble("repeated_control", text, _ST.format(2), control, answer="23")
    if not closed:
        text = "the set has no SE: nobody can say whether it is whole"
        yield Trouble("set_trailer", text, answer="2", expected="SE", fatal=True)
        return
    where = f"segment {len(segments)} (SE), element"
    count, ending = element(segments[-1], 1), element(segments[-1], 2)
    if number(count) != len(segments):
        yield Trouble("set_count", "is not the number of segments", f"{where} 01", count, str(len(segments)), "4")
    if ending != control:
        yield Trouble("set_control", "differs from the set's ST02", f"{where} 02", ending, control, "3")


def group_troubles(frame: GroupFrame, header: Segment, trailer: Segment | None) -> Iterator[Trouble]:
    """Yield what is wrong with a group's frame. Codes are those of AK9-05 (DE716)."""
    if frame.header is None:
        yield Trouble("group_header", "a set outside of every group: no GS before it", expected="GS", fatal=True)
        return
    control = element(header, 6)
    if not control:
        yield Trouble("group_control", "the group has no control number", "GS, element 06", answer="6")
    if trailer is None:
        yield Trouble("group_trailer", "the group has no GE", expected="GE", answer="3")
        return
    count, ending = element(trailer, 1), element(trailer, 2)
    if number(count) != len(frame.sets):
        yield Trouble("group_count", "is not the number of sets", "GE, element 01", count, str(len(frame.sets)), "5")
    if not same_number(ending, control):
        yield Trouble("group_control", "differs from the group's GS06", "GE, element 02", ending, control, "4")


def interchange_troubles(found: Frames, header: Header, segments: Sequence[Segment]) -> Iterator[Trouble]:
    """Yield what is wrong with an interchange's frame. Codes are those of TA1-05 (I18)."""
    if "\n" in header.text or "\r" in header.text:
        yield Trouble("line_end", "a line end within the ISA: the file was wrapped on its way", "ISA", formal=False)
    if found.strays:
        first = found.strays[0]
        text = f"{len(found.strays)} segments stand outside of every set, the first is segment {first + 2}"
        yield Trouble("outside", text, value=segments[first][0][: limits.VALUE_SHOWN_MAX_CHARS], formal=False)
    for place in found.acknowledgements:
        yield from _refusal(segments[place])
    if found.trailer is None:
        yield Trouble("interchange_trailer", "the interchange has no IEA", expected="IEA", answer="023")
        return
    count, ending = element(segments[found.trailer], 1), element(segments[found.trailer], 2)
    groups = sum(group.header is not None for group in found.groups)
    if number(count) != groups:
        yield Trouble("interchange_count", "is not the number of groups", "IEA, element 01", count, str(groups), "021")
    if not same_number(ending, header.control):
        text = "differs from the interchange's ISA13"
        yield Trouble("interchange_control", text, "IEA, element 02", ending, header.control, "001")


def lost(found: Frames, segments: Sequence[Segment]) -> list[int]:
    """Return which segments within the interchange no set has: what they say, nobody was told."""
    end = len(segments) if found.trailer is None else found.trailer
    return [place for place in found.strays if place < end and segments[place][0] not in SERVICES]


def number(value: str) -> int | None:
    """Return a count as it is written (N0), None for anything else."""
    digits = value.lstrip("0") if value.isdecimal() and value.isascii() else "?"
    return int(digits or "0") if digits != "?" and len(value) <= COUNT_MAX_CHARS else None


def same_number(one: str, other: str) -> bool:
    """Say whether two control numbers (N0) are the same: leading zeros do not count, nor what pads them."""
    return one.strip().lstrip("0") == other.strip().lstrip("0") and bool(one) == bool(other)


def _refusal(segment: Segment) -> Iterator[Trouble]:
    """A TA1 says how our own interchange fared; only what was not accepted is worth telling."""
    status = element(segment, 4)
    if status != "A":
        text = f"the partner answers to our interchange {element(segment, 1)} with note {element(segment, 5)}"
        yield Trouble("interchange_refused", text, "TA1, element 04", status, "A", formal=False)


def suspects(segments: Sequence[Segment], longest: int) -> bool:
    """Say whether any segment is over a limit; the ``longest`` of them has so many characters.

    One that has few cannot have more elements than characters: that spares a look at each.
    """
    if longest <= limits.ELEMENTS_MAX:
        return False
    return longest > limits.SEGMENT_MAX_CHARS or max(map(len, segments)) > limits.ELEMENTS_MAX


def _suspected(segments: Sequence[Segment]) -> Iterator[Trouble]:
    for position, segment in enumerate(segments, 1):
        where = f"segment {position} ({segment[0][: limits.VALUE_SHOWN_MAX_CHARS]})"
        if segment[0] in BINARY:
            yield Trouble("binary", "binary segments are not taken", where, answer="5", fatal=True)
        if len(segment) > limits.ELEMENTS_MAX + 1:
            yield _large(f"{len(segment) - 1} elements; at most {limits.ELEMENTS_MAX} are taken", where)
        if sum(map(len, segment)) > limits.SEGMENT_MAX_CHARS:
            yield _large(f"more than {limits.SEGMENT_MAX_CHARS} characters", where)


def _large(text: str, place: str = "") -> Trouble:
    return Trouble("too_large", text, place, answer="5", fatal=True)
