"""Segments as they usually come: partners fill the same elements of a segment over and over.

What becomes of a segment depends on which of its elements are there (its form) and on whether their values are right.
So a form is looked at once, by the rules of elements.py, and a function is compiled for it, as for a named tuple: from
the table's names and places alone, never from what a partner sent. Whatever is odd goes through elements.py one element
at a time, which tells what is wrong; that both say the same is a law of its own (test_recipes.py).
"""

from __future__ import annotations

from typing import Any, cast

from milepost.codecs.x12.sets import elements
from milepost.codecs.x12.sets.model import LONGEST, Fields
from milepost.codecs.x12.sets.plan import Layout, Recipe, Row
from milepost.codecs.x12.sets.values import DIGITS_MAX

FORMS_MAX = 64  # kept of one segment; whoever fills it in more ways than that is read all the same


def usual(layout: Layout, parts: list[str]) -> Fields | None:
    """Return what ``elements.taken`` would make of ``parts``, None where that has something to tell, or more to do."""
    last = layout.last.get(len(parts))
    if last is not None:
        fields = last(parts)
        if fields is not None:
            return fields
    form = tuple(map(bool, parts))
    recipe = layout.forms.get(form)
    if recipe is None:
        if len(layout.forms) >= FORMS_MAX:
            return None
        recipe = layout.forms[form] = _recipe(layout, parts)
    layout.last[len(parts)] = recipe
    return recipe(parts)


def _recipe(layout: Layout, parts: list[str]) -> Recipe:
    """Return the function for segments of the same form as ``parts``: their fields, None where a value is odd."""
    of = layout.table.elements
    named = [row for row, value in zip(layout.rows, parts[1:], strict=False) if value and row.name]
    if any(row.check is False and not of[row.at].pair for row in named) or _is_odd(layout, parts):
        return _by_elements
    pairs = {row.name: [r.at + 1 for r in named if r.name == row.name] for row in named if of[row.at].pair}
    entries = {row.name: _mapping(pairs[row.name]) if row.name in pairs else f"p{row.at + 1}" for row in named}
    there = [f"p{at}" if value else f"not p{at}" for at, value in enumerate(parts)]
    right = [_right(layout, row) for row in named if row.check]
    source = _SOURCE.format(
        names=", ".join(f"p{at}" for at in range(len(parts))),
        test=" and ".join(there + right),
        fields=", ".join(f"{name!r}: {value}" for name, value in entries.items()),
        lost=" or ".join(f"len(fields[{name!r}]) < {len(at)}" for name, at in pairs.items() if at[1:]) or "False",
    )
    scope: dict[str, Any] = {f"check{row.at + 1}": row.check for row in named}
    exec(source, scope)
    return cast(Recipe, scope["recipe"])


_SOURCE = """
def recipe(parts):
    [{names}] = parts
    if {test}:
        fields = {{{fields}}}
        return None if {lost} else fields
    return None
"""


def _mapping(places: list[int]) -> str:
    """Qualifiers and their values; one that is there twice is lost, and then it is no usual segment."""
    return "{" + ", ".join(f"p{at}: p{at + 1}" for at in places) + "}"


def _right(layout: Layout, row: Row) -> str:
    """The check of an element, what is usual before all else."""
    element, value = layout.table.elements[row.at], f"p{row.at + 1}"
    check = f"check{row.at + 1}({value})"
    if element.codes or element.kind in ("d", "t"):
        return check
    if element.kind:
        return f"({value}.isascii() and {value}.isdigit() and len({value}) <= {DIGITS_MAX} or {check})"
    return f"len({value}) <= {LONGEST[element.reference]}"


def _is_odd(layout: Layout, parts: list[str]) -> bool:
    """Say whether the form itself is something to tell, whatever the values are."""
    told: list[object] = []
    elements.missing(layout, parts, {}, lambda *what, **_: told.append(what))
    return bool(told) or len(parts) > layout.size + 1


def _by_elements(parts: list[str]) -> None:
    """No recipe."""
