"""How tables of segments and places are written down: a few words for each element, one call for each place."""

from __future__ import annotations

import re
from typing import cast

from milepost.codecs.x12.sets.model import MOST, Element, Gathered, Kind, Segment, Slot, Table, View

_ELEMENT = re.compile(
    r"(?P<name>[a-z_.]+)(?P<many>\[\])?(?:~(?P<key>\d+)/(?P<value>\d+)|:(?P<de>\d+)(?P<kind>n2|[nrdtx])?)?"
    r"(?P<must>!)?(?P<counted>#)?(?:=(?P<codes>[A-Z0-9,]+))?(?:\*(?P<times>\d+))?"
)


def segment(id: str, elements: str, rules: str = "") -> Segment:
    """Return a segment by its table: ``name:reference`` for each element, then kind, ``!`` must, ``#`` counted.

    ``=A,B`` its codes; ``name[]`` is one of a list, ``name~235/234`` a qualifier and value, ``*3`` three times over; a
    ``+`` at the end leaves the segment open.
    """
    words = elements.split()
    named = tuple(e for word in words if word != "+" for e in _elements(word))
    return Segment(id, named, tuple(rules.split()), "+" in words)


def _elements(word: str) -> list[Element]:
    found = _ELEMENT.fullmatch(word)
    if found is None:
        raise ValueError(f"{word!r} is no element")
    part = found.groupdict()
    codes = frozenset((part["codes"] or "").split(",")) - {""}
    if part["key"]:
        each = [
            Element(part["name"], int(part["key"]), pair=True, must=bool(part["must"])),
            Element(part["name"], int(part["value"]), must=bool(part["must"])),
        ]
    else:
        each = [
            Element(part["name"], int(part["de"] or 0), cast(Kind, part["kind"] or ""), bool(part["must"]), False,
                    bool(part["many"]), bool(part["counted"]), codes)
        ]  # fmt: skip
    return each * int(part["times"] or 1)


def flat(of: Segment, *, must: bool = False) -> Slot:
    """Return a place whose elements are fields of the object around it."""
    return Slot("flat", (of,), must=must)


def one(name: str, of: Segment, *, must: bool = False) -> Slot:
    """Return a place for one segment that is an object of its own."""
    return Slot("one", (of,), name, must=must)


def many(name: str, *of: Segment, most: int = MOST, views: tuple[View, ...] = ()) -> Slot:
    """Return a place for segments that together are a list; where several kinds fit, the first is written."""
    return Slot("many", of, name, most, views=views)


def loop(
    name: str,
    of: Segment,
    *slots: Slot,
    most: int = MOST,
    must: bool = False,
    only: tuple[int, str] | None = None,
    written: bool = True,
) -> Slot:
    """Return a loop: it begins with ``of``, if ``only`` where that element is one of these codes."""
    codes = (only[0], frozenset(only[1].split())) if only else None
    return Slot("loop", (of,), name, most, must, Table(slots), codes, written=written)


def spread(name: str, of: Segment, *slots: Slot, must: bool = False, gathered: Gathered | str = "") -> Slot:
    """Return a loop that only groups the objects of its inner loop ``name``."""
    view = Gathered(gathered) if isinstance(gathered, str) else gathered
    views: tuple[View, ...] = (view,) if view.name else ()
    return Slot("spread", (of,), name, MOST, must, Table(slots), views=views)


def hierarchy(of: Segment, *slots: Slot) -> Slot:
    """Return the place of an HL hierarchy: every level may have the same segments."""
    return Slot("tree", (of,), most=200_000, must=True, slots=Table(slots))
