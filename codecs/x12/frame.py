"""The frame around what we write: the ISA at its fixed width, counts and control numbers that agree by construction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from milepost.codecs.x12.segments import Segment, Separators
from milepost.contracts.identifiers import digest

ID_CHARS = 15  # ISA06 and ISA08
CONTROL_MAX = 999_999_999
REPETITION_SINCE = "00402"  # from this ISA12 on, ISA11 is the separator of repetitions
NO_REPETITION = "U"
_NUMBER_HEX = 12


class Party(NamedTuple):
    """A sender or receiver: the qualifier and id of the ISA, and its name in the group."""

    qualifier: str
    id: str
    application: str


class Frame(NamedTuple):
    """What stands in ISA and GS, as text. ``date`` is CCYYMMDD, ``interchange_version`` ISA12, ``version`` GS08."""

    sender: Party
    receiver: Party
    date: str
    time: str
    interchange_control: str
    group_control: str
    functional: str
    interchange_version: str
    version: str
    usage: str
    separators: Separators


def control_number(*parts: object) -> str:
    """Return nine digits that stand for ``parts``: derived, so that whoever writes it again writes the same."""
    return f"{int(digest(*parts)[:_NUMBER_HEX], 16) % CONTROL_MAX + 1:09d}"


def isa(frame: Frame) -> str:
    """Return the ISA, 106 characters with its terminator."""
    s, sender, receiver = frame.separators, frame.sender, frame.receiver
    repetition = s.repetition if frame.interchange_version >= REPETITION_SINCE and s.repetition else NO_REPETITION
    ids = [text for party in (sender, receiver) for text in (party.qualifier[:2].ljust(2), _id(party.id))]
    elements = ["ISA", "00", " " * 10, "00", " " * 10, *ids, frame.date[2:], frame.time, repetition]
    elements += [frame.interchange_version, frame.interchange_control, "0", frame.usage, s.component]
    return s.element.join(elements) + s.terminator


def _id(text: str) -> str:
    return text[:ID_CHARS].ljust(ID_CHARS)


def gs(frame: Frame) -> Segment:
    """Return the GS. Before version 004010 its date has no century."""
    date = frame.date if frame.version[:6] >= "004010" else frame.date[2:]
    names = (frame.sender.application, frame.receiver.application)
    return ["GS", frame.functional, *names, date, frame.time, frame.group_control, "X", frame.version]


def set_of(kind: str, control: str, body: Sequence[Segment], implementation: str = "") -> list[Segment]:
    """Return a set from ST to SE, counted."""
    begin = ["ST", kind, control, implementation] if implementation else ["ST", kind, control]
    return [begin, *body, ["SE", str(len(body) + 2), control]]


def interchange_text(frame: Frame, sets: Sequence[Sequence[Segment]], before: Iterable[Segment] = ()) -> str:
    """Return an interchange of one group with ``sets`` (of none where there are none), ``before`` it what is no set."""
    segments = list(before)
    if sets:
        segments += [gs(frame), *(segment for one in sets for segment in one)]
        segments.append(["GE", str(len(sets)), frame.group_control])
    segments.append(["IEA", str(int(bool(sets))), frame.interchange_control])
    join, terminator = frame.separators.element.join, frame.separators.terminator
    return isa(frame) + "".join([join(trimmed(segment)) + terminator for segment in segments])


def trimmed(segment: Segment) -> Segment:
    """Return the segment without empty elements at its end."""
    if segment[-1]:
        return segment
    end = len(segment)
    while end > 1 and not segment[end - 1]:
        end -= 1
    return segment[:end]
