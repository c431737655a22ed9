"""Voices: how the partners of a simulated world say their events in words of their own. Data, as dialects are.

A voice is the other side's half of a dialect: which of a source's events it says, in which format, with which fields.
It is written in the same expressions but apart from the dialect that will read it, so an error of one is not in both;
and the independent books know neither.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
from milepost.codecs import formats
from milepost.codecs.dialects.compiling import Compiler
from milepost.codecs.dialects.conditions import condition
from milepost.codecs.dialects.expressions import KINDS
from milepost.codecs.dialects.extending import extended
from milepost.codecs.dialects.form import Form
from milepost.codecs.dialects.model import DialectErrors
from milepost.codecs.dialects.naming import LET, expanded
from milepost.codecs.dialects.quantities import units_of
from milepost.codecs.dialects.reading import options_of
from milepost.codecs.dialects.sayings import EVENTS
from milepost.codecs.dialects.scope import Scope
from milepost.codecs.dialects.sendings import written_format
from milepost.codecs.dialects.tables import codes_of, statuses_of
from milepost.codecs.dialects.yaml_lines import Node, Problems, read
from milepost.codecs.documents import Plain
from milepost.codecs.x12.writing import Envelope
from milepost.contracts.events import Event, tag_of
from milepost.contracts.identifiers import digest

SECTIONS: Final = ("partner", "extends", "source", "share", "way", "format", "read", "units", "codes", "statuses",
                   "sender", "receiver", LET, "messages")  # fmt: skip
NAMES: Final = frozenset({"partner", "source", "owner", "at", "key", "message"})
"""What ``@name`` may be: of the event, its owner, time, business key and message id."""
WAYS: Final = ("webhook", "drop")
CONTROLS: Final = 900_000_000


class Speech(NamedTuple):
    """One message as it leaves the partner. ``name``: of a file."""

    partner: str
    way: str
    value: bytes
    content_type: str
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Saying:
    """What is said of one kind of event, where ``applies``."""

    kind: str
    applies: Callable[[Scope], bool]
    document: Callable[[Scope], Any]


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """``share``: of a hundred owners the voice has so many; what the others say goes the usual way.

    ``layout``: of a flat file, as `read` of the dialect says it.
    """

    partner: str
    source: str
    share: int
    way: str
    format: str
    sides: tuple[tuple[str, str], tuple[str, str]]
    says: Mapping[str, tuple[Saying, ...]]
    layout: Mapping[str, Any]

    def has(self, owner: str) -> bool:
        """Say whether the voice speaks for ``owner``: for all of its events or for none."""
        return int(digest("voice", owner), 16) % 100 < self.share

    def of(self, event: Event) -> Speech | None:
        """Return ``event`` in this voice's words; None where it has none for it."""
        if event.source != self.source or not self.has(event.owner):
            return None
        scope = Scope(_fields(event), self._known(event))
        for saying in self.says.get(tag_of(event.body), ()):
            if saying.applies(scope):
                return self._spoken(event, saying.kind, _plain(saying.document(scope)))
        return None

    def _known(self, event: Event) -> dict[str, Plain]:
        return {
            "partner": self.partner, "source": self.source, "owner": event.owner, "at": event.occurred_at,
            "key": event.business_key, "message": event.event_id,
        }  # fmt: skip

    def _spoken(self, event: Event, kind: str, document: dict[str, Plain]) -> Speech:
        format = written_format(self.format, kind)
        value = formats.write_as(
            format, self.layout, kind, document, self._envelope(event) if format == "x12" else None
        )
        name = f"{digest(event.event_id, value)}.{formats.ENDINGS[format]}"
        return Speech(self.partner, self.way, value, formats.CONTENT_TYPES[format], name)

    def _envelope(self, event: Event) -> Envelope:
        interchange, group, set_ = (
            str(CONTROLS // 9 + int(digest("voice", part, event.event_id), 16) % CONTROLS) for part in ("i", "g", "s")
        )
        return Envelope(
            sender=self.sides[0], receiver=self.sides[1], interchange_control=interchange, group_control=group,
            set_control=set_, at=event.occurred_at,
        )  # fmt: skip


def read_voices(files: Mapping[str, bytes]) -> tuple[Voice, ...]:
    """Return the voices in ``files``; those under ``base/`` are there to be extended. DialectErrors for any problem."""
    problems = Problems()
    nodes = {name: node for name, data in sorted(files.items()) if (node := read(name, data, problems)) is not None}
    found = tuple(_voice(name, nodes, problems) for name in nodes if not name.startswith("base/"))
    if len(problems):
        raise DialectErrors(problems.all())
    return found


def _voice(file: str, nodes: Mapping[str, Node], problems: Problems) -> Voice:
    root = expanded(extended(file, nodes, problems), problems)
    form = Form(problems, root, "", SECTIONS, ("partner", "source", "format", "messages"))
    empty = Node({}, file, 1)
    sections = {
        name: Form(problems, form.get(name), name, (form.get(name) or empty).entries or ())
        for name in ("codes", "statuses")
    }
    compiler = Compiler(
        problems, KINDS, codes=codes_of(sections["codes"]), statuses=statuses_of(sections["statuses"]),
        units=units_of(form), names=NAMES,
    )  # fmt: skip
    says: dict[str, tuple[Saying, ...]] = {}
    for node in form.forms("messages"):
        of, saying = _saying(compiler, node)
        says[of] = (*says.get(of, ()), saying)
    return Voice(
        partner=form.text("partner"),
        source=form.text("source"),
        share=int(form.number("share", 0, 100, 100)),
        way=form.choice("way", WAYS, "webhook"),
        format=form.text("format"),
        sides=(_side(form, "sender"), _side(form, "receiver")),
        says=says,
        layout=options_of(form, form.text("format"), {}) if "read" in form.entries else {},
    )


def _saying(compiler: Compiler, node: Node) -> tuple[str, Saying]:
    form = Form(compiler.problems, node, "says", ("of", "name", "if", "kind", "document"), ("of", "kind", "document"))
    of = form.text("of")
    if of and of not in EVENTS:
        form.problem("of", f"there is no {of:.60}")
    own = dataclasses.replace(compiler, document=EVENTS.get(of), items=[])
    document = own.expression(form.get("document") or node)
    applies = condition(own, form.entries["if"]) if "if" in form.entries else lambda scope: True
    return of, Saying(form.text("kind"), applies, document.of)


def _side(form: Form, key: str) -> tuple[str, str]:
    qualifier, _, name = form.text(key, "ZZ:PARTNER").partition(":")
    return qualifier, name


def _fields(event: Event) -> dict[str, Plain]:
    """The body as plain data with its defaults left out; moments stay moments, to be written as the voice likes."""
    plain: dict[str, Plain] = _listed(msgspec.to_builtins(event.body, builtin_types=(datetime,)))
    return plain


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _listed(one) for name, one in value.items()}
    return [_listed(one) for one in value] if isinstance(value, list | tuple) else value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
