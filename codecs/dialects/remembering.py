"""What a file asks again and again of one document, or of one item of a list in it, is worked out once.

A shipping advice says to whom, when and by which order for the document as a whole, and asks for it at every line; a
name of ``let`` stands wherever it is put in. Where an expression stands is known when the file is compiled, and of what
it speaks as well: of the document alone (level 0), or of an item of the first list that is gone through (1), of the
list within it (2). What stands more than once, and what speaks of less than the place where it stands, keeps its value
with that document or item. A value is kept, an error never: who asks again is refused again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from milepost.codecs.dialects.scope import Scope
from milepost.codecs.dialects.yaml_lines import Node

Value = TypeVar("Value")
_NOT_YET: Any = object()


def written(node: Node, found: Counter[str] | None = None) -> str:
    """Return a part of a file as text: two parts that say the same have the same. ``found`` counts all within it."""
    if node.text is not None:
        return repr(node.text)
    if node.entries is not None:
        parts = [f"{key!r}:{written(one, found)}" for key, one in node.entries.items()]
        text = _braced(",".join(parts))
        if found is not None and len(parts) > 1:  # each by itself, as conditions ask them
            found.update(map(_braced, parts))
    else:
        text = f"[{','.join([written(one, found) for one in node.items or ()])}]"
    if found is not None:
        found[text] += 1
    return text


def _braced(text: str) -> str:
    return f"{{{text}}}"


def repeated(*nodes: Node) -> frozenset[str]:
    """Return what stands more than once in these parts of a file, as ``written``."""
    found: Counter[str] = Counter()
    for node in nodes:
        written(node, found)
    return frozenset(text for text, times in found.items() if times > 1)


class Levels:
    """Kept while a file is compiled: of which levels the part at hand speaks, and a number for each value to keep.

    ``often``: what stands more than once in the message (or instruction) that is being compiled.
    """

    def __init__(self) -> None:
        self.often: frozenset[str] = frozenset()
        self.spoken_of: set[int] = set()
        self._slots: dict[tuple[str, int, str], int] = {}

    @contextmanager
    def part(self, node: Node, depth: int) -> Iterator[Part]:
        """While ``node`` is compiled, which stands within ``depth`` lists. Lists within it are its own affair."""
        around, self.spoken_of = self.spoken_of, set()
        part = Part(self, node, depth)
        yield part
        part.spoken_of = {level for level in self.spoken_of if level <= depth}
        self.spoken_of = around | part.spoken_of

    def slot(self, what: str, level: int, text: str) -> int:
        """Return the number under which a value is kept; ``what`` tells a condition from an owner written alike."""
        return self._slots.setdefault((what, level, text), len(self._slots))


class Part:
    """A part of a file; once it is compiled, ``spoken_of`` says of which levels it speaks."""

    def __init__(self, all_levels: Levels, node: Node, depth: int) -> None:
        self._all, self._depth, self.text = all_levels, depth, written(node)
        self.spoken_of: set[int] = set()

    def once(self, what: str, of: Callable[[Scope], Value]) -> Callable[[Scope], Value]:
        """Return ``of``, asked once for each document or item where that pays."""
        level = max(self.spoken_of, default=0)
        if level == self._depth and self.text not in self._all.often:
            return of
        return _remembered(of, level, self._all.slot(what, level, self.text))


def _remembered(of: Callable[[Scope], Value], level: int, slot: int) -> Callable[[Scope], Value]:
    above, not_yet = level - 1, _NOT_YET

    def of_document(scope: Scope) -> Value:
        value: Any = scope.kept.get(slot, not_yet)
        return _asked(of, scope, scope.kept, slot) if value is not_yet else value

    def of_item(scope: Scope) -> Value:
        kept = scope.frames[above].kept
        value: Any = kept.get(slot, not_yet)
        return _asked(of, scope, kept, slot) if value is not_yet else value

    return of_item if level else of_document


def _asked(of: Callable[[Scope], Value], scope: Scope, kept: dict[int, Any], slot: int) -> Value:
    """Work it out and keep it, unless an ignored status is in it: whoever asks again is to note that as well."""
    before, scope.ignored = scope.ignored, False
    value = of(scope)
    if not scope.ignored:
        kept[slot] = value
        scope.ignored = before
    return value
