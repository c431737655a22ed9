"""Whose a milestone is: an order's, a load's, or for now only that of the native ids it carries. And what ids mean."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, get_args

from milepost.codecs.dialects.compiling import Compiler, Expression, Of
from milepost.codecs.dialects.form import Form
from milepost.codecs.dialects.paths import Path
from milepost.codecs.dialects.scope import Scope
from milepost.codecs.dialects.yaml_lines import Node
from milepost.codecs.documents import Plain
from milepost.contracts.identifiers import ID_MAX_CHARS, LOAD_PREFIX, is_load, load_key
from milepost.contracts.references import (
    BY_HAND,
    REFERENCES_MAX,
    Linked,
    Reference,
    ReferenceKind,
    Target,
)

KINDS: tuple[str, ...] = get_args(ReferenceKind)
VERSION_MAX_DIGITS = 9
ORDER, LOAD, REFERENCES, FIRST = "order", "load", "references", "first"


class Owned(NamedTuple):
    """The owner's key; or, with an empty one, the native ids that somebody will have to explain."""

    owner: str
    references: tuple[Reference, ...] = ()


OwnerOf = Callable[[Scope], Owned | None]


class Owners(NamedTuple):
    """What an ``owner`` of a file can give: the closure, and which of order, load and references it may be."""

    of: OwnerOf
    kinds: frozenset[str]
    path: Path | None = None


def owner_of(compiler: Compiler, node: Node, where: str) -> Owners:
    """Compile an owner."""
    with compiler.levels.part(node, len(compiler.items)) as part:
        found = _owner(compiler, node, where)
    return found._replace(of=part.once("owner", found.of))


def _owner(compiler: Compiler, node: Node, where: str) -> Owners:
    form = Form(compiler.problems, node, where, (ORDER, LOAD, REFERENCES, FIRST))
    if len(form.entries) != 1:
        if form and node.entries is not None:
            compiler.problems.add(node, f"{where}: one of order, load, references and first is expected")
        return Owners(lambda scope: None, frozenset())
    (kind, one), *_ = form.entries.items()
    if kind == FIRST:
        return _first([owner_of(compiler, each, where) for each in form.forms(FIRST)])
    if kind == REFERENCES:
        return _references(compiler, form.forms(REFERENCES), where)
    expression = compiler.expression(one) if kind in (ORDER, LOAD) else compiler.nothing(one)
    return Owners(_order(expression) if kind == ORDER else _load(expression), frozenset({kind}), expression.path)


def _first(owners: list[Owners]) -> Owners:
    def of(scope: Scope) -> Owned | None:
        return next((found for one in owners if (found := one.of(scope)) is not None), None)

    kinds = frozenset(kind for one in owners for kind in one.kinds)
    return Owners(of, kinds, next((one.path for one in owners if one.path), None))


def _order(expression: Expression) -> OwnerOf:
    def of(scope: Scope) -> Owned | None:
        value = id_of(scope, expression)
        if value is not None and is_load(value):
            scope.refuse(
                "wrong_key", f"an order cannot be called {value!r:.60}: that is a load's name", expression.path
            )
        return None if value is None else Owned(value)

    return of


def _load(expression: Expression) -> OwnerOf:
    def of(scope: Scope) -> Owned | None:
        value = id_of(scope, expression, ID_MAX_CHARS - len(LOAD_PREFIX))
        return None if value is None else Owned(load_key(value))

    return of


def id_of(scope: Scope, expression: Expression, most: int = ID_MAX_CHARS) -> str | None:
    """Return an id as text; a refusal for what is none."""
    value = expression.of(scope)
    if value is None:
        return None
    if type(value) not in (str, int):
        scope.refuse("wrong_type", "an id is a text", expression.path)
    if len(text := str(value)) > most:
        scope.refuse("invalid_value", f"an id of {len(text)} characters; at most {most}", expression.path)
    if not text.isprintable() and (unseen := _UNSEEN.search(text)):
        text = f"an id with a sign that nobody sees: U+{ord(unseen[0]):04X}"
        scope.refuse("invalid_value", text, expression.path)
    return text


