"""A code list of X12 as data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Code(NamedTuple):
    """What a code means: ``sense``, one word of a small set for the list, and ``text``, in our words."""

    sense: str
    text: str


class CodeList(NamedTuple):
    """The codes of one data element. ``element`` is its number; a dialect's status map must speak of each code."""

    element: int
    title: str
    codes: Mapping[str, Code]

    @property
    def senses(self) -> frozenset[str]:
        """Every sense that some code has."""
        return frozenset(code.sense for code in self.codes.values())


def listed(element: int, title: str, text: str) -> CodeList:
    """Return the list of ``text``: code, sense and meaning on each line. ValueError if a code comes twice."""
    codes: dict[str, Code] = {}
    for line in text.strip().splitlines():
        code, sense, meaning = line.split(maxsplit=2)
        if code in codes:
            raise ValueError(f"{element}: {code} is there twice")
        codes[code] = Code(sense, meaning)
    return CodeList(element, title, MappingProxyType(codes))
