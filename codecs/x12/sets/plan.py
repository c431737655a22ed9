"""A set's table made ready for reading: once for each set, so that a segment costs one look and not a search.

Nothing here knows more than the table: a plan only has at hand what the reader asks of it for every segment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from milepost.codecs.x12.sets import views
from milepost.codecs.x12.sets.model import Element, Fields, Segment, Shape, Slot, Table
from milepost.codecs.x12.sets.values import check_of

Check = Callable[[str], bool] | None | bool
"""Of an element that is a field and no more: what says whether its value is right, None where any is. Else False."""
Recipe = Callable[[list[str]], Fields | None]

_ABSENCE_KEEPS = {"P": 1, "E": 2}  # a rule holds while fewer than so many of its elements are there


class Row(NamedTuple):
    """One element: its place, its field (empty for the value of a qualifier, taken with that), its check."""

    at: int
    name: str
    check: Check


@dataclass(frozen=True, slots=True)
class Layout:
    """A segment: a row for each element, and what is asked of it as a whole.

    ``rules``: from how many parts on (its id is one) a rule has to be looked at, its letter, its elements. ``forms``
    is what recipes.py finds out: by which elements are there; ``last``: the last one by how many parts there are.
    """

    table: Segment
    rows: tuple[Row, ...]
    size: int
    asked: bool
    rules: tuple[tuple[int, str, tuple[int, ...]], ...]
    forms: dict[tuple[bool, ...], Recipe] = field(default_factory=dict, compare=False)
    last: dict[int, Recipe] = field(default_factory=dict, compare=False)


@dataclass(slots=True, eq=False)
class Way:
    """A place where segments of one id may go: how deep, which slot, and what becomes of such a segment.

    ``mark`` is its id where the list has segments of other ids too and this is not the usual one. ``joins``: its object
    goes into the list around the group it is in. ``listed``: it is one of a list. ``viewed``: what is there is said a
    second time. ``inner``: the plan of the loop it begins.
    """

    depth: int
    at: int
    most: int
    only: tuple[int, frozenset[str]] | None
    shape: Shape
    name: str
    mark: str
    joins: bool
    listed: bool
    viewed: bool
    layout: Layout
    slot: Slot
    inner: Plan | None = None

    @property
    def group(self) -> Plan:
        """The plan of a way that begins a loop."""
        assert self.inner is not None
        return self.inner


class Plan:
    """A table: the ways by segment id (``paths``: with those of the tables around it behind its own), and its slots.

    ``required`` are the slots that must be used, ``viewed`` what adds the views of a list, by its name; ``spreads``
    are the ways into groups.
    """

    __slots__ = ("known", "paths", "required", "spreads", "unused", "viewed", "ways")

    def __init__(self, slots: Table, depth: int = 0, of: Slot | None = None, around: Plan | None = None) -> None:
        self.unused = [0] * len(slots)
        self.known = slots.known
        self.required = tuple((at, slot) for at, slot in enumerate(slots) if slot.must)
        self.viewed = tuple((slot.name, views.adding(slot)) for slot in slots if slot.views)
        self.ways = {
            name: tuple(_way(depth, slots, at, name, of) for at in places) for name, places in slots.by_id.items()
        }
        self.spreads = tuple(way for ways in self.ways.values() for way in ways if way.shape == "spread")
        outer: dict[str, tuple[Way, ...]] = around.paths if around is not None else {}
        self.paths: dict[str, tuple[Way, ...]] = {
            name: self.ways.get(name, ()) + outer.get(name, ()) for name in (*self.ways, *outer)
        }
        for way in (way for ways in self.ways.values() for way in ways):
            if way.shape in ("loop", "spread", "tree"):
                way.inner = Plan(way.slot.slots, depth + 1, way.slot, self)


def _way(depth: int, slots: Table, at: int, name: str, of: Slot | None) -> Way:
    slot = slots[at]
    table = next(one for one in slot.segments if one.id == name)
    return Way(
        depth=depth,
        at=at,
        most=slot.most,
        only=slot.only,
        shape=slot.shape,
        name=slot.name,
        mark="" if table is slot.segments[0] or slot.shape != "many" else table.id,
        joins=slot.shape == "loop" and of is not None and of.shape == "spread" and of.name == slot.name,
        listed=slot.shape in ("many", "loop"),
        viewed=any(one.views and one.name in slots.names[at] for one in slots),
        layout=layout(table),
        slot=slot,
    )


@cache
def layout(table: Segment) -> Layout:
    """Return a segment's table made ready."""
    rows = tuple(_row(table, at, element) for at, element in enumerate(table.elements))
    rules = tuple((_needed(letter, numbers), letter, numbers) for letter, numbers in table.conditions)
    return Layout(table, rows, len(rows), bool(table.musts or table.values or rules), rules)


def _row(table: Segment, at: int, element: Element) -> Row:
    if at in table.values:
        return Row(at, "", False)
    special = element.pair or element.many or element.kind == "x" or "." in element.name
    return Row(at, element.name, False if special else check_of(element))


def _needed(letter: str, numbers: tuple[int, ...]) -> int:
    """How many parts a segment has at least when it breaks the rule."""
    return sorted(numbers)[_ABSENCE_KEEPS[letter] - 1] + 1 if letter in _ABSENCE_KEEPS else 0
