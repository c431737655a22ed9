"""Going through lists, and lists within them: each step down is a frame to which ``.`` and ``..`` refer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from milepost.codecs.dialects.compiling import Compiler
from milepost.codecs.dialects.paths import Path
from milepost.codecs.dialects.scope import Frame, Scope
from milepost.codecs.dialects.shapes import Shape, element
from milepost.codecs.dialects.yaml_lines import Node
from milepost.codecs.documents import Plain

WALK_MAX = 5  # lists within lists
NO_ITEMS: list[Plain] = []
Items = Callable[[Scope], tuple[list[Plain], str]]
"""The items of a list, and where it stands."""


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
        lists.append(items)
        shapes.append(shape)
        compiler.items.append(shape)
    del compiler.items[depth:]
    return Walk(tuple(lists), tuple(shapes), path)


def _one(compiler: Compiler, node: Node) -> tuple[Items, Shape | None, Path | None]:
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

    def items(scope: Scope) -> tuple[list[Plain], str]:
        value = expression.of(scope)
        if type(value) is not list:
            return NO_ITEMS, "$"
        whole = expression.path  # the first of those it may be from: errors name it where it is that one
        return value, scope.place(whole) if whole is not None and scope.peek(whole) is value else "$"

    return items, None, None  # its path is only the first of those it may take the list from


def _none(scope: Scope) -> tuple[list[Plain], str]:
    return NO_ITEMS, "$"


def _at(path: Path) -> Items:
    def items(scope: Scope) -> tuple[list[Plain], str]:
        value = scope.peek(path)
        if value is None or value == "":
            return NO_ITEMS, "$"
        if type(value) is not list:
            scope.refuse("wrong_type", "a list is expected here", path)
        return value, scope.place(path)

    return items


def walked(scope: Scope, walk: Walk, depth: int = 0) -> Iterator[None]:
    """Go through ``walk``: at each yield the scope stands at the next item."""
    items, place = walk.lists[depth](scope)
    innermost = depth + 1 == len(walk.lists)
    for index, item in enumerate(items):
        scope.step()
        scope.frames.append(Frame(item, place, index))
        try:
            if innermost:
                yield
            else:
                yield from walked(scope, walk, depth + 1)
        finally:
            scope.frames.pop()
