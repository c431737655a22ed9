"""A set's table made ready for reading: once for each set, so that a segment costs one look and not a search.

Nothing here knows more than the table: a plan only has at hand what the reader asks of it for every segment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from milepost.codecs.x12.sets.model import Element, Segment, Shape, Slot, Table
from milepost.codecs.x12.sets.values import check_of

Check = Callable[[str], bool] | None | bool
"""Of an element that is a field and no more: what says whether its value is right, None where any is. Else False."""

_ABSENCE_KEEPS = {"P": 1, "E": 2}  # a rule holds while fewer than so many of its elements are there


class Row(NamedTuple):
    """One element: its place, its field (empty for the value of a qualifier, taken with that), its check."""

    at: int
    name: str
    check: Check


@dataclass(frozen=True, slots=True)
class Layout:
    """A segment: a row for each element, and what is asked of it as a whole.

    ``rules``: from how many parts on (its id is one) a rule has to be looked at, its letter, its elements.
    """

    table: Segment
    rows: tuple[Row, ...]
    size: int
    asked: bool
    rules: tuple[tuple[int, str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Way:
    """A place where segments of one id may go: the slot's number and limit, and what becomes of such a segment.

    ``mark`` is its id where the list has segments of other ids too and this is not the usual one.
    """

    at: int
    most: int
    only: tuple[int, frozenset[str]] | None
    shape: Shape
    name: str
    mark: str
    layout: Layout
    slot: Slot
    inner: Plan | None


class Plan:
    """A table: the ways by segment id, the slots that must be used, those with views, the plans of its loops."""

    __slots__ = ("known", "required", "size", "spreads", "viewed", "ways")

    def __init__(self, slots: Table) -> None:
        inner = [Plan(slot.slots) if slot.slots or slot.shape in ("loop", "spread", "tree") else None for slot in slots]
        self.size = len(slots)
        self.known = slots.known
        self.ways = {
            name: tuple(_way(at, slots[at], name, inner[at]) for at in places) for name, places in slots.by_id.items()
        }
        self.required = tuple((at, slot) for at, slot in enumerate(slots) if slot.must)
        self.viewed = tuple((slot.name, slot) for slot in slots if slot.views)
        self.spreads = tuple(
            (at, slot, plan) for at, (slot, plan) in enumerate(zip(slots, inner, strict=True))
            if plan is not None and slot.shape == "spread"
        )  # fmt: skip


def _way(at: int, slot: Slot, name: str, inner: Plan | None) -> Way:
    table = next(one for one in slot.segments if one.id == name)
    mark = "" if table is slot.segments[0] or slot.shape != "many" else table.id
    return Way(at, slot.most, slot.only, slot.shape, slot.name, mark, layout(table), slot, inner)


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
