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
    """One thing that is wrong in a set, with all that a 997 or 999 says of it.

    ``position`` counts the set's segments from ST = 1 (0: the set as a whole); ``element`` is 0 where the segment as a
    whole is meant. ``code`` is our own word for the kind, and becomes the finding's. ``syntax`` is the code of AK3-04
    (DE720; ``element`` 0) or of AK4-03 (DE723); empty for what is no error of syntax, such as a total that does not add
    up: it is told, but neither refused by a strict reading nor put in the acknowledgement. ``reference`` is the data
    element's number, ``fatal`` says that no document can be made of the set, not even tolerantly.
    """

    code: str
    text: str
    segment: str
    position: int
    element: int = 0
    reference: int = 0
    syntax: str = ""
    loop: str = ""
    value: str = ""
    expected: str = ""
    fatal: bool = False


class SetReading(NamedTuple):
    """The fields of one set, and what was wrong with it in the order of its segments."""

    fields: dict[str, Any]
    faults: tuple[Fault, ...] = ()


class SetGrammar(Protocol):
    """One transaction set, both ways. Pure; raises nothing on reading.

    ``functional`` is its GS01. ``write`` gives the segments between ST and SE, without those two; composites are joined
    by WRITTEN_COMPONENT; ValueError with one clear line where the fields cannot be written.
    """

    @property
    def functional(self) -> str: ...
    def read(self, segments: Sequence[Segment], separators: Separators) -> SetReading: ...
    def write(self, fields: Mapping[str, Any]) -> list[Segment]: ...


def element(segment: Segment, number: int) -> str:
    """Return element ``number``, empty where the segment ends before it."""
    return segment[number] if number < len(segment) else ""


def components(value: str, separators: Separators) -> list[str]:
    """Return the components of a composite element; one for a simple one."""
    return value.split(separators.component) if separators.component else [value]
