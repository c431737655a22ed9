"""``instructions`` of a dialect: which of our words go out and as what, compiled and held against contracts."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import get_args
from urllib.parse import quote

from milepost.codecs.dialects.compiling import OUTBOUND, Compiler
from milepost.codecs.dialects.conditions import always, condition
from milepost.codecs.dialects.form import Form
from milepost.codecs.dialects.model import Acknowledgement, InstructionRule
from milepost.codecs.dialects.near import did_you_mean
from milepost.codecs.dialects.remembering import repeated
from milepost.codecs.dialects.sayings import EVENTS, INSTRUCTIONS
from milepost.codecs.dialects.scope import Scope
from milepost.codecs.dialects.yaml_lines import Node
from milepost.codecs.documents import Plain
from milepost.contracts.instructions import CustomerNotice, NoticeKind
from milepost.contracts.orders import Mode, PartialShipment
from milepost.contracts.wms import ShortReason

X12 = "x12"
NOTICE = "notice."
SENT: Mapping[str, type] = {**INSTRUCTIONS, **{f"{NOTICE}{kind}": CustomerNotice for kind in get_args(NoticeKind)}}
"""What can be sent, by its name in dialects, with the contract that ``$`` is."""
TOLD: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "instruct.warehouse": {"$.partial": get_args(PartialShipment)},
    "instruct.transport": {"$.mode": get_args(Mode)},
    "fulfilment.requested": {"$.mode": get_args(Mode)},
    "inform.availability": {"$.reason": get_args(ShortReason)},
}
"""Words that an instruction has from an order or a milestone: its own contract takes any, so that a recipient can."""
_BY = ("x12-997", "http", "message", "event")
_METHODS = ("POST", "PUT", "PATCH", "DELETE")
WITHIN_MAX_S = 90 * 86_400.0


def instructions_of(compiler: Compiler, nodes: list[Node], format: str) -> tuple[InstructionRule, ...]:
    """Compile the section ``instructions``."""
    return tuple(rule for node in nodes if (rule := _rule(compiler, node, format)) is not None)


def _rule(compiler: Compiler, node: Node, format: str) -> InstructionRule | None:
    known = ("of", "name", "if", "kind", "document", "method", "path", "acknowledge")
    form = Form(compiler.problems, node, "instruction", known, ("of", "kind", "document"))
    of = form.text("of")
    form.where = f"instruction {of:.60}" if of else "instruction"
    if of and of not in SENT:
        form.problem("of", f"there is no {of:.60}{did_you_mean(of, SENT)}")
    kind = form.text("kind")
    if kind and format and not written_format(format, kind):
        form.problem(
            "kind", f"{kind:.40} is not written; json, cloudevent, x12/SET are, and csv where that is the format"
        )
    document = form.get("document")
    if document is None:
        return None
    compiler.levels.often = repeated(node)
    outward = dataclasses.replace(
        compiler, names=OUTBOUND, document=SENT.get(of), items=[], comma=False, told=TOLD.get(of, {})
    )
    if document.entries is None or "as" in document.entries:
        form.problem("document", "the fields of what goes out are expected here")
        return None
    path = form.get("path")
    return InstructionRule(
        of=of,
        kind=kind,
        applies=condition(outward, form.entries["if"]) if "if" in form.entries else always,
        document=_document(outward, document),
        method=form.choice("method", _METHODS, "POST"),
        path=_path(outward, path) if path is not None else None,
        acknowledge=_acknowledgement(form),
    )


def written_format(format: str, kind: str) -> str:
    """Return the format in which a document of ``kind`` is written by a partner that speaks ``format``; empty: none."""
    head = kind.partition("/")[0]
    if head == "csv":
        return format if format in ("csv", "fixed") else ""
    found = {"x12": X12, "json": "json", "cloudevent": "cloudevents"}.get(head, "")
    return found if (head == kind) is (found != X12) else ""


def _document(compiler: Compiler, node: Node) -> Callable[[Scope], dict[str, Plain]]:
    expression = compiler.expression(node)

    def of(scope: Scope) -> dict[str, Plain]:
        found = expression.of(scope)
        return found if type(found) is dict else {}

    return of


def _path(compiler: Compiler, node: Node) -> Callable[[Scope], str | None]:
    """A path as it is, or a text put together: then each part is one segment, whatever is in it."""
    text = node.text
    if text is not None and text.startswith("/"):
        return lambda scope: text
    with_ = (node.entries or {}).get("with")
    template = (node.entries or {}).get("of")
    if with_ is None or with_.entries is None or template is None or not (template.text or "").startswith("/"):
        compiler.problems.add(node, "path: /so/and/so is expected, or {as: text, of: /so/{id}, with: {id: ...}}")
        return lambda scope: None
    compiler.expression(node)  # says what is wrong with it
    parts = {name: compiler.expression(one).of for name, one in with_.entries.items()}
    pattern = template.text or ""

    def of(scope: Scope) -> str | None:
        found = pattern
        for name, part in parts.items():
            value = part(scope)
            if value is None:
                return None
            found = found.replace(f"{{{name}}}", quote(str(value), safe=""))
        return found

    return of


def _acknowledgement(form: Form) -> Acknowledgement | None:
    said = form.form("acknowledge", ("by", "within_s", "event"), ("by", "within_s"))
    if not said:
        return None
    by = said.choice("by", _BY, "http")
    event = said.form("event", ("tags",), ("tags",))
    tags = event.texts("tags")
    for tag in tags:
        if tag not in EVENTS:
            event.problem("tags", f"there is no {tag:.60}{did_you_mean(tag, EVENTS)}")
    if (by == "event") != bool(event):
        said.problem("event", "goes with `by: event`: its `tags` are what is waited for")
    return Acknowledgement(by, said.number("within_s", 1, WITHIN_MAX_S, 86_400), tags)  # type: ignore[arg-type]
