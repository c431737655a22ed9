"""``{as: number}``, ``{as: quantity}``, ``{as: amount}``: exact numbers, base units and minor units, or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from milepost.codecs.dialects.compiling import Compiler, Expression
from milepost.codecs.dialects.form import Form
from milepost.codecs.dialects.numbers import MARKS, decimal_of, number_of, shown, whole, whole_of
from milepost.codecs.dialects.scope import Scope
from milepost.codecs.dialects.yaml_lines import Node
from milepost.codecs.documents import Plain
from milepost.contracts.money import exponent

IMPLIED_MAX = 6
DECIMAL = ("decimal", "abs", "negate")


def number(compiler: Compiler, node: Node) -> Expression:
    """A whole number."""
    form = compiler.form(node, "number", "of", *DECIMAL)
    part, comma, signed = compiler.part(form, "of"), _comma(compiler, form), _signed(form)
    if part is None:
        return compiler.nothing(node)

    def of(scope: Scope) -> Plain:
        value = part.of(scope)
        if value is None:
            return None
        try:
            return signed(whole_of(value, comma))
        except ValueError as error:
            scope.refuse("invalid_value", str(error), part.path)

    return Expression(of, node, "whole", path=part.path)


def quantity(compiler: Compiler, node: Node) -> Expression:
    """Base units by the table ``units``; without ``unit`` it is base units already."""
    form = compiler.form(node, "quantity", "of", "unit", "item", "round", *DECIMAL)
    part, comma, signed = compiler.part(form, "of"), _comma(compiler, form), _signed(form)
    fitted = _rounded if form.switch("round") else whole
    unit, item, units = compiler.part(form, "unit"), compiler.part(form, "item"), compiler.units
    if unit is not None and not units:
        form.problem("unit", "the file has no `units`")
    if part is None:
        return compiler.nothing(node)

    def of(scope: Scope) -> Plain:
        value = part.of(scope)
        if value is None:
            return None
        factor = None if unit is None else _factor(scope, unit, item, units)
        try:
            if factor is None:
                return signed(whole_of(value, comma))
            return signed(fitted(number_of(value, comma) * factor, value))
        except ValueError as error:
            scope.refuse("invalid_value", str(error), part.path)

    return Expression(of, node, "whole", path=part.path)


def _rounded(number: int | Decimal, value: Plain) -> int:
    """What is measured (a weight in pounds) is not whole in base units; half goes up, as it does on a scale."""
    return number if isinstance(number, int) else int(number.to_integral_value(ROUND_HALF_UP))


def _factor(
    scope: Scope, unit: Expression, item: Expression | None, units: Mapping[str, int | Decimal]
) -> int | Decimal:
    name = unit.of(scope)
    text = "" if name is None else str(name)
    if item is not None:
        own = units.get(f"{text}@{item.of(scope)}")
        if own is not None:
            return own
    found = units.get(text)
    if found is None:
        shown_unit = f"{text!r:.40} is no unit of `units`" if text else 'no unit is given, and `units` has no ""'
        scope.refuse("unknown_code", shown_unit, unit.path)
    return found


def amount(compiler: Compiler, node: Node) -> Expression:
    """Minor units of a currency."""
    form = compiler.form(node, "amount", "of", "currency", "implied", *DECIMAL, required=("of", "currency"))
    part, comma, signed = compiler.part(form, "of"), _comma(compiler, form), _signed(form)
    currency = compiler.part(form, "currency")
    implied = int(form.number("implied", 0, IMPLIED_MAX, -1)) if form.get("implied") is not None else None
    if part is None or currency is None:
        return compiler.nothing(node)

    def of(scope: Scope) -> Plain:
        value = part.of(scope)
        if value is None:
            return None
        name = currency.of(scope)
        if name is None:
            scope.refuse("missing_field", "an amount without a currency", currency.path or part.path)
        try:
            return signed(_minor(value, str(name), implied, comma))
        except ValueError as error:
            scope.refuse("invalid_value", str(error), part.path)

    return Expression(of, node, "whole", path=part.path)


def _minor(value: Plain, currency: str, implied: int | None, comma: bool) -> int:
    places = exponent(currency)
    if implied is None:
        found = decimal_of(value, comma).scaleb(places)
    else:
        if type(value) is str and ("." in value or "," in value):
            raise ValueError(f"{shown(value)} has a decimal mark, where {implied} decimals are implied")
        found = decimal_of(value).scaleb(places - implied)
    if found != found.to_integral_value():
        raise ValueError(f"{shown(value)} has parts of the smallest coin of {currency:.3}")
    return int(found)


def _comma(compiler: Compiler, form: Form) -> bool:
    return form.choice("decimal", MARKS, MARKS[compiler.comma]) == ","


def _signed(form: Form) -> Callable[[int], int]:
    absolute, negated = form.switch("abs"), form.switch("negate")
    if absolute and negated:
        return lambda number: -abs(number)
    if absolute:
        return abs
    return (lambda number: -number) if negated else (lambda number: number)


def units_of(form: Form) -> dict[str, int | Decimal]:
    """Read the section ``units``: base units by unit."""
    units: dict[str, int | Decimal] = {}
    for name, text in form.table("units").items():
        try:
            factor = number_of(text)
        except ValueError:
            factor = 0
        if factor <= 0:
            form.problem("units", f"{name:.40}: {text!r:.40} is no number above 0")
        units[name] = factor
    return units
