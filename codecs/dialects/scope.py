"""What an expression is evaluated against: one document, the items that are being gone through, what else is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, NoReturn

from milepost.codecs.dialects.paths import Path
from milepost.codecs.documents import Plain
from milepost.codecs.errors import DecodeError, Reason

STEPS_MAX = 500_000  # items that are gone through for one document, of lists within lists as well


class Frame(NamedTuple):
    """An item of a list: where the list stands in the document, and which of its items this is."""

    item: Plain
    list_place: str
    number: int

    @property
    def place(self) -> str:
        return f"{self.list_place}[{self.number}]"


class LeftOut(Exception):
    """A status that the dialect ignores: the emission it stands in is not made."""


class Seen(NamedTuple):
    """Places of a document that were looked at: single values, and lists or objects that were taken whole.

    ``passed``: what emissions were asked of (items of an ``each``, else the document); ``spoke``: of which one was.
    """

    leaves: set[str]
    whole: set[str]
    passed: dict[str, None]
    spoke: set[str]


class Scope:
    """``known`` holds what ``@name`` means. ``seen`` collects places where that was asked for.

    ``open``: whose it is will be known later, and with it ids that are not there now. ``ignored``: some status of the
    document is one of which the dialect says that nothing follows from it.
    """

    __slots__ = ("document", "frames", "ignored", "known", "open", "seen", "steps")

    def __init__(self, document: dict[str, Plain], known: Mapping[str, Plain], seen: Seen | None = None) -> None:
        self.document, self.known, self.seen = document, known, seen
        self.frames: list[Frame] = []
        self.open = False
        self.ignored = False
        self.steps = STEPS_MAX

    def at(self, path: Path) -> Plain:
        """Return what stands at ``path``; None for nothing there or an empty text."""
        value = self.peek(path)
        if value == "":
            return None
        if self.seen is not None and value is not None:
            (self.seen.whole if isinstance(value, dict | list) else self.seen.leaves).add(self.place(path))
        return value

    def peek(self, path: Path) -> Plain:
        """Return what stands at ``path``, without having looked at all of it."""
        root = path.root
        if root == "$":
            return path.of(self.document)
        if root == ".":
            return path.of(self.frames[-1].item if self.frames else self.document)
        return path.of(self.frames[-2].item if len(self.frames) > 1 else self.document)

    def place(self, path: Path) -> str:
        """Return ``path`` as it is seen from the document: ``$.lines[3].sku``."""
        depth = {"$": 0, ".": 1, "..": 2}[path.root]
        base = self.frames[-depth].place if 0 < depth <= len(self.frames) else "$"
        rest = path.text[len(path.root) :]
        return base + (f".{rest}" if rest and rest[0] not in ".[" else rest)

    def step(self) -> None:
        """Go on to another item; a refusal where a document asks for more than any real one."""
        self.steps -= 1
        if self.steps < 0:
            raise DecodeError("too_large", f"more than {STEPS_MAX} items to go through", "$")

    def refuse(self, reason: Reason, text: str, path: Path | None = None) -> NoReturn:
        """Raise DecodeError about what stands at ``path``."""
        place = self.place(path) if path is not None else self.frames[-1].place if self.frames else "$"
        raise DecodeError(reason, text, place)


def looking(path: Path) -> Callable[[Scope], Plain]:
    """Return what looks at ``path`` in a scope: ``scope.at(path)``, and for a single field without any detour."""
    if path.root == ".." or len(path.steps) != 1 or type(path.steps[0]) is not str:
        return lambda scope: scope.at(path)
    name, of_item = path.steps[0], path.root == "."

    def look(scope: Scope) -> Plain:
        if scope.seen is not None:
            return scope.at(path)
        holder = scope.frames[-1].item if of_item and scope.frames else scope.document
        value = holder.get(name) if type(holder) is dict else None
        return None if value == "" else value

    return look
