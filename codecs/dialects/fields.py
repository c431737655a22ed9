"""Bodies of contracts from expressions: each field's value as its contract wants it, checked when the file is read.

What can be seen in the file is said there: fields that do not exist or are missing, words a field does not allow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, get_origin

import msgspec
from milepost.codecs.dialects.compiling import Compiler, Expression, Of
from milepost.codecs.dialects.expressions import list_of
from milepost.codecs.dialects.near import did_you_mean
from milepost.codecs.dialects.numbers import shown, whole_of
from milepost.codecs.dialects.paths import Path
from milepost.codecs.dialects.scope import Scope
from milepost.codecs.dialects.shapes import bare, choices, element, fields_of, is_contract, required_of
from milepost.codecs.dialects.times import default_moment
from milepost.codecs.dialects.yaml_lines import Node
from milepost.codecs.documents import Plain
from milepost.codecs.errors import DecodeError
from milepost.contracts.wms import LineQuantity

SHOWN_CHOICES = 12


def object_of(compiler: Compiler, node: Node, kind: Any, where: str, may_lack: Iterable[str] = ()) -> Of:
    """Compile the fields of ``kind``. ``may_lack``: required ones that somebody else fills in."""
    entries = node.entries
    if entries is None or "as" in entries:
        compiler.problems.add(node, f"{where}: fields of {kind.__name__} are expected here")
        return lambda scope: None
    hints, required = fields_of(kind), required_of(kind)
    for name in entries.keys() - hints.keys():
        compiler.problems.add(entries[name], f"{where}.{name:.60}: there is no such field{did_you_mean(name, hints)}")
    for name in required:
        if name not in entries and name not in may_lack:
            compiler.problems.add(node, f"{where}: {name} is missing")
    parts = [
        (
            name,
            *fitted(compiler, one, hints[name], f"{where}.{name}"),
            _Need(name in required, name in may_lack, _may_be_empty(hints[name])),
        )
        for name, one in entries.items()
        if name in hints
    ]
    build = _object(tuple(parts))
    return _array(build, kind) if kind.__struct_config__.array_like else build


class _Need(NamedTuple):
    """Whether a field must be there, whether somebody else may fill it in where nobody is known yet, or it be empty."""

    required: bool
    open: bool
    empty: bool


def _may_be_empty(hint: Any) -> bool:
    if bare(hint) is not str:
        return False
    try:
        msgspec.convert("", hint)
    except msgspec.ValidationError:
        return False
    return True


def _object(parts: tuple[tuple[str, Of, Path | None, _Need], ...]) -> Callable[[Scope], dict[str, Plain]]:
    def of(scope: Scope) -> dict[str, Plain]:
        found = {}
        name = ""
        try:
            for name, part, path, need in parts:
                value = part(scope)
                if value is not None:
                    found[name] = value
                elif need.required and need.empty:
                    found[name] = ""
                elif need.required and not (need.open and scope.open):
                    scope.refuse("missing_field", "nothing is there, and it must be", path)
        except DecodeError as error:
            raise DecodeError(error.reason, f"{name}: {error.text}", error.place) from None
        return found

    return of


def _array(build: Callable[[Scope], dict[str, Plain]], kind: Any) -> Of:
    """A contract whose fields stand in a row on the wire."""
    rest = {one.name: None if one.required else one.default for one in msgspec.structs.fields(kind)}

    def of(scope: Scope) -> Plain:
        found = build(scope)
        return [found.get(name, default) for name, default in rest.items()]

    return of


def fitted(compiler: Compiler, node: Node, hint: Any, where: str) -> tuple[Of, Path | None]:
    """Compile ``node`` for a field of type ``hint``; with it the path to name where the field has nothing."""
    shape = bare(hint)
    inner = element(shape)
    if is_contract(shape):
        return object_of(compiler, node, shape, where), None
    if inner is not None:
        return _list(compiler, node, inner, where)
    expression = compiler.expression(node)
    _check_words(compiler, expression, hint, where)
    return _scalar(compiler, expression, hint, shape, where), expression.path


def _list(compiler: Compiler, node: Node, inner: Any, where: str) -> tuple[Of, Path | None]:
    entries = node.entries or {}
    if "as" in entries and entries["as"].text == "list":
        compiler.form(node, "list", "of", "each", "if", required=("of", "each"))
        # A departure or a delivery without lines is one of all there was: that is never made of a list of nothing.
        may_be_emptied = bare(inner) is not LineQuantity
        found = list_of(compiler, node, lambda each: _each(compiler, each, inner, where), emptied=may_be_emptied)
        return found.of, found.path
    if node.items is not None:
        ofs = [fitted(compiler, one, inner, where)[0] for one in node.items]
        return (lambda scope: [value for of in ofs if (value := of(scope)) is not None] or None), None
    expression = compiler.expression(node)
    if is_contract(bare(inner)):
        compiler.problems.add(node, f"{where}: {{as: list}} with the fields of {bare(inner).__name__} is expected")
    elif expression.gives not in ("", "list"):
        compiler.problems.add(node, f"{where}: a list is expected")
    return expression.of, expression.path


def _each(compiler: Compiler, node: Node, inner: Any, where: str) -> Of:
    entries = node.entries or {}
    if "as" in entries and entries["as"].text == "list":  # lists within lists: all of them are one
        return _list(compiler, node, inner, where)[0]
    return fitted(compiler, node, inner, where)[0]


def _check_words(compiler: Compiler, expression: Expression, hint: Any, where: str) -> None:
    """Say which of the words that an expression can give do not fit the field."""
    shape = bare(hint)
    if expression.gives == "moment" and shape is not datetime and shape is not str:
        compiler.problems.add(expression.node, f"{where}: a moment where none is expected")
    if expression.gives in ("list", "object") and get_origin(shape) is not dict:
        compiler.problems.add(expression.node, f"{where}: a {expression.gives} where a single value is expected")
    if expression.words is None or shape is datetime:
        return
    for word in expression.words:
        try:
            msgspec.convert(_lax(word, shape), hint)
        except (msgspec.ValidationError, ValueError) as error:
            allowed = ", ".join(choices(shape)[:SHOWN_CHOICES])
            why = f"allowed: {allowed}" if allowed else str(error)
            compiler.problems.add(expression.node, f"{where}: {word!r:.60} does not fit; {why}")


def _lax(word: str, shape: Any) -> Plain:
    """A word as the field's type: numbers and switches are text in these files."""
    if shape is int:
        return whole_of(word)
    if shape is bool:
        return _switch(word)
    return word


