"""What a transaction set is made of, as data: elements in segments, segments and loops in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Fields = dict[str, Any]
Kind = Literal["", "n", "n2", "r", "d", "t", "x"]
"""Text, whole number, whole number with two decimals that are not written, decimal, date, time, composite."""

LONGEST = {  # characters of codes, by data element number: a longer one is no such code in any version
    26: 3, 40: 2, 66: 2, 98: 3, 100: 3, 128: 3, 140: 4, 156: 2, 163: 2, 176: 2, 188: 1, 235: 2, 353: 2, 355: 2, 374: 3,
    432: 3, 479: 2, 623: 2, 735: 2, 1650: 2, 1651: 3, 1652: 2,
}  # fmt: skip
MOST = 100_000  # of a segment or loop for which the standard names no smaller limit


class Element(NamedTuple):
    """One element of a segment: the field it is, and its data element number.

    ``pair``: a qualifier whose value is the next element; both together are one entry of the mapping ``name``.
    ``many``: one of several elements that together are the list ``name``. ``counted``: numbered by us where it is left
    out. ``codes``: the only values it may have, where the set cannot be understood otherwise.
    A name with a dot is a field of an object of that name.
    """

    name: str
    reference: int = 0
    kind: Kind = ""
    must: bool = False
    pair: bool = False
    many: bool = False
    counted: bool = False
    codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Segment:
    """Elements in their order. ``rules``: ``E0103`` only one of, ``R0102`` one at least, ``P0102`` all or none."""

    id: str
    elements: tuple[Element, ...]
    rules: tuple[str, ...] = ()
    open: bool = False
    """The standard has more elements than the table: these are kept in ``more`` without a word."""
    conditions: tuple[tuple[str, tuple[int, ...]], ...] = field(init=False, compare=False)
    """The rules, each as its letter and its elements."""
    musts: tuple[int, ...] = field(init=False, compare=False)
    values: tuple[int, ...] = field(init=False, compare=False)
    """Places of the elements that must be there, and of those that are values of the qualifier before them."""

    def __post_init__(self) -> None:
        values = tuple(at for at, _ in enumerate(self.elements) if at and self.elements[at - 1].pair)
        object.__setattr__(self, "values", values)
        rules = ((r[0], tuple(int(r[i : i + 2]) for i in range(1, len(r), 2))) for r in self.rules)
        object.__setattr__(self, "conditions", tuple(rules))
        object.__setattr__(self, "musts", tuple(at for at, e in enumerate(self.elements) if e.must))


class Maps(NamedTuple):
    """The same list once more as mappings by qualifier (the first of each), for easy paths; either may be written."""

    key: tuple[str, ...]
    maps: tuple[tuple[str, str], ...]


class First(NamedTuple):
    """A field of the first of a list that has it, lifted to the object the list is in."""

    name: str


class Named(NamedTuple):
    """A value that has a name of its own where its qualifier is one of ``codes``: an SSCC is a mark of kind GM."""

    name: str
    codes: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]


class Default(NamedTuple):
    """What a field of each item is where it is left out on writing: by the item's ``by`` field, else ``*``."""

    field: str
    values: dict[str, str]
    by: str = ""
    needed: str = ""


class Chosen(NamedTuple):
    """Fields of the item with this qualifier, by names of their own in the object around."""

    qualifier: str
    names: tuple[tuple[str, str], ...]


class Gathered(NamedTuple):
    """A list of each line, once more for all of them: each item once, where ``alike`` also those that say the same."""

    name: str
    alike: bool = True


View = Maps | First | Named | Default | Chosen | Gathered


Shape = Literal["flat", "one", "many", "loop", "spread", "tree"]


class Slot(NamedTuple):
    """A place in a set: which segments may stand there, how often, and what becomes of them.

    ``flat``: fields of the object around; ``one``: an object ``name``; ``many``: a list ``name``; ``loop``: a list of
    objects to which ``slots`` add; ``spread``: a loop whose own fields belong to each object of its inner loop
    ``name``; ``tree``: HL, each object under its parent's, in the list that ``levels`` names.
    """

    shape: Shape
    segments: tuple[Segment, ...]
    name: str = ""
    most: int = 1
    must: bool = False
    slots: Table = ()  # type: ignore[assignment]
    only: tuple[int, frozenset[str]] | None = None
    views: tuple[View, ...] = ()
    written: bool = True


class Table(tuple[Slot, ...]):
    """Places in their order, and what is asked of them all the time: where an id may stand, which fields are whose.

    ``known`` has every segment id of these places and of all below them.
    """

    by_id: dict[str, tuple[int, ...]]
    known: frozenset[str]
    names: tuple[frozenset[str], ...]

    def __new__(cls, slots: Iterable[Slot]) -> Table:
        self = super().__new__(cls, slots)
        self.by_id = {}
        for at, slot in enumerate(self):
            for table in slot.segments:
                self.by_id[table.id] = (*self.by_id.get(table.id, ()), at)
        self.known = frozenset(self.by_id).union(*(slot.slots.known for slot in self if slot.slots))
        self.names = tuple(frozenset(_names(slot)) for slot in self)
        return self


def _names(slot: Slot) -> Iterator[str]:
    """The fields that a place gives to the object around it."""
    if slot.shape == "flat":
        for element in slot.segments[0].elements:
            yield element.name.partition(".")[0]
            if element.pair:
                yield "more_" + element.name
            if element.kind == "x":
                yield element.name + "_parts"
        return
    yield slot.name
    for view in slot.views:
        if isinstance(view, Maps):
            yield from (name for name, _ in view.maps)
        elif isinstance(view, First | Gathered):
            yield view.name
        elif isinstance(view, Chosen):
            yield from (name for name, _ in view.names)
