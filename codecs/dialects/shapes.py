"""Shapes of contracts, to see when a file is read whether a path of it leads anywhere."""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from milepost.codecs.dialects.near import did_you_mean

Shape = Any
"""A type hint without its annotations: a contract, ``tuple[X, ...]``, ``dict``, or a scalar type."""


class NoSuchField(LookupError):
    """A path names a field that the contract does not have."""


def bare(hint: Any) -> Any:
    """Return ``hint`` without what limits its values, and without None."""
    if get_origin(hint) is Annotated:
        return bare(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        kinds = [one for one in get_args(hint) if one is not type(None)]
        return bare(kinds[0]) if len(kinds) == 1 else hint
    return hint


def is_contract(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, msgspec.Struct)


def element(shape: Any) -> Any | None:
    """Return the hint of a list's elements, None where ``shape`` is no list."""
    return get_args(shape)[0] if get_origin(shape) is tuple else None


def choices(shape: Any) -> tuple[str, ...]:
    """Return the words that a shape allows, nothing where it is not closed."""
    return get_args(shape) if get_origin(shape) is Literal else ()


def fields_of(kind: Any) -> dict[str, Any]:
    """Return the hints of a contract's fields by name, as they are written."""
    return {name: hint for name, hint in get_type_hints(kind, include_extras=True).items() if name[:2] != "__"}


def required_of(kind: Any) -> tuple[str, ...]:
    """Return the fields that must be there."""
    return tuple(one.name for one in msgspec.structs.fields(kind) if one.required)


def shape_at(shape: Any, steps: tuple[str | int | tuple[str, str], ...]) -> Any:
    """Return the shape at the end of ``steps``; NoSuchField where they lead nowhere."""
    for step in steps:
        shape = _next(bare(shape), step)
        if shape is None:
            return None
    return bare(shape)


def _next(shape: Any, step: str | int | tuple[str, str]) -> Any:
    if isinstance(step, str) and is_contract(shape):
        fields = fields_of(shape)
        if step not in fields:
            raise NoSuchField(f"{shape.__name__} has no field {step:.40}{did_you_mean(step, fields)}")
        return fields[step]
    if isinstance(step, str) and (shape is dict or get_origin(shape) is dict):
        return (get_args(shape) or (None, None))[1]
    inner = element(shape)
    if isinstance(step, str) or inner is None:
        raise NoSuchField(f"nothing is within it at {step!r:.40}")
    if isinstance(step, tuple) and is_contract(bare(inner)):
        _next(bare(inner), step[0])
    return inner