def _switch(word: Plain) -> bool:
    if word in ("true", "false"):
        return bool(word == "true")
    raise ValueError(f"{shown(word)} is not true or false")


def _scalar(compiler: Compiler, expression: Expression, hint: Any, shape: Any, where: str) -> Of:
    of, path = expression.of, expression.path
    if shape is datetime:
        return of if expression.gives == "moment" else default_moment(compiler, expression).of
    if get_origin(shape) is dict:
        return _texts(of)
    if shape in (int, bool):
        convert = _switch if shape is bool else partial(whole_of, comma=compiler.comma)
        return of if expression.gives == "whole" and shape is int else _converted(of, path, shape, convert)
    return of if expression.gives == "text" else _text(of, path)


def _converted(of: Of, path: Path | None, shape: Any, convert: Callable[[Plain], Plain]) -> Of:
    def fit(scope: Scope) -> Plain:
        value = of(scope)
        if value is None or type(value) is shape:
            return value
        try:
            return convert(value)
        except ValueError as error:
            scope.refuse("invalid_value", str(error), path)

    return fit


def _text(of: Of, path: Path | None) -> Of:
    def fit(scope: Scope) -> Plain:
        value = of(scope)
        kind = type(value)
        if value is None or kind is str:
            return value
        if kind is int:
            return str(value)
        return scope.refuse("wrong_type", f"{shown(value)} where a text is expected", path)

    return fit


def _texts(of: Of) -> Of:
    def fit(scope: Scope) -> Plain:
        value = of(scope)
        if type(value) is not dict:
            return None
        return {name: str(one) if type(one) is int else one for name, one in value.items() if one not in (None, "")}

    return fit


def refusal_of(error: msgspec.ValidationError, place: str) -> DecodeError:
    """Return the refusal of a body that its contract does not allow; the text names the field."""
    text, _, at = str(error).partition(" - at `$")
    field = at.rstrip("`").lstrip(".")
    reason = "missing_field" if "required" in text else "wrong_type" if ", got `" in text else "invalid_value"
    return DecodeError(reason, f"{field or 'body'}: {text}", place)  # type: ignore[arg-type]
