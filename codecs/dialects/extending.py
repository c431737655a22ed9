"""A file and what it extends as one: mappings merged key by key, messages and instructions by their names."""

from __future__ import annotations

from collections.abc import Mapping

from milepost.codecs.dialects.naming import LET
from milepost.codecs.dialects.near import did_you_mean
from milepost.codecs.dialects.yaml_lines import Node, Problems

EXTENDS_MAX = 20  # files that one file is made of
BASE = "base/"
_BY_NAME = {"messages": "name", "instructions": "of"}


def extended(name: str, files: Mapping[str, Node], problems: Problems) -> Node:
    """Return the file ``name`` (``acme.yaml``) with all it extends; ``files`` by their path. Problems are said."""
    merged = Node({}, files[name].file, 1)
    for part in _parts(name, files, problems, (name,)):
        _merge(merged, files[part], problems)
    return merged


def _parts(name: str, files: Mapping[str, Node], problems: Problems, way: tuple[str, ...]) -> list[str]:
    """The files to merge, in order, ``name`` last; each once, where it is first needed."""
    node = (files[name].entries or {}).get("extends")
    wanted = [] if node is None else [node] if node.text is not None else (node.items or [])
    if node is not None and node.entries is not None:
        problems.add(node, "extends: a name or a list of names")
    parts: list[str] = []
    for one in wanted:
        found = _file(one.text or "", files)
        if found is None:
            known = [path.removeprefix(BASE).removesuffix(".yaml") for path in files]
            problems.add(one, f"extends: there is no {one.text or 'such'}.yaml{did_you_mean(one.text or '', known)}")
        elif found in way:
            problems.add(one, f"extends: a loop: {' -> '.join((*way[way.index(found) :], found))}")
        elif len(way) < EXTENDS_MAX:
            parts += [part for part in _parts(found, files, problems, (*way, found)) if part not in parts]
        else:
            problems.add(one, f"extends: more than {EXTENDS_MAX} files deep")
    return [*parts, name]


def _file(name: str, files: Mapping[str, Node]) -> str | None:
    return next((path for path in (f"{BASE}{name}.yaml", f"{name}.yaml") if path in files), None)


def _merge(into: Node, other: Node, problems: Problems) -> None:
    target, entries = into.entries, other.entries
    assert target is not None
    assert entries is not None
    for key, node in entries.items():
        present = target.get(key)
        if key in _BY_NAME and node.items is not None:
            base = present.items if present is not None and present.items is not None else []
            target[key] = Node(_named(base, node.items, _BY_NAME[key], problems), node.file, node.line)
        elif present is not None and present.entries is not None and node.entries is not None and not _whole(node):
            merged = Node(dict(present.entries), node.file, node.line)
            if key == LET:  # a name means the new thing, never half of the old one
                merged.value = {**present.entries, **node.entries}
            else:
                _merge(merged, node, problems)
            target[key] = merged
        else:
            target[key] = node


def _whole(node: Node) -> bool:
    """Say whether a mapping is an expression: that is replaced, never mixed with another."""
    return "as" in (node.entries or {})


def _named(base: list[Node], more: list[Node], by: str, problems: Problems) -> list[Node]:
    """Each entry has a name; the same name again replaces, in its place; ``drop: true`` removes."""
    names = [_name(one, by) for one in base]
    found = list(base)
    own: set[str] = set()
    for one in more:
        name = _name(one, by)
        if name and name in own:
            problems.add(one, f"{by}: {name} stands twice in one file; a second needs a `name` of its own")
        own.add(name)
        dropped = (one.entries or {}).get("drop")
        if dropped is not None:
            if name not in names or dropped.text != "true":
                text = "drop is `true` or not there" if dropped.text != "true" else f"there is no {name} to drop"
                problems.add(dropped, text + ("" if name in names else did_you_mean(name, names)))
                continue
            found.pop(names.index(name))
            names.remove(name)
        elif name in names and name:
            found[names.index(name)] = one
        else:
            found.append(one)
            names.append(name)
    return found


def _name(node: Node, by: str) -> str:
    entries = node.entries or {}
    named = entries.get("name") or entries.get(by)
    return (named.text or "") if named is not None else ""
