"""Going through lists, and lists within them: each step down is a frame to which ``.`` and ``..`` refer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from milepost.codecs.dialects.compiling import Compiler
from milepost.codecs.dialects.paths import Path
from milepost.codecs.dialects.remembering import written
from milepost.codecs.dialects.scope import Frame, Scope
from milepost.codecs.dialects.shapes import Shape, element
from milepost.codecs.dialects.yaml_lines import Node
from milepost.codecs.documents import Plain

WALK_MAX = 5  # lists within lists
NO_ITEMS: list[Plain] = []
Listed = tuple[list[Plain], Path | None]
"""The items of a list, and its path, if it is at one."""
Items = Callable[[Scope], Iterable[Frame]]


class Walk(NamedTuple):
    """The lists to go through, outermost first, with the shapes of their items as far as a contract says them."""

    lists: tuple[Items, ...]
    shapes: tuple[Shape | None, ...]
    path: Path | None

    @contextmanager
    def inside(self, compiler: Compiler) -> Iterator[None]:
        """While compiling: ``.`` is an item of the innermost list."""
        compiler.items.extend(self.shapes)
        try:
            yield
        finally:
            del compiler.items[len(compiler.items) - len(self.shapes) :]


def walk_of(compiler: Compiler, node: Node) -> Walk:
    """Compile a path, or a list of paths that go down, or any expression that gives a list."""
    nodes = node.items if node.items else [node]
    if len(nodes) > WALK_MAX:
        compiler.problems.add(node, f"goes down {len(nodes)} lists; at most {WALK_MAX}")
    lists: list[Items] = []
    shapes: list[Shape | None] = []
    path = None
    depth = len(compiler.items)
    for one in nodes[:WALK_MAX]:
        items, shape, found = _one(compiler, one)
        path = path or found
        lists.append(_kept(items, compiler.levels.slot("frames", len(compiler.items), written(one))))
        shapes.append(shape)
        compiler.items.append(shape)
    del compiler.items[depth:]
    return Walk(tuple(lists), tuple(shapes), path)


def _kept(listed: Callable[[Scope], Listed], slot: int) -> Items:
    """The items of a list are made frames once for the document, or for the item around them: for all who ask."""

    def items(scope: Scope) -> Iterable[Frame]:
        kept = scope.frames[-1].kept if scope.frames else scope.kept
        frames: list[Frame] | None = kept.get(slot)
        if frames is not None:
            return frames
        plain, path = listed(scope)
        around = None if path is None else scope.base(path)
        if len(plain) > scope.room:
            return (Frame(item, around, path, number) for number, item in enumerate(plain))
        scope.room -= len(plain)
        frames = kept[slot] = [Frame(item, around, path, number) for number, item in enumerate(plain)]
        return frames

    return items


def _one(compiler: Compiler, node: Node) -> tuple[Callable[[Scope], Listed], Shape | None, Path | None]:
    if node.text is not None and node.text[:1] in ("$", "."):
        path = compiler.path(node)
        if path is None:
            return _none, None, None
        shape = compiler.shape(path)
        inner = element(shape) if shape is not None else None
        if shape is not None and inner is None:
            compiler.problems.add(node, f"{path.text:.80}: no list")
        return _at(path), inner, path
    expression = compiler.expression(node)
    if expression.gives not in ("", "list"):
        compiler.problems.add(node, "no list: a path to one is expected")

    def items(scope: Scope) -> Listed:
        value = expression.of(scope)
        if type(value) is not list:
            return NO_ITEMS, None
        whole = expression.path  # the first of those it may be from: errors name it where it is that one
        return value, whole if whole is not None and scope.peek(whole) is value else None

    return items, None, None  # its path is only the first of those it may take the list from


def _none(scope: Scope) -> Listed:
    return NO_ITEMS, None


def _at(path: Path) -> Callable[[Scope], Listed]:
    def items(scope: Scope) -> Listed:
        value = scope.peek(path)
        if value is None or value == "":
            return NO_ITEMS, None
        if type(value) is not list:
            scope.refuse("wrong_type", "a list is expected here", path)
        return value, path

    return items


def walked(scope: Scope, walk: Walk) -> Iterator[None]:
    """Go through ``walk``: at each yield the scope stands at the next item."""
    return _walked(scope, walk.lists)


def _walked(scope: Scope, lists: tuple[Items, ...]) -> Iterator[None]:
    frames, below = scope.frames, lists[1:]
    for frame in lists[0](scope):
        scope.steps -= 1
        if scope.steps < 0:
            scope.exhausted()
        frames.append(frame)
        try:
            if below:
                yield from _walked(scope, below)
            else:
                yield
        finally:
            frames.pop()
