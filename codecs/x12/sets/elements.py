"""One segment to the fields its table names, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from milepost.codecs.x12.segments import WRITTEN_COMPONENT, Separators, components
from milepost.codecs.x12.sets.model import LONGEST, Element, Fields, Segment
from milepost.codecs.x12.sets.plan import Layout
from milepost.codecs.x12.sets.values import EXPECTED, SYNTAX, wrong

Tell = Callable[..., None]
"""``tell(code, text, element=, reference=, syntax=, value=, expected=)``: where it stands is known to the reader."""

MORE = "more"  # what the table has no name for, by its place: {"W06-20": "x"}


def taken(layout: Layout, parts: list[str], fields: Fields, separators: Separators, tell: Tell) -> None:
    """Add the elements of ``parts`` to ``fields``; what is wrong with them is told, and they are kept all the same."""
    for (at, name, check), value in zip(layout.rows, parts[1:], strict=False):
        if not value:
            continue
        if check is None or (check and check(value)):  # type: ignore[operator]
            fields[name] = value
        elif name:
            _special(layout.table.elements[at], at, parts, fields, separators, tell)
    if len(parts) > layout.size + 1:
        _more(layout, parts, fields, tell)
    if layout.asked:
        missing(layout, parts, fields, tell)


def _special(element: Element, at: int, parts: list[str], fields: Fields, separators: Separators, tell: Tell) -> None:
    """What is more than a field: a qualifier with its value, one of several, a composite; and what is wrong."""
    if not element.pair:
        _single(element, at, parts[at + 1], fields, separators, tell)
    elif at + 2 < len(parts) and parts[at + 2]:
        _pair(element.name, parts[at + 1], parts[at + 2], fields)


def _more(layout: Layout, parts: list[str], fields: Fields, tell: Tell) -> None:
    for number in range(layout.size + 1, len(parts)):
        if parts[number]:
            fields.setdefault(MORE, {})[f"{layout.table.id}-{number:02d}"] = parts[number]
            if not layout.table.open:
                tell("too_many_elements", f"has more than {layout.size} elements", number, 0, "3", parts[number])


def _pair(name: str, qualifier: str, value: str, fields: Fields) -> None:
    """The first value of a qualifier is in the mapping; another one is kept beside it, in ``more_NAME``."""
    known = fields.setdefault(name, {})
    if qualifier in known:
        fields.setdefault("more_" + name, []).append({"qualifier": qualifier, "value": value})
    else:
        known[qualifier] = value


def _single(element: Element, at: int, value: str, fields: Fields, separators: Separators, tell: Tell) -> None:
    code = wrong(element, value)
    if code:
        expected = EXPECTED.get(code) or _expected(code, element)
        tell(code, f"{element.name} is not {expected}", at + 1, element.reference, SYNTAX[code], value, expected)
    if element.many:
        fields.setdefault(element.name, []).append(value)
        return
    if element.kind == "x":
        several = components(value, separators)
        if len(several) > 1:
            fields[element.name + "_parts"] = several
            value = next((part for part in several if part), "")
    holder, _, name = element.name.rpartition(".")
    (fields.setdefault(holder, {}) if holder else fields)[name] = value


def _expected(code: str, element: Element) -> str:
    if code == "too_long":
        return f"at most {LONGEST[element.reference]} characters"
    return "one of " + ", ".join(sorted(element.codes))


def missing(layout: Layout, parts: list[str], fields: Fields, tell: Tell) -> None:
    """Tell what should be there by which elements are: these alone decide, whatever their values."""
    table, there = layout.table, len(parts) - 1
    for at in table.musts:
        if at >= there or not parts[at + 1]:
            element = table.elements[at]
            tell("missing_element", f"{element.name} is missing", at + 1, element.reference, "1")
    for at in table.values:
        if at > there:
            break
        value = parts[at + 1] if at < there else ""
        if bool(parts[at]) != bool(value):
            _half(table, at, parts[at], value, fields, tell)
    for needed, rule, numbers in layout.rules:
        if there >= needed - 1:
            _ruled(rule, numbers, table, parts, tell)


def _half(table: Segment, at: int, qualifier: str, value: str, fields: Fields, tell: Tell) -> None:
    """A qualifier without a value, or a value that nothing says the kind of."""
    if value:
        _pair(table.elements[at].name, "", value, fields)
    else:
        fields.setdefault(MORE, {})[f"{table.id}-{at:02d}"] = qualifier
    element = table.elements[at if qualifier else at - 1]
    missing = at + 1 if qualifier else at
    tell("condition", "a qualifier and its value come together", missing, element.reference, "2", qualifier or value)


def _ruled(rule: str, numbers: tuple[int, ...], table: Segment, parts: list[str], tell: Tell) -> None:
    there = [n for n in numbers if n < len(parts) and parts[n]]
    kept = {"E": len(there) < 2, "R": bool(there), "P": len(there) in (0, len(numbers))}[rule]
    if kept:
        return
    names = " and ".join(table.elements[n - 1].name for n in numbers)
    if rule == "E":
        last = table.elements[there[-1] - 1]
        tell("condition", f"only one of {names} may be there", there[-1], last.reference, "10", parts[there[-1]])
    elif rule == "R":
        tell("condition", f"one of {names} must be there", numbers[0], table.elements[numbers[0] - 1].reference, "2")
    else:
        lacking = next(n for n in numbers if n not in there)
        tell("condition", f"{names} come together", lacking, table.elements[lacking - 1].reference, "2")


def given(table: Segment, fields: Mapping[str, Any]) -> list[str]:
    """Return the segment with the table's elements from ``fields``; ValueError where one that must be there is not."""
    out = [table.id]
    pairs: dict[str, list[str]] = {}
    lists: dict[str, list[Any]] = {}
    for element, before in zip(table.elements, (None, *table.elements), strict=False):
        if element.pair or (before is not None and before.pair):
            value = _next(pairs.setdefault(element.name, _halves(element.name, fields)))
        elif element.many:
            value = _text(_next(lists.setdefault(element.name, list(fields.get(element.name) or ()))), element.name)
        else:
            value = _value(element, fields)
        if element.must and not value:
            raise ValueError(f"{table.id}-{len(out):02d}: {element.name} is missing")
        out.append(value)
    for name, rest in (*pairs.items(), *lists.items()):
        if rest:
            raise ValueError(f"{table.id} has no room for {len(rest)} more of {name}")
    _beyond(table, fields, out)
    while len(out) > 1 and not out[-1]:
        out.pop()
    return out


def _next(rest: list[Any]) -> Any:
    return rest.pop(0) if rest else ""


def _halves(name: str, fields: Mapping[str, Any]) -> list[str]:
    pairs = [*(fields.get(name) or {}).items()]
    pairs += [(m["qualifier"], m["value"]) for m in fields.get("more_" + name) or ()]
    return [_text(half, name) for pair in pairs for half in pair]


def _value(element: Element, fields: Mapping[str, Any]) -> str:
    if element.kind == "x" and fields.get(element.name + "_parts"):
        return WRITTEN_COMPONENT.join(_text(part, element.name) for part in fields[element.name + "_parts"])
    holder, _, name = element.name.rpartition(".")
    return _text(((fields.get(holder) or {}) if holder else fields).get(name, ""), element.name)


def _text(value: Any, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"{name} is {type(value).__name__}, not text")
    return str(value)


def _beyond(table: Segment, fields: Mapping[str, Any], out: list[str]) -> None:
    for place, value in (fields.get(MORE) or {}).items():
        name, _, number = place.partition("-")
        if name == table.id and number.isdigit() and len(table.elements) < int(number) < 100:
            out.extend([""] * (int(number) + 1 - len(out)))
            out[int(number)] = _text(value, place)
