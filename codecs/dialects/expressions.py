"""Every kind of expression by its name in dialects, and the plain ones: first, text, list, object, sum, escape."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from milepost.codecs.dialects import conditions, outward, quantities, times, words
from milepost.codecs.dialects.compiling import LIST, OBJECT, Compiler, Expression, Kind, Of
from milepost.codecs.dialects.escapes import ESCAPES
from milepost.codecs.dialects.near import did_you_mean
from milepost.codecs.dialects.numbers import shown, whole_of
from milepost.codecs.dialects.scope import Scope
from milepost.codecs.dialects.walks import walk_of, walked
from milepost.codecs.dialects.yaml_lines import Node
from milepost.codecs.documents import Plain
from milepost.codecs.errors import DecodeError

TEXT_MAX_CHARS = 2000
ITEMS_MAX = 20_000  # of one list that is said
_PLACE = re.compile(r"\{([^{}]*)\}")


def first(compiler: Compiler, node: Node) -> Expression:
    """The first part that is there and not empty."""
    form = compiler.form(node, "first", "of")
    parts = [compiler.expression(one) for one in form.forms("of")]
    ofs = tuple(one.of for one in parts)
    wrote = tuple(one.wrote for one in parts)

    def of(scope: Scope) -> Plain:
        for part in ofs:
            value = part(scope)
            if value is not None:
                return value
        return None

    def source(scope: Scope) -> str:
        return next((told(scope) if told else "" for part, told in zip(ofs, wrote, strict=True) if part(scope)), "")

    gives = {one.gives for one in parts}
    known = all(one.words is not None for one in parts)
    return Expression(
        of, node, gives.pop() if len(gives) == 1 else "",
        tuple(word for one in parts for word in one.words or ()) if known else None,
        next((one.path for one in parts if one.path), None), wrote=source if any(wrote) else None,
    )  # fmt: skip


def text(compiler: Compiler, node: Node) -> Expression:
    """A text with parts put in; nothing where a part is missing."""
    form = compiler.form(node, "text", "of", "with")
    template = form.text("of")
    given = form.form("with", set(_PLACE.findall(template)) if template else (form.get("with") or node).entries or ())
    names = _PLACE.findall(template)
    for name in names:
        if name not in given.entries:
            form.problem("of", f"{{{name:.40}}} is not among `with`{did_you_mean(name, given.entries)}")
    pieces = _PLACE.split(template)
    parts = [compiler.expression(given.entries[name]) for name in names if name in given.entries]
    ofs = tuple(one.of for one in parts)
    pattern = "%s".join(piece.replace("%", "%%") for piece in pieces[::2])
    path = next((one.path for one in parts if one.path), None)

    def of(scope: Scope) -> Plain:
        found = []
        for part in ofs:
            value = part(scope)
            if value is None:
                return None
            found.append(value if type(value) is str else written(scope, value))
        whole = pattern % tuple(found)
        if len(whole) > TEXT_MAX_CHARS:  # cut, two facts could have one name
            scope.refuse("too_large", f"a text of {len(whole)} characters; at most {TEXT_MAX_CHARS}", path)
        return whole or None

    return Expression(of, node, "text", path=path)


def written(scope: Scope, value: Plain) -> str:
    """Return a single value as text; a refusal for a list or an object."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return str(value)
    if hasattr(value, "isoformat"):
        return str(value.strftime("%Y%m%dT%H%M%SZ"))
    return scope.refuse("wrong_type", f"{shown(value)} where a single value is expected")


def listed(compiler: Compiler, node: Node) -> Expression:
    """One value for each item of a list; where each is itself such a list, all of them are one."""
    compiler.form(node, "list", "of", "each", "if", required=("of", "each"))
    return list_of(compiler, node, lambda each: compiler.expression(each).of)


