"""``{as: code}`` and ``{as: status}``: a partner's word to ours by a table, or ours to theirs with ``back``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from milepost.codecs.dialects import tables
from milepost.codecs.dialects.compiling import Compiler, Expression
from milepost.codecs.dialects.form import Form
from milepost.codecs.dialects.scope import LeftOut, Scope
from milepost.codecs.dialects.shapes import choices
from milepost.codecs.dialects.tables import Codes, Statuses
from milepost.codecs.dialects.yaml_lines import Node
from milepost.codecs.documents import Plain


def code(compiler: Compiler, node: Node) -> Expression:
    """The cross-reference's word; a gap is a refusal (``unknown_code``), or with ``missing: keep`` the code itself."""
    form = compiler.form(node, "code", "of", "table", "back", "without", required=("of", "table"))
    part, table = compiler.part(form, "of"), compiler.codes.get(form.text("table"))
    if table is None:
        tables.missing_table(form, form.text("table"), compiler.codes)
    if part is None or table is None:
        return compiler.nothing(node)
    backwards = form.switch("back")
    found = tables.back(form, table.name, table.map) if backwards else dict(table.map)
    _check_all_told(compiler, form, part, None if table.keeps else found)
    text, path, keeps, name = part.of, part.path, table.keeps, table.name

    def of(scope: Scope) -> Plain:
        value = text(scope)
        if value is None:
            return None
        word = found.get(value if type(value) is str else _key(value))
        if word is None:
            if not keeps:
                scope.refuse("unknown_code", f"{_key(value)!r:.80} is not in codes.{name}", path)
            return _key(value)
        return word

    closed = None if keeps else tuple(found.values())
    return Expression(of, node, "text", closed, path)


def status(compiler: Compiler, node: Node) -> Expression:
    """Our word for theirs. What is in neither list is ``unmapped_status``; what is ignored leaves the emission out."""
    form = compiler.form(node, "status", "of", "table", "back", "without", required=("of", "table"))
    part, table = compiler.part(form, "of"), compiler.statuses.get(form.text("table"))
    if table is None:
        tables.missing_table(form, form.text("table"), compiler.statuses)
    if part is None or table is None:
        return compiler.nothing(node)
    if form.switch("back"):
        codes = Codes(table.name, tables.back(form, table.name, table.map))
        _check_all_told(compiler, form, part, codes.map)
        return _turned(node, part, codes)
    _check_all_told(compiler, form, part, None)
    table.used.update(table.words)
    meaning = meaning_of(part, table)

    def of(scope: Scope) -> Plain:
        word = meaning(scope)
        if word == "":
            raise LeftOut
        return word

    return Expression(of, node, "text", table.words, part.path)


def _check_all_told(compiler: Compiler, form: Form, part: Expression, turned: Mapping[str, str] | None) -> None:
    """Say which of our words have no counterpart in ``turned``, where it is known which words there are.

    ``without`` names those for which they have none: an instruction with one of them fails, and nobody is surprised.
    """
    backwards, without = form.switch("back"), form.texts("without")
    if without and (not backwards or turned is None):
        form.problem("without", "goes with `back: true` and a table that does not keep what it lacks")
        return
    if not backwards or turned is None or part.path is None:
        return
    words = choices(compiler.shape(part.path)) or compiler.told.get(part.path.text, ())
    for word in words:
        if word not in turned and word not in without:
            form.problem("table", f"has nothing for our word {word:.40}; they have none? `without: [{word:.40}]`")
    for word in without:
        if word in turned or word not in words:
            form.problem("without", f"{word:.40} " + ("has a counterpart" if word in turned else "never stands here"))


def meaning_of(part: Expression, table: Statuses) -> Callable[[Scope], str | None]:
    """Return a closure: our word, empty where theirs is ignored, None where nothing is there."""
    text, path, found, ignored, name = part.of, part.path, dict(table.map), table.ignore, table.name

    def of(scope: Scope) -> str | None:
        value = text(scope)
        if value is None:
            return None
        key = value if type(value) is str else _key(value)
        word = found.get(key)
        if word is None:
            if key not in ignored:
                scope.refuse("unmapped_status", f"{key!r:.80} has no meaning in statuses.{name}", path)
            scope.ignored = True
            return ""
        return word

    return of


def _turned(node: Node, part: Expression, table: Codes) -> Expression:
    text, path, found, name = part.of, part.path, dict(table.map), table.name

    def of(scope: Scope) -> Plain:
        value = text(scope)
        if value is None:
            return None
        word = found.get(_key(value))
        return word or scope.refuse("unmapped_status", f"{_key(value)!r:.80} has no counterpart in {name}", path)

    return Expression(of, node, "text", tuple(found.values()), path)


def _key(value: Plain) -> str:
    if type(value) is bool:
        return "true" if value else "false"
    return str(value)[:200] if type(value) in (str, int) else ""
