"""Fields to segments by a set's table, in the table's order; and fields made whole before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from milepost.codecs.x12.segments import Segment as Parts
from milepost.codecs.x12.sets import tree, views
from milepost.codecs.x12.sets.elements import MORE, given
from milepost.codecs.x12.sets.model import Fields, Slot, Table
from milepost.codecs.x12.sets.sharing import GROUP, OTHER
from milepost.codecs.x12.sets.totals import Total, filled

KEPT_EMPTY = ("elements",)  # lists in which an empty text has its place


def completed(slots: Table, totals: tuple[Total, ...], fields: Mapping[str, Any]) -> Fields:
    """Return ``fields`` as reading them would give: see SetGrammar.completed."""
    whole: Fields = _plain(fields)
    _complete(slots, whole)
    filled(totals, whole)
    return whole


def _plain(value: Any, name: str = "") -> Any:
    """Numbers as text, and without what says nothing."""
    if isinstance(value, Mapping):
        cleaned = {key: _plain(v, key) for key, v in value.items()}
        return {key: v for key, v in cleaned.items() if v not in (None, "", {}, [])}
    if isinstance(value, list | tuple):
        keep = name in KEPT_EMPTY or name.endswith("_parts")
        return [_plain(v) for v in value if keep or v not in (None, "")]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _complete(slots: Table, fields: Fields, but: Slot | None = None) -> None:
    for slot in slots:
        if slot is but:
            continue
        views.undo(slot, fields)
        if slot.shape == "loop":
            for item in fields.get(slot.name) or ():
                _complete(slot.slots, item)
        elif slot.shape == "spread":
            _complete_lines(slot, fields)
        elif slot.shape == "tree":
            _complete_tree(slot, fields)
        views.add(slot, fields)


def _complete_lines(slot: Slot, fields: Fields) -> None:
    inner = _inner(slot)
    counted = next((e.name for e in slot.segments[0].elements if e.counted), "")
    for ordinal, item in enumerate(fields.get(slot.name) or (), 1):
        if counted:
            item.setdefault(counted, str(ordinal))
        _complete(slot.slots, item, but=inner)
        _complete(inner.slots, item)


def _complete_tree(slot: Slot, fields: Fields) -> None:
    for name in (*tree.LEVELS.values(), tree.OTHERS):
        for item in fields.get(name) or ():
            _complete(slot.slots, item)
            _complete_tree(slot, item)


def _inner(slot: Slot) -> Slot:
    return next(s for s in slot.slots if s.shape == "loop" and s.name == slot.name)


def write(slots: Table, fields: Fields) -> list[Parts]:
    """Return the segments of whole ``fields``."""
    return list(_written(slots, fields))


def _written(slots: Table, fields: Fields, other: bool = True) -> Iterator[Parts]:
    for at, slot in enumerate(slots):
        yield from _placed(slot, slots.names[at], fields)
        if at == 0 and other:
            yield from _others(fields.get(OTHER))


def _others(others: Iterable[Fields] | None) -> Iterator[Parts]:
    for item in others or ():
        yield [str(item["segment"]), *(str(e) for e in item.get("elements") or ())]


def _placed(slot: Slot, names: frozenset[str], fields: Fields) -> Iterator[Parts]:
    table = slot.segments[0]
    if not slot.written:
        return
    if slot.shape == "flat":
        if slot.must or any(name in fields for name in names) or _beyond(table.id, fields):
            yield given(table, fields)
    elif slot.shape == "one":
        if slot.must or slot.name in fields:
            yield given(table, fields.get(slot.name) or {})
    elif slot.shape == "spread":
        yield from _grouped(slot, fields.get(slot.name) or [])
    elif slot.shape == "tree":
        yield from _branches(slot, fields)
    else:
        yield from _listed(slot, fields.get(slot.name) or [])


def _beyond(segment: str, fields: Fields) -> bool:
    return any(place.startswith(segment + "-") for place in fields.get(MORE) or ())


def _listed(slot: Slot, items: list[Fields]) -> Iterator[Parts]:
    if len(items) > slot.most:
        raise ValueError(f"{slot.segments[0].id}: {len(items)} {slot.name}, at most {slot.most} may be there")
    if slot.must and not items:
        raise ValueError(f"{slot.segments[0].id}: {slot.name} is missing")
    for item in items:
        yield given(_table_of(slot, item), item)
        if slot.shape == "loop":
            yield from _others(item.get(OTHER))
            yield from _written(slot.slots, item, other=False)


def _table_of(slot: Slot, item: Fields) -> Any:
    name = item.get("segment", "") if slot.shape == "many" else ""
    return next((table for table in slot.segments if table.id == name), slot.segments[0])


def _grouped(slot: Slot, items: list[Fields]) -> Iterator[Parts]:
    """Lines next to each other that share everything of their group are written under one."""
    inner = _inner(slot)
    outer = [names for s, names in zip(slot.slots, slot.slots.names, strict=True) if s is not inner]
    own = frozenset(e.name for e in slot.segments[0].elements).union(*outer, (GROUP + OTHER, GROUP + MORE))
    for _, lines in groupby(items, key=lambda item: {name: item[name] for name in own if name in item}):
        group = list(lines)
        shared = {name.removeprefix(GROUP): value for name, value in group[0].items() if name in own}
        yield given(slot.segments[0], shared)
        yield from _others(shared.get(OTHER))
        for s, names in zip(slot.slots, slot.slots.names, strict=True):
            yield from _listed(s, group) if s is inner else _placed(s, names, shared)


def _branches(slot: Slot, fields: Fields) -> Iterator[Parts]:
    for item in tree.walked(fields):
        yield given(slot.segments[0], item)
        yield from _others(item.get(OTHER))
        yield from _written(slot.slots, item, other=False)
