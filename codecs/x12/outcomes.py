"""What became of an interchange, its groups and their sets: what reading decides and an acknowledgement tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from milepost.codecs.x12.header import Header
from milepost.codecs.x12.segments import Fault, Segment, element

ACKNOWLEDGEMENTS = frozenset({"997", "999"})

Status = Literal["A", "E", "R"]
"""Accepted; accepted, but errors were noted; rejected."""


class Trouble(NamedTuple):
    """Something wrong with a frame. ``answer`` is its code in an acknowledgement: AK5-02, AK9-05 or TA1-05 by frame.

    ``answer`` is empty where no acknowledgement has a word for it. ``formal`` is False for what a strict reading lets
    pass as well; ``fatal`` for what even a tolerant one does not.
    """

    code: str
    text: str
    place: str = ""
    value: str = ""
    expected: str = ""
    answer: str = ""
    formal: bool = True
    fatal: bool = False


@dataclass(slots=True)
class SetOutcome:
    """One set: how it was taken, with the faults that its acknowledgement lists."""

    header: Segment
    status: Status = "A"
    codes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


@dataclass(slots=True)
class GroupOutcome:
    """One group: its GS, the count its GE claims (None without one), its sets in order."""

    header: Segment
    claimed: int | None = None
    troubles: list[Trouble] = field(default_factory=list)
    refused: bool = False
    sets: list[SetOutcome] = field(default_factory=list)

    @property
    def functional(self) -> str:
        """GS01."""
        return element(self.header, 1)

    @property
    def control(self) -> str:
        """GS06."""
        return element(self.header, 6)

    @property
    def version(self) -> str:
        """GS08."""
        return element(self.header, 8)


@dataclass(slots=True)
class InterchangeOutcome:
    """One interchange with its groups."""

    header: Header
    troubles: list[Trouble] = field(default_factory=list)
    refused: bool = False
    groups: list[GroupOutcome] = field(default_factory=list)
