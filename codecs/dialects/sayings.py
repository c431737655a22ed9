"""``messages`` of a dialect: which documents it takes and what each says, compiled and held against our contracts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from milepost.codecs.dialects import ownership
from milepost.codecs.dialects.compiling import Compiler, Expression, Of
from milepost.codecs.dialects.conditions import Holds, Word, always, condition, first_word
from milepost.codecs.dialects.fields import object_of
from milepost.codecs.dialects.form import Form
from milepost.codecs.dialects.model import MessageRule
from milepost.codecs.dialects.near import did_you_mean
from milepost.codecs.dialects.owners import LOAD, ORDER, REFERENCES, Link, Owners, link_of, owner_of
from milepost.codecs.dialects.remembering import repeated
from milepost.codecs.dialects.shapes import fields_of
from milepost.codecs.dialects.walks import Walk, walk_of
from milepost.codecs.dialects.yaml_lines import Node
from milepost.contracts.events import Body, tag_of_type
from milepost.contracts.instructions import InstructionBody
from milepost.contracts.statements import StatementBody

Category = Literal["event", "statement", "instruction", "links"]
EVENTS: Mapping[str, type] = {tag_of_type(kind): kind for kind in get_args(Body)}
STATEMENTS: Mapping[str, type] = {tag_of_type(kind): kind for kind in get_args(StatementBody)}
INSTRUCTIONS: Mapping[str, type] = {tag_of_type(kind): kind for kind in get_args(InstructionBody)}
HOLES = ("shipment", "load", "instruction")
"""Ids that only the target of a native id can tell."""
KINDS_OF: Mapping[str, str] = {
    "x12": "x12/", "json": "json", "epcis": "epcis/", "cloudevents": "cloudevent", "csv": "csv", "fixed": "csv",
}  # fmt: skip
"""What the kinds of a format's documents begin with."""
SAYINGS_MAX = 50
HEAD = ("owner", "at", "source")


@dataclass(frozen=True, slots=True, eq=False)
class Saying:
    """One emission, compiled. ``holes``: ids of the body that only those know who know what a native id means.

    ``head``: the same for all that say alike of the document whose it is, when it was and who reports it; empty where
    an item of a list says one of these.
    """

    tag: str
    category: Category
    kind: Any
    walk: Walk | None
    holds: Holds | None
    owners: Owners | None
    at: Expression | None
    body: Of | None
    key: Expression | None
    snapshot: Expression | None
    source: Expression | None
    links: tuple[Link, ...]
    holes: tuple[str, ...]
    head: str


def messages_of(compiler: Compiler, nodes: list[Node], role: str, format: str) -> tuple[MessageRule, ...]:
    """Compile the section ``messages``."""
    asked = repeated(*(when for node in nodes if (when := (node.entries or {}).get("when")) is not None))
    return tuple(_message(compiler, node, role, format, asked) for node in nodes)


def _message(compiler: Compiler, node: Node, role: str, format: str, asked: frozenset[str]) -> MessageRule:
    compiler.levels.often = asked | repeated(node)
    form = Form(compiler.problems, node, "message", ("name", "when", "say"), ("name", "say"))
    name = form.text("name")
    form.where = f"message {name:.60}" if name else "message"
    kinds, applies, first = _when(compiler, form, format)
    says = form.forms("say")
    if len(says) > SAYINGS_MAX:
        form.problem("say", f"more than {SAYINGS_MAX} emissions")
    return MessageRule(
        name, kinds, applies, tuple(saying(compiler, one, role, form.where) for one in says[:SAYINGS_MAX]), first
    )


def _when(compiler: Compiler, form: Form, format: str) -> tuple[tuple[str, ...], Holds, Word | None]:
    node = form.get("when")
    if node is None:
        return (), always, None
    kinds, applies = kinds_and_condition(compiler, node, format)
    return kinds, applies, first_word(compiler, _without_kind(node))


def kinds_and_condition(compiler: Compiler, node: Node, format: str) -> tuple[tuple[str, ...], Holds]:
    """Compile ``{kind: ..., CONDITIONS}``: the kinds of documents that it may hold for, and the rest."""
    kind = (node.entries or {}).get("kind")
    kinds = () if kind is None else tuple(one.text or "" for one in (kind.items or [kind]))
    begin = KINDS_OF.get(format, "")
    for one in kinds:
        if kind is not None and not one.startswith(begin):
            compiler.problems.add(kind, f"kind: {one:.40} is no document of {format}; those are called {begin}...")
    rest = _without_kind(node)
    return kinds, always if rest.entries == {} else condition(compiler, rest)


