"""Expressions of a dialect to closures, once, when its file is read. Which kinds there are: expressions.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from milepost.codecs.dialects.form import Form
from milepost.codecs.dialects.near import did_you_mean
from milepost.codecs.dialects.paths import Path, parsed
from milepost.codecs.dialects.remembering import Levels
from milepost.codecs.dialects.scope import Scope, looking
from milepost.codecs.dialects.shapes import NoSuchField, Shape, shape_at
from milepost.codecs.dialects.tables import Codes, Statuses
from milepost.codecs.dialects.yaml_lines import Node, Problems
from milepost.codecs.documents import Plain

Of = Callable[[Scope], Plain]
Gives = Literal["", "text", "whole", "moment", "list", "object"]

INBOUND: frozenset[str] = frozenset({"partner", "source", "issuer", "message", "document", "received"})
OUTBOUND: frozenset[str] = frozenset({"partner", "source", "issuer", "instruction", "owner", "at"})
"""What ``@name`` may be, by direction."""
MOMENTS = ("received", "at")


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A compiled expression. ``words``: all that it can give, where that is known; ``path``: what to name in errors.

    ``wrote``: the text from which a moment was read, as it was sent.
    """

    of: Of
    node: Node
    gives: Gives = ""
    words: tuple[str, ...] | None = None
    path: Path | None = None
    constant: bool = False
    wrote: Callable[[Scope], str] | None = None


Kind = Callable[["Compiler", Node], Expression]
LIST, OBJECT = "[]", "{}"
"""Kinds of what is written without ``as``."""


@dataclass(slots=True, eq=False)
class Compiler:
    """What a dialect's expressions may refer to. ``document`` is the shape of what ``$`` means, where it is a contract.

    ``items`` are the shapes of the lists' items that are being gone through at this place of the file. ``comma``:
    numbers have a decimal comma where nothing else is said, for those of the partner's files have (``read.decimal``).
    ``told``: by path, the words that can stand there though the contract leaves the field open.
    """

    problems: Problems
    kinds: Mapping[str, Kind]
    codes: Mapping[str, Codes] = field(default_factory=dict)
    statuses: Mapping[str, Statuses] = field(default_factory=dict)
    units: Mapping[str, int | Decimal] = field(default_factory=dict)
    zone: str = ""
    precision: str = ""
    comma: bool = False
    names: frozenset[str] = INBOUND
    document: Shape | None = None
    items: list[Shape | None] = field(default_factory=list)
    told: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    levels: Levels = field(default_factory=Levels)

    def expression(self, node: Node) -> Expression:
        """Return ``node`` compiled; where it is no expression a problem is said, and it gives nothing."""
        if node.text is not None:
            return self._of_text(node, node.text)
        with self.levels.part(node, len(self.items)) as part:
            found = self._of_kind(node)
        if found.gives in ("list", "object"):  # whoever gets one may fill it further
            return found
        wrote = None if found.wrote is None else part.once("wrote", found.wrote)
        return replace(found, of=part.once("of", found.of), wrote=wrote)

    def _of_kind(self, node: Node) -> Expression:
        if node.items is not None:
            return self.kinds[LIST](self, node)
        kind = (node.entries or {}).get("as")
        if kind is None:
            return self.kinds[OBJECT](self, node)
        found = self.kinds.get(kind.text or "")
        if found is None:
            known = [name for name in self.kinds if name.isidentifier()]
            self.problems.add(kind, f"as: there is no {kind.text or 'such'}{did_you_mean(kind.text or '', known)}")
            return self.nothing(node)
        return found(self, node)

    def form(self, node: Node, kind: str, *known: str, required: tuple[str, ...] = ("of",)) -> Form:
        """The keys of an expression of ``kind``; unknown and missing ones are said."""
        return Form(self.problems, node, f"as: {kind}", ("as", *known), required)

    def part(self, form: Form, key: str) -> Expression | None:
        """The expression at ``key``, None where there is none."""
        node = form.get(key)
        return None if node is None else self.expression(node)

    def nothing(self, node: Node) -> Expression:
        """What stands for an expression that is none."""
        return Expression(lambda scope: None, node)

    def path(self, node: Node, text: str | None = None) -> Path | None:
        """Return the path that ``node`` (or ``text``, at its line) is; None, with a problem said, where it is none."""
        text = node.text if text is None else text
        if not text or text[0] not in "$.":
            shown = f"{text:.60}" if text else "an empty value"
            self.problems.add(node, f"{shown} is no expression: paths begin with $ or ., names with @, texts with =")
            return None
        try:
            path = parsed(text)
            self.shape(path)
        except (ValueError, NoSuchField) as error:
            self.problems.add(node, f"{text:.80}: {error}")
            return None
        self.levels.spoken_of.add(0 if path.root == "$" else max(len(self.items) + 1 - len(path.root), 0))
        return path

    def shape(self, path: Path) -> Shape | None:
        """Return the shape of what stands at ``path``; None where no contract says it; NoSuchField where one does."""
        depth = {"$": 0, ".": 1, "..": 2}[path.root]
        base = self.items[-depth] if 0 < depth <= len(self.items) else self.document
        return None if base is None else shape_at(base, path.steps)

    def _of_text(self, node: Node, text: str) -> Expression:
        if text.startswith("="):
            literal = text[1:] or None
            return Expression(lambda scope: literal, node, "text", (text[1:],), constant=True)
        if text.startswith("@"):
            return self._known(node, text[1:])
        with self.levels.part(node, len(self.items)) as part:
            path = self.path(node)
        if path is None:
            return self.nothing(node)
        look = looking(path)  # one that goes through a list for an element is not to do so for every line
        chosen = any(isinstance(step, tuple) for step in path.steps)
        return Expression(part.once("of", look) if chosen else look, node, path=path)

    def _known(self, node: Node, name: str) -> Expression:
        if name not in self.names:
            self.problems.add(node, f"@{name:.40} is not known here{did_you_mean(name, self.names)}")
        return Expression(lambda scope: scope.known.get(name) or None, node, "moment" if name in MOMENTS else "text")
