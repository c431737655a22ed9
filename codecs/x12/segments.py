"""What a segment is, what a set's grammar takes and gives, and what it says of errors. Envelope and sets meet here.

A segment is a list of its elements as text, ``[0]`` the segment id, so that ``segment[2]`` is element 02. A list may be
shorter than the standard's: elements left out at the end are not there. Blanks at an element's end mean nothing in X12
and are gone. A composite stays one text (``components`` takes it apart). A set's segments run from ST to SE, both
included, and a segment's number is its place in that list, ST being 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

Segment = list[str]

WRITTEN_COMPONENT = "\x1f"
"""Between the components of a composite that a grammar writes; the frame puts the partner's own separator there."""


class Separators(NamedTuple):
    """One character each, as the ISA shows them; ``component`` or ``repetition`` is empty where there is none."""

    element: str = "*"
    component: str = ">"
    terminator: str = "~"
    repetition: str = ""


DEFAULT = Separators()


class Fault(NamedTuple):
    """Something wrong in a set, said twice: for people, and in the codes of a 997 or 999.

    ``code`` is our own word for the kind (it becomes the finding's). ``position`` is the segment's number in its set, 0
    where the set as a whole is meant; ``element`` counts from 1, 0 for the whole segment.
    ``segment_code`` is AK304 (DE720: 1 unknown id, 2 unexpected, 3 mandatory missing, 4 loop too often, 5 too often, 6
    not in this set, 7 out of sequence, 8 has element errors); ``element_code`` AK403 (DE723: 1 missing, 2 conditional
    missing, 3 too many, 4 too short, 5 too long, 6 bad character, 7 bad code, 8 bad date, 9 bad time, 10 exclusion);
    ``reference`` AK402, the data element's number.
    ``formal`` is False for what is no error of syntax, such as a total that does not add up: it is told, but neither
    refused by a strict reading nor put in the acknowledgement. ``fatal``: no document can be made, not even tolerantly.
    """

    code: str
    text: str
    position: int = 0
    segment: str = ""
    element: int = 0
    component: int = 0
    value: str = ""
    expected: str = ""
    segment_code: str = "8"
    element_code: str = ""
    reference: str = ""
    formal: bool = True
    fatal: bool = False


class SetRead(NamedTuple):
    """A set as plain data, and its faults in the order of their segments."""

    fields: dict[str, Any]
    faults: Sequence[Fault] = ()


class SetGrammar(Protocol):
    """One transaction set, both ways. Pure; raises nothing on reading.

    ``functional`` is its GS01. ``write`` gives the segments between ST and SE, without those two; composites are joined
    by WRITTEN_COMPONENT; ValueError with one clear line where the fields cannot be written.
    """

    @property
    def functional(self) -> str: ...
    def read(self, segments: Sequence[Segment], separators: Separators) -> SetRead: ...
    def write(self, fields: Mapping[str, Any]) -> list[Segment]: ...


def element(segment: Segment, number: int) -> str:
    """Return element ``number``, empty where the segment ends before it."""
    return segment[number] if number < len(segment) else ""


def components(value: str, separators: Separators) -> list[str]:
    """Return the components of a composite element; one for a simple one."""
    return value.split(separators.component) if separators.component else [value]
