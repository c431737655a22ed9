"""How a vendor's payload differs from what it was: fields added, removed, of another type (S49).

A shape is the fields of a payload by their paths, lists by ``[]``: ``$.events[].id``. It is taken from a JSON Schema or
from a sample, and says of each field its types and whether it was always there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from milepost.codecs.documents import DEPTH_MAX

DIFFERENCES_MAX = 50
SHAPE_MAX = 20_000  # fields of one shape; a schema that refers to itself is followed no further
ANY = frozenset[str]()


class Field(NamedTuple):
    """``types`` are those of JSON Schema; empty where any will do. ``open``: may have fields that nobody named."""

    types: frozenset[str] = ANY
    required: bool = False
    open: bool = False


Shape = Mapping[str, Field]


class Difference(NamedTuple):
    """``added``: ``was`` is empty; ``removed``: ``now`` is; ``changed``: types before and now (``string or null``)."""

    kind: Literal["added", "removed", "changed"]
    path: str
    was: str
    now: str

    def __str__(self) -> str:
        what = {"added": self.now, "removed": self.was, "changed": f"{self.was}, now {self.now}"}[self.kind]
        return f"{self.kind} {self.path} ({what or 'any'})"


def between(expected: Shape, found: Shape) -> tuple[Difference, ...]:
    """Return how ``found`` (a value's shape) differs from ``expected``; below a field that differs, nothing more."""
    differences: list[Difference] = []
    for kind, path in _paths(expected, found):
        if len(differences) == DIFFERENCES_MAX:
            break
        if any(_below(path, other.path) for other in differences if other.kind == kind or other.kind == "changed"):
            continue
        was, now = expected.get(path, Field()).types, found.get(path, Field()).types
        differences.append(Difference(kind, path, _named(was), _named(now)))
    return tuple(differences)


def _paths(expected: Shape, found: Shape) -> Iterator[tuple[Literal["added", "removed", "changed"], str]]:
    for path, field in found.items():
        if path not in expected:
            if not _is_open(expected, path):
                yield "added", path
        elif field.types and expected[path].types and not _fit(expected[path].types, field.types):
            yield "changed", path
    for path, field in expected.items():
        # A list without items lacks nothing.
        if field.required and path not in found and _parent(path) in found and not path.endswith("[]"):
            yield "removed", path


def _fit(expected: frozenset[str], found: frozenset[str]) -> bool:
    wider = expected | {"integer"} if "number" in expected else expected
    return found <= wider


def _is_open(expected: Shape, path: str) -> bool:
    """Say whether new fields are nothing new at ``path``: its nearest known holder is open, or of any type."""
    while (path := _parent(path)) not in expected:
        if path == "$":
            return True
    return expected[path].open


def _parent(path: str) -> str:
    if path.endswith("[]"):
        return path[:-2]
    return path[: path.rfind(".")] if "." in path else "$"


def _below(path: str, other: str) -> bool:
    return path.startswith((other + ".", other + "[]"))


def _named(types: frozenset[str]) -> str:
    return " or ".join(sorted(types))


def of_sample(value: Any) -> dict[str, Field]:
    """Return the shape of a value: fields of a list's items are required where every item has them."""
    shape: dict[str, Field] = {}
    _add_sample(shape, "$", [value], True)
    return shape


def _add_sample(shape: dict[str, Field], path: str, values: list[Any], required: bool) -> None:
    # A null says that the field is there, and nothing of its type.
    types = frozenset(_type(value) for value in values)
    shape[path] = Field(types if types != {"null"} else ANY, required, open=False)
    objects = [value for value in values if isinstance(value, dict)]
    for name in dict.fromkeys(name for value in objects for name in value):
        having = [value[name] for value in objects if name in value]
        if len(shape) < SHAPE_MAX:
            _add_sample(shape, f"{path}.{name}", having, len(having) == len(objects))
    items = [item for value in values if isinstance(value, list) for item in value]
    if items and len(shape) < SHAPE_MAX:
        _add_sample(shape, f"{path}[]", items, True)


def _type(value: Any) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}
    return names.get(type(value), "null")


def of_schema(schema: Any) -> dict[str, Field]:
    """Return the shape that a JSON Schema (draft 4 to 7, local references only) describes."""
    shape: dict[str, Field] = {}
    _add_schema(shape, "$", schema, schema, True, 0)
    return shape


def _add_schema(shape: dict[str, Field], path: str, schema: Any, root: Any, required: bool, depth: int) -> None:
    parts = list(_parts(schema, root, 0)) if isinstance(schema, dict) else []
    types = frozenset(name for part in parts for name in _types(part))
    properties: dict[str, list[Any]] = {}
    for part in parts:
        for name, inner in _mapping(part, "properties").items():
            properties.setdefault(name, []).append(inner)
    names_none = not properties and (not types or "object" in types)
    wild = any(isinstance(part.get("additionalProperties"), dict) or "patternProperties" in part for part in parts)
    shape[path] = Field(types, required, open=names_none or wild)
    if depth > DEPTH_MAX or len(shape) >= SHAPE_MAX:
        return
    always = {name for part in parts if part is not None for name in _list(part, "required") if isinstance(name, str)}
    for name, inners in properties.items():
        inner = inners[0] if len(inners) == 1 else {"anyOf": inners}
        _add_schema(shape, f"{path}.{name}", inner, root, name in always, depth + 1)
    items = [part["items"] for part in parts if isinstance(part.get("items"), dict)]
    if items:
        _add_schema(shape, f"{path}[]", items[0] if len(items) == 1 else {"anyOf": items}, root, True, depth + 1)


def _parts(schema: dict[str, Any], root: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Yield the schema and all that it is put together from, alternatives too: their fields are all known ones."""
    if depth > DEPTH_MAX:
        return
    reference = schema.get("$ref")
    target = resolved(reference, root) if isinstance(reference, str) else None
    if isinstance(target, dict):
        yield from _parts(target, root, depth + 1)
    yield schema
    for word in ("allOf", "anyOf", "oneOf"):
        for part in _list(schema, word):
            if isinstance(part, dict):
                # What only one alternative requires is not always there.
                yield from _parts(part if word == "allOf" else {**part, "required": []}, root, depth + 1)
    for word in ("then", "else"):
        if isinstance(schema.get(word), dict):
            yield from _parts({**schema[word], "required": []}, root, depth + 1)


def resolved(reference: str, root: Any) -> Any:
    """Return what a local reference (``#/definitions/Order``) leads to in ``root``; None where it leads nowhere."""
    if not reference.startswith("#"):
        return None
    found = root
    for step in reference.removeprefix("#").split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~").replace("%25", "%").replace("%20", " ")
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            return None
    return found


def _types(schema: dict[str, Any]) -> list[str]:
    named = schema.get("type", [])
    return [named] if isinstance(named, str) else [name for name in named if isinstance(name, str)]


def _mapping(schema: dict[str, Any], word: str) -> dict[str, Any]:
    found = schema.get(word)
    return found if isinstance(found, dict) else {}


def _list(schema: dict[str, Any], word: str) -> list[Any]:
    found = schema.get(word)
    return found if isinstance(found, list) else []