# Controls, halves of characters, marks of direction and of width: two ids that look the same would be two orders.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufeff]")


class Pointer(NamedTuple):
    """One native id of a file: its kind, whose number it is, and the number."""

    kind: str
    issuer: Callable[[Scope], str | None]
    value: Callable[[Scope], str | None]
    path: Path | None

    def of(self, scope: Scope) -> Reference | None:
        value, issuer = self.value(scope), self.issuer(scope)
        return None if value is None or issuer is None else Reference(kind=self.kind, issuer=issuer, value=value)  # type: ignore[arg-type]


def pointer_of(compiler: Compiler, form: Form) -> Pointer:
    """Compile ``kind``, ``issuer`` (the file's own where none is said) and ``value``."""
    kind = form.choice("kind", KINDS, "shipment")
    value = compiler.part(form, "value") or compiler.nothing(form.node or Node("", "", 1))
    issuer = compiler.part(form, "issuer")

    def of_issuer(scope: Scope) -> str | None:
        return str(scope.known["issuer"]) if issuer is None else id_of(scope, issuer)

    return Pointer(kind, of_issuer, lambda scope: id_of(scope, value), value.path)


def _references(compiler: Compiler, nodes: list[Node], where: str) -> Owners:
    known = ("kind", "issuer", "value")
    forms = [Form(compiler.problems, one, f"{where}.references", known, ("kind", "value")) for one in nodes]
    pointers = [pointer_of(compiler, form) for form in forms]
    if not pointers:
        return Owners(lambda scope: None, frozenset({REFERENCES}))
    if len(pointers) > REFERENCES_MAX:
        compiler.problems.add(nodes[REFERENCES_MAX], f"{where}: at most {REFERENCES_MAX} references")

    def of(scope: Scope) -> Owned | None:
        found = dict.fromkeys(one for pointer in pointers if (one := pointer.of(scope)) is not None)
        return Owned("", tuple(found)) if found else None

    return Owners(of, frozenset({REFERENCES}), pointers[0].path)


class Link(NamedTuple):
    """What a native id means, by a file: of the emission's owner where it names none of its own."""

    pointer: Pointer
    owner: OwnerOf | None
    shipment: Expression | None
    stands: Of | None
    version: Of | None

    def of(self, scope: Scope, owner: str, at: datetime, source: str) -> Linked | None:
        reference = self.pointer.of(scope)
        if self.owner is not None:
            owned = self.owner(scope)
            owner = owned.owner if owned is not None else ""
        if reference is None or not owner:
            return None
        shipment = (id_of(scope, self.shipment) if self.shipment else None) or ""
        version = self.version(scope) if self.version else 0
        if version is not None and (type(version) is not int or not 0 <= version < BY_HAND):
            scope.refuse("invalid_value", "a link's version is a whole number below a person's", self.pointer.path)
        stands = self.stands is None or self.stands(scope) not in ("false", False)
        target = Target(owner=owner, shipment=shipment)
        return Linked(
            reference=reference, target=target, stands=stands, version=version or 0, said_at=at, source=source
        )


def link_of(compiler: Compiler, node: Node, where: str) -> Link:
    """Compile an entry of ``links``."""
    known = ("kind", "issuer", "value", "order", "load", "shipment", "stands", "version")
    form = Form(compiler.problems, node, where, known, ("kind", "value"))
    owner = None
    for kind in (ORDER, LOAD):
        if (one := form.get(kind)) is not None:
            expression = compiler.expression(one)
            owner = _order(expression) if kind == ORDER else _load(expression)
    stands, version = compiler.part(form, "stands"), compiler.part(form, "version")
    return Link(
        pointer_of(compiler, form), owner, compiler.part(form, "shipment"), stands.of if stands else None,
        _whole(version) if version else None,
    )  # fmt: skip


def _whole(expression: Expression) -> Of:
    def of(scope: Scope) -> Plain:
        value = expression.of(scope)
        written = type(value) is str and value.isascii() and value.isdigit() and len(value) <= VERSION_MAX_DIGITS
        return int(value) if written else value

    return of
