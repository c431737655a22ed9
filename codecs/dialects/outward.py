"""``{as: time_text}``, ``{as: decimal_text}``, ``{as: units_text}``: our values as a partner writes them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from milepost.codecs.dialects.compiling import Compiler, Expression
from milepost.codecs.dialects.formats_of_time import FormatError, writer_of
from milepost.codecs.dialects.numbers import MARKS, decimal_of, shown, whole_of
from milepost.codecs.dialects.scope import Scope
from milepost.codecs.dialects.times import ABOUT_ZONE
from milepost.codecs.dialects.yaml_lines import Node
from milepost.codecs.dialects.zones import zone_of
from milepost.codecs.documents import Plain
from milepost.contracts.money import exponent

PLACES_MAX = 6


def time_text(compiler: Compiler, node: Node) -> Expression:
    """A moment as text in a zone; ISO 8601 where no format is said."""
    form = compiler.form(node, "time_text", "of", "format", "zone")
    part = compiler.part(form, "of")
    name = form.text("zone") or compiler.zone or "UTC"
    zone = zone_of(name)
    if zone is None:
        form.problem("zone", f"{name:.60} is none; {ABOUT_ZONE}")
    try:
        write = writer_of(form.text("format"))
    except FormatError as error:
        form.problem("format", str(error))
        return compiler.nothing(node)
    if part is None or zone is None:
        return compiler.nothing(node)

    def of(scope: Scope) -> Plain:
        value = part.of(scope)
        if value is None:
            return None
        if not isinstance(value, datetime):
            scope.refuse("wrong_type", f"{shown(value)} is no moment", part.path)
        return write(value.astimezone(zone))

    return Expression(of, node, "text", path=part.path)


def decimal_text(compiler: Compiler, node: Node) -> Expression:
    """Minor units as a decimal; ``implied``: without the point."""
    form = compiler.form(node, "decimal_text", "of", "currency", "places", "implied", "decimal")
    part, currency = compiler.part(form, "of"), compiler.part(form, "currency")
    fixed = int(form.number("places", 0, PLACES_MAX, 0)) if form.get("places") is not None else None
    implied, mark = form.switch("implied"), form.choice("decimal", MARKS, ".")
    if (currency is None) == (fixed is None) and form:
        form.problem("of", "either `currency` or `places` says how many decimals there are")
    if part is None:
        return compiler.nothing(node)

    def of(scope: Scope) -> Plain:
        value = part.of(scope)
        if value is None:
            return None
        places = fixed if fixed is not None else exponent(str(currency.of(scope)) if currency else "")
        try:
            number = whole_of(value)
        except ValueError as error:
            scope.refuse("invalid_value", str(error), part.path)
        return str(number) if implied else f"{Decimal(number).scaleb(-places):.{places}f}".replace(".", mark)

    return Expression(of, node, "text", path=part.path)


def units_text(compiler: Compiler, node: Node) -> Expression:
    """Base units in a unit of theirs; refused where it does not come out whole.

    ``split``: the quantity is said in several units, the largest first, and this is how many of ``unit`` there are.
    """
    form = compiler.form(node, "units_text", "of", "unit", "item", "split", required=("of", "unit"))
    part, item, units, unit = compiler.part(form, "of"), compiler.part(form, "item"), compiler.units, form.text("unit")
    split = form.texts("split") or (unit,)
    for key, one in (("unit", unit), *(("split", one) for one in split)):
        if one and one not in units:
            form.problem(key, f"{one:.40} is not in `units`")
    if unit and unit not in split:
        form.problem("split", f"{unit:.40} is not among them")
    if part is None or unit not in split:
        return compiler.nothing(node)

    def of(scope: Scope) -> Plain:
        value = part.of(scope)
        if value is None:
            return None
        thing = item.of(scope) if item is not None else None
        try:
            left = decimal_of(value)
        except ValueError as error:
            scope.refuse("invalid_value", str(error), part.path)
        found: dict[str, Decimal] = {}
        for one in split:
            factor = units.get(f"{one}@{thing}") or units.get(one, Decimal(1))
            found[one] = left // factor
            left -= found[one] * factor
        if left:
            scope.refuse("invalid_value", f"{shown(value)} base units are no whole {' and '.join(split)}", part.path)
        return str(int(found[unit]))

    return Expression(of, node, "text", path=part.path)
