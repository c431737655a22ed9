"""What an object says twice: a list in full, and by qualifier or lifted out of it for easy paths; and back again."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from functools import partial
from typing import Any

from milepost.codecs.x12.sets.model import Chosen, Default, Fields, First, Gathered, Maps, Named, Slot, View

Add = Callable[[list[Fields], Fields], None]


def add(slot: Slot, fields: Fields) -> None:
    """Add the slot's views of its list to ``fields``."""
    items = fields.get(slot.name)
    if not items:
        return
    for add_one in adding(slot):
        add_one(items, fields)


def adding(slot: Slot) -> tuple[Add, ...]:
    """Return what adds the views of the slot's list: values named by their qualifiers in one go, then each other."""
    names: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
    for view in slot.views:
        if isinstance(view, Named):
            names.setdefault(view.pairs, {}).update(dict.fromkeys(view.codes, view.name))
    named = [partial(_name, pairs, by_code) for pairs, by_code in names.items()]
    return (*named, *(partial(_ADDED[type(view)], view) for view in slot.views if type(view) in _ADDED))


def _lift(view: First, items: Iterable[Fields], fields: Fields) -> None:
    for item in items:
        if view.name in item:
            fields.setdefault(view.name, item[view.name])
            return


def _map(view: Maps, items: Iterable[Fields], fields: Fields) -> None:
    for item in items:
        key = next((item[k] for k in view.key if k in item), None)
        if key is None:
            continue
        for name, field in view.maps:
            if field in item:
                fields.setdefault(name, {}).setdefault(key, item[field])


def _name(pairs: tuple[tuple[str, str], ...], by_code: dict[str, str], items: Iterable[Fields], _: Fields) -> None:
    for item in items:
        for qualifier, value in pairs:
            if qualifier in item and value in item and item[qualifier] in by_code:
                item.setdefault(by_code[item[qualifier]], item[value])


def _choose(view: Chosen, items: Iterable[Fields], fields: Fields) -> None:
    for item in items:
        if item.get("qualifier") == view.qualifier:
            fields.update({name: item[field] for name, field in view.names if field in item})
            return


def _gather(view: Gathered, items: Iterable[Fields], fields: Fields) -> None:
    known: dict[Hashable, Fields] = {}
    for item in items:
        for inner in item.get(view.name) or ():
            known.setdefault(_content(inner) if view.alike else id(inner), inner)
    if known:
        fields[view.name] = list(known.values())


def _content(item: Fields) -> Hashable:
    """What tells one item from another: most are texts alone."""
    try:
        return frozenset(item.items())
    except TypeError:
        return repr(sorted(item.items(), key=str))


_ADDED: dict[type[View], Callable[[Any, Iterable[Fields], Fields], None]] = {
    First: _lift, Maps: _map, Chosen: _choose, Gathered: _gather,
}  # fmt: skip


def undo(slot: Slot, fields: Fields) -> None:
    """Make the slot's list of its views where ``fields`` has only these, as a dialect writes them."""
    for view in slot.views:
        if slot.name not in fields and isinstance(view, First | Maps):
            items = _lowered(view, fields) if isinstance(view, First) else _unmapped(view, fields)
            if items:
                fields[slot.name] = items
    for view in slot.views:
        if isinstance(view, Chosen):
            _unchosen(view, slot.name, fields)
        elif isinstance(view, Gathered):
            _ungathered(view, slot.name, fields)
    for view in slot.views:
        if slot.name in fields and isinstance(view, Named):
            fields[slot.name] = [_qualified(view, item) for item in fields[slot.name]]
        elif slot.name in fields and isinstance(view, Default):
            fields[slot.name] = [_defaulted(view, item) for item in fields[slot.name]]


def _lowered(view: First, fields: Fields) -> list[Fields]:
    return [{view.name: fields[view.name]}] if view.name in fields else []


def _unmapped(view: Maps, fields: Fields) -> list[Fields]:
    items: dict[str, Fields] = {}
    for name, field in view.maps:
        for key, value in (fields.get(name) or {}).items():
            items.setdefault(key, {view.key[0]: key})[field] = value
    return list(items.values())


def _unchosen(view: Chosen, name: str, fields: Fields) -> None:
    said = {field: fields[own] for own, field in view.names if own in fields}
    if said and not any(item.get("qualifier") == view.qualifier for item in fields.get(name) or ()):
        fields[name] = [*(fields.get(name) or ()), {"qualifier": view.qualifier, **said}]


def _ungathered(view: Gathered, name: str, fields: Fields) -> None:
    """What no line has is the first one's: the standard has no place for it above the lines."""
    items = fields.get(name) or ()
    if items and fields.get(view.name) and not any(item.get(view.name) for item in items):
        items[0][view.name] = fields[view.name]


def _qualified(view: Named, item: Fields) -> Fields:
    qualifier, value = view.pairs[0]
    if view.name in item and qualifier not in item and value not in item:
        return {**item, qualifier: view.codes[0], value: item[view.name]}
    return item


def _defaulted(view: Default, item: Fields) -> Fields:
    if view.field in item or (view.needed and view.needed not in item):
        return item
    value = view.values.get(item.get(view.by, ""), view.values.get("*", ""))
    return {**item, view.field: value} if value else item