def list_of(compiler: Compiler, node: Node, element: Callable[[Node], Of], *, emptied: bool = True) -> Expression:
    """A list whose elements are compiled by ``element``, as the field it is meant for wants them.

    ``emptied``: whether ``if`` may leave nothing of a list that has items.
    """
    entries = node.entries or {}
    if "of" not in entries or "each" not in entries:
        return compiler.nothing(node)
    walk = walk_of(compiler, entries["of"])
    with walk.inside(compiler):
        each = element(entries["each"])
        holds = conditions.condition(compiler, entries["if"]) if "if" in entries else None
    flat = _is_list(entries["each"])

    def of(scope: Scope) -> Plain:
        if walk.path is not None and scope.peek(walk.path) in (None, ""):
            return None
        found: list[Plain] = []
        left_out = 0
        for _ in walked(scope, walk):
            if holds is not None and not holds(scope):
                left_out += 1
                continue
            value = each(scope)
            if value is not None:
                found.extend(value if flat else (value,))
                if len(found) > ITEMS_MAX:
                    scope.refuse("too_large", f"a list of more than {ITEMS_MAX}")
        if left_out and not found and not emptied:
            scope.refuse("invalid_value", "`if` leaves nothing of it, and no lines at all would mean all", walk.path)
        return found

    return Expression(of, node, "list", path=walk.path)


def _is_list(node: Node) -> bool:
    entries = node.entries or {}
    return "as" in entries and entries["as"].text == "list"


def fixed(compiler: Compiler, node: Node) -> Expression:
    """A list of what is there: an element is left out if nothing of it is."""
    ofs = [compiler.expression(one).of for one in node.items or ()]
    return Expression(lambda scope: [v for of in ofs if (v := of(scope)) is not None] or None, node, "list")


def mapping(compiler: Compiler, node: Node) -> Expression:
    """An object of what is there; nothing where none of it is."""
    ofs = {name: compiler.expression(one).of for name, one in (node.entries or {}).items()}

    def of(scope: Scope) -> Plain:
        found = {}
        for name, part in ofs.items():
            try:
                value = part(scope)
            except DecodeError as error:
                raise DecodeError(error.reason, f"{name}: {error.text}", error.place) from None
            if value is not None:
                found[name] = value
        return found or None

    return Expression(of, node, "object")


def total(compiler: Compiler, node: Node) -> Expression:
    """Whole numbers added; what is missing adds nothing, and nothing at all is nothing."""
    form = compiler.form(node, "sum", "of")
    parts = [compiler.expression(one) for one in form.forms("of")]
    comma = compiler.comma

    def of(scope: Scope) -> Plain:
        found = None
        for part in parts:
            value = part.of(scope)
            for one in value if type(value) is list else (value,):
                if one is not None:
                    try:
                        found = (found or 0) + whole_of(one, comma)
                    except ValueError as error:
                        scope.refuse("invalid_value", str(error), part.path)
        return found

    return Expression(of, node, "whole", path=next((one.path for one in parts if one.path), None))


def when(compiler: Compiler, node: Node) -> Expression:
    """A value where a condition holds; else it is missing."""
    form = compiler.form(node, "when", "of", "if", required=("of", "if"))
    part, asked = compiler.part(form, "of"), (node.entries or {}).get("if")
    if part is None or asked is None:
        return compiler.nothing(node)
    holds, value = conditions.condition(compiler, asked), part.of
    return Expression(lambda scope: value(scope) if holds(scope) else None, node, part.gives, part.words, part.path)


def escape(compiler: Compiler, node: Node) -> Expression:
    """One pure function of plain data, of those that are known by name."""
    form = compiler.form(node, "escape", "of", "name", required=("of", "name"))
    name = form.text("name")
    function = ESCAPES.get(name)
    if function is None and name:
        form.problem("name", f"{name:.80} is no function that a dialect may call{did_you_mean(name, ESCAPES)}")
    part = compiler.part(form, "of")
    if function is None or part is None:
        return compiler.nothing(node)

    def of(scope: Scope) -> Plain:
        value = part.of(scope)
        try:
            return None if value is None else function(value)
        except DecodeError:
            raise
        except Exception as error:  # whatever it does, the document is refused and the lane goes on
            scope.refuse("invalid_value", f"{name} cannot take {shown(value)}: {error!r:.200}", part.path)

    return Expression(of, node, path=part.path)


KINDS: Mapping[str, Kind] = {
    "first": first, "text": text, "list": listed, "sum": total, "when": when, "escape": escape,
    LIST: fixed, OBJECT: mapping,
    "code": words.code, "status": words.status,
    "number": quantities.number, "quantity": quantities.quantity, "amount": quantities.amount,
    "time": times.time, "date": times.date,
    "time_text": outward.time_text, "decimal_text": outward.decimal_text, "units_text": outward.units_text,
}  # fmt: skip
