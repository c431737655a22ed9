"""Documents of a set made of nothing but its table: what it allows, the writer must write and the reader read."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from milepost.codecs.x12.sets import tree
from milepost.codecs.x12.sets.grammar import SetGrammar
from milepost.codecs.x12.sets.model import LONGEST, Element, Fields, Segment, Slot, Table

Draw = Callable[[st.SearchStrategy[Any]], Any]

_TEXT = st.text(string.ascii_uppercase + string.digits + "ÄÖ-./ ", min_size=1, max_size=12).map(
    lambda text: text.strip() or "X"
)
_VALUES: dict[str, st.SearchStrategy[str]] = {
    "n": st.integers(0, 999_999).map(str),
    "n2": st.integers(-99_999, 999_999).map(str),
    "r": st.one_of(
        st.integers(-9_999, 99_999).map(str), st.integers(0, 9_999).map(lambda n: f"{n // 100}.{n % 100:02d}")
    ),
    "d": st.dates().map(lambda day: f"{day:%Y%m%d}".rjust(8, "0")),
    "t": st.times().map(lambda time: f"{time:%H%M}"),
}
OPTIONAL_MAX = 4  # optional places of one object that are filled


@st.composite
def documents(draw: Draw, grammar: SetGrammar) -> Fields:
    """Return a document of the set. A total that must be there and can't be told from the rest is any number."""
    fields = _object(draw, grammar.table, 0)
    for total in grammar.totals:
        said = fields.pop(total.name, None)
        if said is not None and not total.of(fields):
            fields[total.name] = said
    if grammar.check is not None:
        _agreeing(fields)
    return fields


def _agreeing(fields: Fields) -> None:
    """An acknowledgement counts what it lists."""
    words = [one["status"] for one in fields.get("sets") or ()]
    taken = sum(word in ("A", "E") for word in words)
    fields["counts"] = {"included": str(len(words)), "received": str(len(words)), "accepted": str(taken)}
    fields["status"] = "P" if 0 < taken < len(words) else "A" if taken else "R"


def _object(draw: Draw, table: Table, depth: int) -> Fields:
    fields: Fields = {}
    free = [at for at, slot in enumerate(table) if not slot.must and slot.written]
    chosen = draw(st.sets(st.sampled_from(free), max_size=OPTIONAL_MAX)) if free and depth < 4 else set()
    for at, slot in enumerate(table):
        if (slot.must or at in chosen) and _after_its_first(table, at, fields):
            _fill(draw, slot, fields, depth)
    return fields


def _after_its_first(table: Table, at: int, fields: Fields) -> bool:
    """The second place of a segment is reached only when the first is taken."""
    before = [i for i in table.by_id[table[at].segments[0].id] if i < at and table[i].shape == "flat"]
    return all(table.names[i] & fields.keys() for i in before)


def _fill(draw: Draw, slot: Slot, fields: Fields, depth: int) -> None:
    if slot.shape == "flat":
        fields.update(_segment(draw, slot.segments[0]))
    elif slot.shape == "one":
        fields[slot.name] = _segment(draw, slot.segments[0])
    elif slot.shape == "many":
        fields[slot.name] = [_item(draw, slot) for _ in range(draw(st.integers(1, min(2, slot.most))))]
    elif slot.shape == "tree":
        _grow(draw, slot, fields, depth, 3)
    elif slot.shape == "spread":
        inner = next(s for s in slot.slots if s.name == slot.name and s.shape == "loop")
        outer = Table(s for s in slot.slots if s is not inner)
        fields[slot.name] = [
            {**_round(draw, inner, depth), **_object(draw, outer, depth + 1), **_segment(draw, slot.segments[0])}
            for _ in range(draw(st.integers(1, 3)))
        ]
    else:
        fields[slot.name] = [_round(draw, slot, depth) for _ in range(draw(st.integers(1, min(2, slot.most))))]


def _item(draw: Draw, slot: Slot) -> Fields:
    table = draw(st.sampled_from(slot.segments))
    item = _segment(draw, table)
    return item if table is slot.segments[0] else {**item, "segment": table.id}


def _round(draw: Draw, slot: Slot, depth: int) -> Fields:
    head = _segment(draw, slot.segments[0])
    if slot.only:
        head[slot.segments[0].elements[slot.only[0] - 1].name] = draw(st.sampled_from(sorted(slot.only[1])))
    return {**head, **_object(draw, slot.slots, depth + 1)}


def _grow(draw: Draw, slot: Slot, fields: Fields, depth: int, levels: int) -> None:
    names = draw(st.sets(st.sampled_from([*tree.LEVELS.values(), tree.OTHERS]), min_size=1, max_size=2))
    for name in sorted(names):
        items = [_round(draw, slot, depth + 1) for _ in range(draw(st.integers(1, 2)))]
        for item in items:
            for hidden in ("hl", "hl_parent", "hl_children", *(["level"] if name != tree.OTHERS else [])):
                item.pop(hidden, None)
            if name == tree.OTHERS:
                item["level"] = draw(st.sampled_from(["K", "F", "Q"]))
            if levels > 1 and draw(st.booleans()):
                _grow(draw, slot, item, depth + 1, levels - 1)
        fields[name] = items


def _segment(draw: Draw, table: Segment) -> Fields:
    """At least one element, all that must be there, and the rules kept."""
    elements = table.elements
    singles = [i for i, e in enumerate(elements) if not e.pair and not (i and elements[i - 1].pair)]
    taken = {i for i in singles if elements[i].must}
    taken |= draw(st.sets(st.sampled_from(singles), max_size=5)) if singles else set()
    pairs = [e for e in elements if e.pair]
    if not taken and not pairs:
        taken = {singles[0]}
    taken = _ruled(table, taken)
    fields: Fields = {}
    for i in sorted(taken):
        _put(draw, elements[i], fields)
    for name in {e.name for e in pairs}:
        room = sum(1 for e in pairs if e.name == name)
        least = 1 if any(e.must for e in pairs) or not taken else 0
        found = draw(st.dictionaries(_code(pairs[0].reference), _TEXT, min_size=least, max_size=min(room, 3)))
        if found:
            fields[name] = found
    return fields


def _ruled(table: Segment, taken: set[int]) -> set[int]:
    for rule in table.rules * 2:
        places = [int(rule[i : i + 2]) - 1 for i in range(1, len(rule), 2)]
        there = [p for p in places if p in taken]
        if rule[0] == "E":
            taken -= set(there[1:])
        elif rule[0] == "R" and not there:
            taken |= {places[0]}
        elif rule[0] == "P" and there:
            taken |= set(places)
    return taken


def _put(draw: Draw, element: Element, fields: Fields) -> None:
    if element.many:
        value: Any = [*fields.get(element.name, ()), draw(_TEXT)]
    elif element.codes:
        value = draw(st.sampled_from(sorted(element.codes)))
    elif element.kind in _VALUES:
        value = draw(_VALUES[element.kind])
    elif element.kind == "x" and draw(st.booleans()):
        parts = ["", *draw(st.lists(_TEXT, min_size=1, max_size=2))] if draw(st.booleans()) else ["PC", draw(_TEXT)]
        fields[element.name + "_parts"] = parts
        value = next(part for part in parts if part)
    else:
        value = draw(_code(element.reference))
    holder, _, name = element.name.rpartition(".")
    (fields.setdefault(holder, {}) if holder else fields)[name] = value


def _code(reference: int) -> st.SearchStrategy[str]:
    longest = LONGEST.get(reference)
    return _TEXT if longest is None else st.text(string.ascii_uppercase, min_size=1, max_size=longest)
