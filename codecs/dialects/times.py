"""``{as: time}`` and ``{as: date}``: moments and days as partners write them, in the zone that is said or meant.

A local time that a clock shows twice is the first of the two; one that it skips is moved on by what was skipped.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from milepost.codecs.dialects.compiling import Compiler, Expression
from milepost.codecs.dialects.formats_of_time import FormatError, Moment, Reader, iso, reader_of
from milepost.codecs.dialects.numbers import shown
from milepost.codecs.dialects.scope import Scope
from milepost.codecs.dialects.yaml_lines import Node
from milepost.codecs.dialects.zones import LOCAL, zone_of
from milepost.codecs.documents import Plain
from milepost.codecs.refusals import YEAR_FIRST, YEAR_LAST

WRITTEN_MAX_CHARS = 64
PRECISIONS = ("", "second", "minute", "date")
ABOUT_ZONE = "a zone is a name of the zone database (Europe/Berlin), an X12 time code (ET) or an offset (+02:00)"


def time(compiler: Compiler, node: Node) -> Expression:
    """A moment in UTC."""
    form = compiler.form(node, "time", "of", "format", "zone")
    whole = form.get("of")
    nodes = [] if whole is None else whole.items if whole.items is not None else [whole]
    if len(nodes) > 3:
        form.problem("of", "at most [date, time, zone]")
    parts = [compiler.expression(one) for one in nodes[:3]]
    readers = _readers(compiler, form.get("format"))
    zone = _zone(compiler, form.get("zone"))
    if not parts:
        return compiler.nothing(node)
    return moments(node, parts, readers, zone, compiler.precision)


def moments(
    node: Node, parts: list[Expression], readers: tuple[Reader, ...], zone: tzinfo | None, precision: str
) -> Expression:
    """Put date, time and zone together; without formats it is ISO 8601."""
    ofs, path = tuple(one.of for one in parts), parts[0].path

    def of(scope: Scope) -> Plain:
        values = [part(scope) for part in ofs]
        if values[0] is None:
            return None
        if isinstance(values[0], datetime):
            return values[0]
        text = "".join(str(value) for value in values[:2] if value is not None)
        said = zone if len(values) < 3 or values[2] is None else _said_zone(scope, str(values[2]), zone, parts[2])
        return _moment(scope, text, readers, said, precision, parts[0])

    def wrote(scope: Scope) -> str:
        found = [str(value) for part in ofs if (value := part(scope)) is not None]
        return " ".join(found)[:WRITTEN_MAX_CHARS]

    return Expression(of, node, "moment", path=path, wrote=wrote)


def _said_zone(scope: Scope, name: str, zone: tzinfo | None, part: Expression) -> tzinfo | None:
    if name == LOCAL:
        return zone
    found = zone_of(name)
    return found or scope.refuse("unknown_code", f"{name!r:.60} is no time zone", part.path)


def _moment(
    scope: Scope, text: str, readers: tuple[Reader, ...], zone: tzinfo | None, precision: str, part: Expression
) -> datetime:
    found = _read(text, readers)
    if found is None:
        return scope.refuse("invalid_value", f"{text!r:.60} is no time in the form that is expected", part.path)
    within = found.zone or zone
    if within is None:
        return scope.refuse("invalid_value", f"{text!r:.60} names no zone, and none is said", part.path)
    try:
        # fold=0 takes the first of two; of a time that was skipped it gives the moment that much later.
        at = _cut(found.at, precision).replace(tzinfo=within).astimezone(UTC)
    except (OverflowError, ValueError):
        at = None
    if at is None or not YEAR_FIRST <= at.year <= YEAR_LAST:
        scope.refuse("absurd_time", f"{text!r:.60} is outside the years {YEAR_FIRST} to {YEAR_LAST}", part.path)
    return at


def _read(text: str, readers: tuple[Reader, ...]) -> Moment | None:
    if len(text) > WRITTEN_MAX_CHARS:
        return None
    for reader in readers:
        found = reader(text)
        if found is not None:
            return found
    return None


def _cut(at: datetime, precision: str) -> datetime:
    if precision == "":
        return at
    if precision == "date":
        return at.replace(hour=0, minute=0, second=0, microsecond=0)
    return at.replace(second=at.second if precision == "second" else 0, microsecond=0)


def _readers(compiler: Compiler, node: Node | None) -> tuple[Reader, ...]:
    nodes = [] if node is None else node.items if node.items is not None else [node]
    readers = []
    for one in nodes:
        try:
            readers.append(reader_of(one.text or ""))
        except FormatError as error:
            compiler.problems.add(one, f"format: {error}")
    return tuple(readers) or (iso,)


def _zone(compiler: Compiler, node: Node | None) -> tzinfo | None:
    """The zone of an expression, else the file's."""
    if node is None:
        return zone_of(compiler.zone) if compiler.zone else None
    zone = zone_of(node.text or "")
    if zone is None:
        compiler.problems.add(node, f"zone: {node.text or 'this'} is none; {ABOUT_ZONE}")
    return zone


def default_moment(compiler: Compiler, expression: Expression) -> Expression:
    """A field that is a moment takes ISO 8601 as it is, in the file's zone where none is written."""
    zone = zone_of(compiler.zone) if compiler.zone else None
    return moments(expression.node, [expression], (iso,), zone, "")


def date(compiler: Compiler, node: Node) -> Expression:
    """A day as ``YYYY-MM-DD``: the one that is written, in no zone."""
    form = compiler.form(node, "date", "of", "format")
    part = compiler.part(form, "of")
    readers = _readers(compiler, form.get("format"))
    if part is None:
        return compiler.nothing(node)

    def of(scope: Scope) -> Plain:
        value = part.of(scope)
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.strftime("%Y-%m-%d")
        found = _read(str(value), readers)
        if found is None:
            scope.refuse("invalid_value", f"{shown(value)} is no date in the form that is expected", part.path)
        return found.at.date().isoformat()

    return Expression(of, node, "text", path=part.path)
