"""What an expression is evaluated against: one document, the items that are being gone through, what else is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn

from milepost.codecs.dialects.paths import Path
from milepost.codecs.documents import Plain
from milepost.codecs.errors import DecodeError, Reason

STEPS_MAX = 500_000  # items that are gone through for one document, of lists within lists as well
ITEMS_KEPT_MAX = 20_000  # items of one document of which is kept what was worked out; of others it is again

_DEPTHS = {"$": 0, ".": 1, "..": 2}


class Frame:
    """An item of a list: the list's path and the item that is from, if from one, and which of its items this is.

    ``kept``: what was worked out of it (remembering.py), by number.
    """

    __slots__ = ("around", "item", "kept", "number", "path")

    def __init__(self, item: Plain, around: Frame | None, path: Path | None, number: int) -> None:
        self.item, self.around, self.path, self.number = item, around, path, number
        self.kept: dict[int, Any] = {}

    @property
    def place(self) -> str:
        return f"{_place(self.around, self.path)}[{self.number}]"


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
    document is one of which the dialect says that nothing follows from it. ``kept``: what was worked out of the
    document, by number; ``room``: of so many items more it may be kept as well; ``steps``: so many may be gone through.
    """

    __slots__ = ("document", "frames", "ignored", "kept", "known", "open", "room", "seen", "steps")

    def __init__(self, document: dict[str, Plain], known: Mapping[str, Plain], seen: Seen | None = None) -> None:
        self.document, self.known, self.seen = document, known, seen
        self.frames: list[Frame] = []
        self.open = False
        self.ignored = False
        self.steps = STEPS_MAX
        self.kept: dict[int, Any] = {}
        self.room = ITEMS_KEPT_MAX

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
        return _place(self.base(path), path)

    def base(self, path: Path) -> Frame | None:
        """Return the item that ``path`` is from, None for the document."""
        depth = _DEPTHS[path.root]
        return self.frames[-depth] if 0 < depth <= len(self.frames) else None

    def exhausted(self) -> NoReturn:
        """Refuse a document that asks for more than any real one."""
        raise DecodeError("too_large", f"more than {STEPS_MAX} items to go through", "$")

    def refuse(self, reason: Reason, text: str, path: Path | None = None) -> NoReturn:
        """Raise DecodeError about what stands at ``path``."""
        place = self.place(path) if path is not None else self.frames[-1].place if self.frames else "$"
        raise DecodeError(reason, text, place)


def _place(base: Frame | None, path: Path | None) -> str:
    root = "$" if base is None else base.place
    rest = "" if path is None else path.text[len(path.root) :]
    return root + (f".{rest}" if rest and rest[0] not in ".[" else rest)


def looking(path: Path) -> Callable[[Scope], Plain]:
    """Return what looks at ``path`` in a scope: ``scope.at(path)``, and for fields without any detour."""
    names, of_item = [step for step in path.steps if isinstance(step, str)], path.root == "."
    if path.root == ".." or not names or len(names) < len(path.steps):
        return lambda scope: scope.at(path)
    name = names[0]

    def field(scope: Scope) -> Plain:
        if scope.seen is not None:
            return scope.at(path)
        holder = scope.frames[-1].item if of_item and scope.frames else scope.document
        value = holder.get(name) if type(holder) is dict else None
        return None if value == "" else value

    def field_within(scope: Scope) -> Plain:
        if scope.seen is not None:
            return scope.at(path)
        value = scope.frames[-1].item if of_item and scope.frames else scope.document
        for name in names:
            if type(value) is not dict:
                return None
            value = value.get(name)
        return None if value == "" else value

    return field if len(names) == 1 else field_within
