"""Conditions: mappings of what must hold, all of it; a list of them holds where one of them does.

What is asked is named by a path, ``{$.code: "945"}``, or is any expression, ``{of: ~missing, above: 0}``.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from milepost.codecs.dialects.compiling import Compiler, Expression
from milepost.codecs.dialects.near import did_you_mean
from milepost.codecs.dialects.numbers import number_of, shown
from milepost.codecs.dialects.paths import Path
from milepost.codecs.dialects.scope import Scope
from milepost.codecs.dialects.walks import walk_of, walked
from milepost.codecs.dialects.words import meaning_of
from milepost.codecs.dialects.yaml_lines import Node
from milepost.codecs.documents import Plain

Holds = Callable[[Scope], bool]
_Number = int | Decimal
_COMPARED: dict[str, Callable[[_Number, _Number], bool]] = {
    "above": lambda value, limit: value > limit,
    "below": lambda value, limit: value < limit,
    "at_least": lambda value, limit: value >= limit,
    "at_most": lambda value, limit: value <= limit,
}
OF = "of"
_KNOWN = ("not", "present", "status", "is", "known", "any", "none", *_COMPARED)


def condition(compiler: Compiler, node: Node) -> Holds:
    """Compile a condition; where it is none a problem is said, and it never holds."""
    with compiler.levels.part(node, len(compiler.items)) as part:
        holds = _condition(compiler, node)
    return part.once("if", holds)


def _condition(compiler: Compiler, node: Node) -> Holds:
    if node.items is not None:
        return _any_of(tuple(condition(compiler, one) for one in node.items))
    if node.entries is None:
        compiler.problems.add(node, "a condition is a mapping of paths to what must stand there")
        return lambda scope: False
    return _all_of([test for key, one in _asked(node) for test in _kept(compiler, key, one)])


def _kept(compiler: Compiler, asked: Node, node: Node) -> list[Holds]:
    """One entry of a condition. More than a word to compare with is kept by itself: others may ask it as well."""
    if node.entries is None:
        return _tests(compiler, asked, node)
    whole = {asked.text: node} if asked.text is not None else {OF: asked, **node.entries}
    with compiler.levels.part(Node(whole, node.file, node.line), len(compiler.items)) as part:
        tests = _tests(compiler, asked, node)
    return [part.once("if", _all_of(tests))]


def _any_of(tests: tuple[Holds, ...]) -> Holds:
    def holds(scope: Scope) -> bool:
        for test in tests:  # noqa: SIM110 - a generator for each message would cost more than the tests
            if test(scope):
                return True
        return False

    return holds


def _all_of(tests: list[Holds]) -> Holds:
    if len(tests) == 1:
        return tests[0]

    def holds(scope: Scope) -> bool:
        for test in tests:  # noqa: SIM110 - the same
            if not test(scope):
                return False
        return True

    return holds


def always(scope: Scope) -> bool:
    """What holds where no condition is said."""
    return True


def _asked(node: Node) -> list[tuple[Node, Node]]:
    """Return what is asked of which expression: of a path (or a name) by its key, of any other by ``of``."""
    entries = node.entries or {}
    if OF not in entries:
        return [(Node(key, one.file, one.line), one) for key, one in entries.items()]
    of_it = {key: one for key, one in entries.items() if key in _KNOWN}
    others = [(Node(key, one.file, one.line), one) for key, one in entries.items() if key not in (OF, *of_it)]
    return [(entries[OF], Node(of_it, node.file, node.line)), *others]


def _tests(compiler: Compiler, asked: Node, node: Node) -> list[Holds]:
    subject, key = compiler.expression(asked), asked.text or OF
    if node.text is not None:
        return [_is(subject, (node.text,))]
    if node.items is not None:
        return [_is(subject, _texts(compiler, node))]
    entries = node.entries or {}
    tests: list[Holds] = []
    for name, one in entries.items():
        if name not in _KNOWN:
            compiler.problems.add(one, f"{key:.60}: there is no {name:.40}{did_you_mean(name, _KNOWN)}")
        elif name == "not":
            tests.append(_is_not(_is(subject, _texts(compiler, one))))
        elif name == "present":
            tests.append(_present(compiler, subject, one))
        elif name in _COMPARED:
            tests.append(_number(compiler, subject, name, one))
        else:
            tests += _of_items(compiler, asked, name, one)
    if {"status", "is", "known"} & entries.keys():
        tests.append(_means(compiler, subject, key, entries, node))
    if not entries:
        compiler.problems.add(node, f"{key:.60}: nothing is asked of it")
    return tests


def _of_items(compiler: Compiler, asked: Node, name: str, node: Node) -> list[Holds]:
    """``any`` and ``none``: what holds of an item of the list, or of none of its items; of an empty list none does."""
    if name not in ("any", "none"):
        return []
    walk = walk_of(compiler, asked)
    with walk.inside(compiler):
        of_item = condition(compiler, node)
    wanted = name == "any"

    def holds(scope: Scope) -> bool:
        found = False
        for _ in walked(scope, walk):
            found = of_item(scope) or found  # each is looked at: an item with an unknown status is never passed over
        return found is wanted

    return [holds]


class Word(NamedTuple):
    """What a condition asks first: that one of ``words`` stands at ``path``; ``at`` reads it as they are written."""

    path: str
    words: frozenset[str]
    at: Callable[[Scope], str]


def first_word(compiler: Compiler, node: Node) -> Word | None:
    """Return what the condition ``node`` asks first, None where that is no word, or one of several that may hold."""
    asked, one = next(iter(_asked(node)), (node, node))
    if asked.text is None or one.entries is not None:
        return None
    of = compiler.expression(asked).of

    def at(scope: Scope) -> str:
        value = of(scope)
        return value if type(value) is str else _text(value)

    return Word(asked.text, frozenset([one.text] if one.text is not None else _texts(compiler, one)), at)


def _texts(compiler: Compiler, node: Node) -> tuple[str, ...]:
    found = [node] if node.text is not None else (node.items or [])
    if not found or any(one.text is None for one in found):
        compiler.problems.add(node, "texts are expected")
    return tuple(one.text for one in found if one.text is not None)


def _is(subject: Expression, texts: tuple[str, ...]) -> Holds:
    wanted, of = frozenset(texts), subject.of
    return lambda scope: (value if type(value := of(scope)) is str else _text(value)) in wanted


def _text(value: Plain) -> str:
    """Numbers and switches as they are written in a dialect; nothing is the empty text."""
    if type(value) is bool:
        return "true" if value else "false"
    return str(value) if type(value) is int else ""


def _is_not(holds: Holds) -> Holds:
    return lambda scope: not holds(scope)


def _present(compiler: Compiler, subject: Expression, node: Node) -> Holds:
    if node.text not in ("true", "false"):
        compiler.problems.add(node, "present: true or false is expected")
    wanted, path, of = node.text == "true", subject.path, subject.of
    if path is None:
        return lambda scope: (of(scope) is not None) is wanted

    def holds(scope: Scope) -> bool:
        value = of(scope) if scope.seen is None else _seen(scope, path)
        return (bool(value) if type(value) in (list, dict) else value is not None) is wanted

    return holds


def _seen(scope: Scope, path: Path) -> Plain:
    """Whether a list or an object is there is no look at what it says: that may still go unmapped."""
    value = scope.peek(path)
    return value if type(value) in (list, dict) else scope.at(path)


def _number(compiler: Compiler, subject: Expression, name: str, node: Node) -> Holds:
    try:
        limit = number_of(node.text)
    except ValueError:
        compiler.problems.add(node, f"{name}: a number is expected")
        return lambda scope: False
    compared, of, path, comma = _COMPARED[name], subject.of, subject.path, compiler.comma

    def holds(scope: Scope) -> bool:
        value = of(scope)
        if value is None:
            return False
        try:
            return compared(number_of(value, comma), limit)
        except ValueError:
            return scope.refuse("invalid_value", f"{shown(value)} is no number", path)

    return holds


def _means(compiler: Compiler, subject: Expression, key: str, entries: dict[str, Node], node: Node) -> Holds:
    if "status" not in entries or not {"is", "known"} & entries.keys():
        compiler.problems.add(
            node,
            f"{key:.60}: `status` (a table) goes with `is` (what it must mean) or `known: true` (anything it means)",
        )
        return lambda scope: False
    table = compiler.statuses.get(entries["status"].text or "")
    words = frozenset(_texts(compiler, entries["is"]) if "is" in entries else ())
    if table is None:
        name = entries["status"].text or "such"
        compiler.problems.add(entries["status"], f"there is no table {name:.60}{did_you_mean(name, compiler.statuses)}")
        return lambda scope: False
    for word in sorted(words.difference(table.words)):
        known = did_you_mean(word, table.words)
        compiler.problems.add(entries["is"], f"statuses.{table.name} has no meaning {word:.40}{known}")
    table.used.update(words)
    meaning = meaning_of(subject, table)
    if "known" not in entries:
        return lambda scope: meaning(scope) in words
    if entries["known"].text != "true" or words:
        compiler.problems.add(entries["known"], "known: true is expected, and no `is` beside it")
    table.used.update(table.words)

    def holds(scope: Scope) -> bool:
        meaning(scope)  # refuses what is in neither list
        return True

    return holds
