"""Vendors' own JSON Schemas, compiled once: what a payload must keep to, and what in it nobody has named.

Nothing is ever fetched: a reference out of the schema's own text, or to nowhere in it, is one error when it is loaded.
The compiled check is generated Python, so a schema is as trusted as the dialect that names it; it never comes with a
message. Drafts 4, 6 and 7.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import fastjsonschema
import msgspec
from milepost.codecs import differences as shapes
from milepost.codecs.differences import Difference, Shape
from milepost.codecs.documents import Plain
from milepost.codecs.errors import DecodeError, Reason

UNKNOWN_MAX = 20  # fields nobody named that are told of one document
DEPTH_MAX = 100  # of a schema
TOLD_MAX = 5  # differences told in an error

_REASONS: dict[str, Reason] = {
    "required": "missing_field",
    "type": "wrong_type",
    "additionalProperties": "unknown_field",
}
_VALUES = ("examples", "example", "default", "enum", "const")
_MAPS = ("properties", "patternProperties", "definitions", "$defs", "dependencies", "dependentSchemas")
_with_floats = msgspec.json.Decoder(float_hook=float).decode


class SchemaError(ValueError):
    """A schema that cannot be used: one sentence with the place in it."""


class Schema:
    """A compiled schema. ``shape`` is the fields it names."""

    def __init__(self, schema: Plain) -> None:
        if not isinstance(schema, dict):
            raise SchemaError("a JSON Schema is an object")
        schema = _bare(schema)
        for problem in _dangling(schema):
            raise SchemaError(problem)
        try:
            # Defaults are not filled in: a document says what the partner said.
            self._validate = fastjsonschema.compile(copy.deepcopy(schema), handlers=_NO_FETCHING, use_default=False)
        except Exception as error:  # whatever the compiler meets in a stranger's schema
            raise SchemaError(f"no JSON Schema that can be compiled: {str(error)[:300]}") from None
        self.shape: Shape = shapes.of_schema(schema)

    def check(self, value: Any, place: str = "$") -> None:
        """Raise DecodeError where ``value`` (fractions as numbers: see ``numbers_of``) does not keep to the schema."""
        try:
            self._validate(value)
        except fastjsonschema.JsonSchemaValueException as error:
            raise self._refusal(error, value, place) from None
        except Exception as error:  # a check that fails by itself, such as of an infinite number
            raise DecodeError("invalid_value", f"the schema cannot check it: {str(error)[:200]}", place) from None

    def unknown_fields(self, value: Any) -> tuple[str, ...]:
        """Return the paths in ``value`` that the schema does not name: new fields, for counting."""
        return tuple(found.path for found in self.differences(value) if found.kind == "added")[:UNKNOWN_MAX]

    def differences(self, value: Any) -> tuple[Difference, ...]:
        """Return how ``value`` differs from what the schema names."""
        return shapes.between(self.shape, shapes.of_sample(value))

    def _refusal(self, error: fastjsonschema.JsonSchemaValueException, value: Any, place: str) -> DecodeError:
        path = place + "".join(f"[{step}]" if str(step).isdecimal() else f".{step}" for step in error.path[1:])
        told = "; ".join(map(str, self.differences(value)[:TOLD_MAX]))
        text = str(error.message).replace("data", "it", 1) + (f" (against the schema: {told})" if told else "")
        return DecodeError(_REASONS.get(str(error.rule), "invalid_value"), text, path)


def compiled(schema: Plain | Schema) -> Schema:
    """Return ``schema`` compiled; SchemaError where it cannot be. The same plain schema is compiled once."""
    return schema if isinstance(schema, Schema) else _compiled(json.dumps(schema, sort_keys=True, default=str))


@lru_cache(maxsize=64)
def _compiled(text: str) -> Schema:
    return Schema(json.loads(text))


def numbers_of(value: bytes) -> Any:
    """Return the data in JSON bytes with fractions as numbers: for a schema's check only, never for a document."""
    return _with_floats(value)


def differences(expected: Schema | Plain, value: Plain | bytes) -> tuple[Difference, ...]:
    """Return how a payload differs from a schema, or from a sample of it as it was: added, removed, changed type.

    In plain data a fraction is text; where that would tell apart what is the same, give both as bytes.
    """
    shape = expected.shape if isinstance(expected, Schema) else shapes.of_sample(_loaded(expected))
    return shapes.between(shape, shapes.of_sample(_loaded(value)))


def _loaded(value: Plain | bytes) -> Any:
    return numbers_of(value) if isinstance(value, bytes) else value


def _no_fetching(uri: str) -> Any:
    raise SchemaError(f"{uri:.200} is outside of the schema, and nothing is fetched")


_NO_FETCHING = dict.fromkeys(("", "http", "https", "ftp", "file", "urn", "data"), _no_fetching)


def _bare(schema: Any, place: str = "$", named: bool = False, depth: int = 0) -> Any:
    """Return a copy of the schema without its examples and defaults: values in them may look like references.

    ``named``: the object's keys are names that somebody gave, such as those of properties, no words of JSON Schema.
    """
    if depth > DEPTH_MAX:
        raise SchemaError(f"{place:.200} is nested deeper than {DEPTH_MAX}")
    if isinstance(schema, list):
        return [_bare(inner, f"{place}[{number}]", False, depth + 1) for number, inner in enumerate(schema)]
    if not isinstance(schema, dict):
        return schema
    copy: dict[str, Any] = {}
    for name, inner in schema.items():
        if named or name not in _VALUES:
            copy[name] = _bare(inner, f"{place}.{name}", not named and name in _MAPS, depth + 1)
        elif name in ("enum", "const"):
            copy[name] = inner
    return copy


def _dangling(schema: dict[str, Any]) -> Iterator[str]:
    """Yield the references that lead nowhere, each with its place."""
    nodes = list(_nodes(schema))
    known = {found.rstrip("#") for _, node in nodes if isinstance(found := node.get("$id", node.get("id")), str)}
    for place, node in nodes:
        reference = node.get("$ref")
        if not isinstance(reference, str):
            continue
        whole, _, fragment = reference.partition("#")
        if whole and whole not in known:
            yield f"{place}: {reference!r:.200} is outside of the schema, and nothing is fetched"
        elif not whole and fragment and not _leads(fragment, schema, known):
            yield f"{place}: {reference!r:.200} leads nowhere in the schema"


def _leads(fragment: str, schema: dict[str, Any], known: set[str]) -> bool:
    """Say whether a reference within the schema finds something: by its path, or by a name that a part gives itself."""
    if fragment.startswith("/"):
        return shapes.resolved(f"#{fragment}", schema) is not None
    return f"#{fragment}" in known


def _nodes(schema: Any, place: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every object of a bare schema with its place."""
    if isinstance(schema, dict):
        yield place, schema
        for name, inner in schema.items():
            if name not in ("enum", "const"):
                yield from _nodes(inner, f"{place}.{name}")
    elif isinstance(schema, list):
        for number, inner in enumerate(schema):
            yield from _nodes(inner, f"{place}[{number}]")