def _without_kind(node: Node) -> Node:
    if node.entries is None:
        return node
    return Node({key: one for key, one in node.entries.items() if key != "kind"}, node.file, node.line)


def saying(compiler: Compiler, node: Node, role: str, where: str) -> Saying:
    """Compile one emission."""
    known = ("emit", "each", "if", "owner", "at", "key", "body", "links", "snapshot", "source")
    form = Form(compiler.problems, node, where, known)
    tag = form.text("emit")
    category, kind = _kind(compiler, form, tag, role)
    form.where = f"{where}: {tag}" if tag else where
    walk = walk_of(compiler, form.entries["each"]) if "each" in form.entries else None
    if walk is None:
        return _said(compiler, form, tag, category, kind, None)
    with walk.inside(compiler):
        return _said(compiler, form, tag, category, kind, walk)


def _said(compiler: Compiler, form: Form, tag: str, category: Category, kind: Any, walk: Walk | None) -> Saying:
    head = Node({key: one for key in HEAD if (one := form.get(key)) is not None}, "", 1)
    with compiler.levels.part(head, len(compiler.items)) as part:
        owners = owner_of(compiler, form.entries["owner"], f"{form.where}: owner") if form.get("owner") else None
        at, source = compiler.part(form, "at"), compiler.part(form, "source")
    fields = fields_of(kind) if kind is not None else {}
    holes = tuple(name for name in HOLES if name in fields) if owners and REFERENCES in owners.kinds else ()
    _check(form, tag, category, owners, fields)
    body = form.get("body")
    holds = condition(compiler, form.entries["if"]) if "if" in form.entries else None
    fill = None
    if body is not None and kind is not None:
        fill = object_of(compiler, body, kind, f"{form.where}: body", holes)
    links = tuple(link_of(compiler, one, f"{form.where}: links") for one in form.forms("links"))
    key, snapshot = compiler.part(form, "key"), compiler.part(form, "snapshot")
    shared = f"{category} {part.text}" if not any(part.spoken_of) else ""
    return Saying(tag, category, kind, walk, holds, owners, at, fill, key, snapshot, source, links, holes, shared)


def _kind(compiler: Compiler, form: Form, tag: str, role: str) -> tuple[Category, Any]:
    if not tag:
        if form and "links" not in form.entries:
            form.problem("emit", "a tag of an event, a statement or an instruction is missing")
        return "links", None
    for category, kinds in (("event", EVENTS), ("statement", STATEMENTS), ("instruction", INSTRUCTIONS)):
        if tag in kinds:
            if role and not ownership.may_say(role, tag):
                may = ", ".join(f"{one}*" if one[-1] == "." else one for one in ownership.MAY_SAY[role])
                form.problem("emit", f"a partner of role {role} may not say {tag}; it may say {may}")
            return category, kinds[tag]  # type: ignore[return-value]
    known = [one for one in (*EVENTS, *STATEMENTS, *INSTRUCTIONS) if not role or ownership.may_say(role, one)]
    form.problem("emit", f"there is no {tag:.60}{did_you_mean(tag, known)}")
    return "event", None


_NEEDED: Mapping[Category, tuple[str, ...]] = {
    "event": ("owner", "at", "body"), "statement": ("body",), "instruction": ("body",), "links": ("owner", "at"),
}  # fmt: skip
_REFUSED: Mapping[Category, tuple[str, ...]] = {
    "event": (), "statement": ("owner", "snapshot"), "instruction": ("owner", "at", "key", "snapshot", "links"),
    "links": ("body", "key", "snapshot"),
}  # fmt: skip


def _check(form: Form, tag: str, category: Category, owners: Owners | None, fields: Mapping[str, Any]) -> None:
    for key in _NEEDED[category]:
        if key not in form.entries and form:
            form.problem(key, "is missing")
    for key in _REFUSED[category]:
        if key in form.entries:
            form.problem(key, f"means nothing for {tag or 'links alone'}")
    if category != "event" or owners is None:
        return
    if "snapshot" in form.entries and ("lines" not in fields or REFERENCES in owners.kinds):
        form.problem("snapshot", "needs a body with lines, and an owner that the message carries")
    if tag in ownership.OF_A_LOAD and ORDER in owners.kinds:
        form.problem("owner", f"{tag} belongs to a load: {{load: ...}}")
    elif tag not in ownership.OF_A_LOAD | ownership.OF_EITHER and LOAD in owners.kinds:
        form.problem("owner", f"{tag} belongs to an order: {{order: ...}}")
