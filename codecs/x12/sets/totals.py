"""Totals that a set carries beside what they are the total of: added up again, and never trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from milepost.codecs.x12.segments import Fault, Segment
from milepost.codecs.x12.sets.model import Fields

Sums = tuple[Decimal, ...]
"""What a total may be: more than one where it can be rounded in more than one way; none where it can't be told."""
Sum = Callable[[Mapping[str, Any]], Sums]

_DIGITS_MAX = 40  # before and behind the point: written out, an exponent of a million would be a million digits
_COUNT_DIGITS = 9  # most quantities are counts: whole numbers that nothing has to be rounded of


class Total(NamedTuple):
    """The field ``name`` of the set, sent as this element, must be one of the sums; ``fill``: written if left out."""

    name: str
    segment: str
    element: int
    reference: int
    of: Sum
    fill: bool = True


def checked(totals: Iterable[Total], fields: Fields, segments: Sequence[Segment]) -> list[Fault]:
    """Return a fault for each total that is not what its parts add up to."""
    faults = []
    for total in totals:
        said = number(fields.get(total.name))
        sums = total.of(fields) if said is not None else ()
        if sums and said not in sums:
            expected = in_full(sums[0])
            text = f"{total.name} is {fields[total.name]}, its parts add up to {expected}"
            faults.append(
                Fault(
                    "total", text, total.segment, first_place(total.segment, segments), total.element, total.reference,
                    value=str(fields[total.name]), expected=expected,
                )
            )  # fmt: skip
    return faults


def first_place(name: str, segments: Sequence[Segment]) -> int:
    """Return the number of the first such segment, ST being 1; 0 where there is none."""
    return next((position for position, parts in enumerate(segments, 1) if parts[0] == name), 0)


def filled(totals: Iterable[Total], fields: Fields) -> None:
    """Add the totals that were left out and can be told."""
    for total in totals:
        sums = total.of(fields) if total.fill and total.name not in fields else ()
        if sums:
            fields[total.name] = in_full(sums[0])


def in_full(value: Decimal) -> str:
    """Return the number without exponent and without zeros at its end."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def number(value: object) -> Decimal | None:
    """Return the number that ``value`` is, None if it is none."""
    try:
        found = Decimal(str(value).strip()) if value not in (None, "") else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() and abs(found.adjusted()) < _DIGITS_MAX else None


def summed(items: str, name: str, *, every: bool = False, reversed_by: tuple[str, str] | None = None) -> Sum:
    """Return the sum of ``name`` over a list; ``every``: only if each has it. ``reversed_by``: those count negative."""

    def of(fields: Mapping[str, Any]) -> Sums:
        lines = fields.get(items) or ()
        values = [item.get(name) for item in lines]
        if reversed_by is None:
            return added(values, every=every)
        return added(values, every=every, signs=[-1 if _is_reversed(item) else 1 for item in lines])

    def _is_reversed(item: Mapping[str, Any]) -> bool:
        return reversed_by is not None and item.get(reversed_by[0]) == reversed_by[1]

    return of


def added(values: list[Any], *, every: bool = False, signs: list[int] | None = None) -> Sums:
    """Return the sum of texts; nothing where there is none, one is no number, or of ``every`` one is missing."""
    there = [(v, s) for v, s in zip(values, signs or [1] * len(values), strict=True) if v not in (None, "")]
    if not there or (every and len(there) < len(values)):
        return ()
    if all(type(v) is str and v.isascii() and v.isdigit() and len(v) <= _COUNT_DIGITS for v, _ in there):
        return (Decimal(sum([int(v) * s for v, s in there])),)
    numbers = [(number(v), s) for v, s in there]
    if any(n is None for n, _ in numbers):
        return ()
    return (sum((n * s for n, s in numbers if n is not None), Decimal(0)),)


def counted(items: str) -> Sum:
    """Return how many a list has."""
    return lambda fields: (Decimal(len(fields.get(items) or ())),)


def each_line(items: str, inner: str, name: str) -> Sum:
    """Return the sum of ``name`` over the inner lists of a list."""
    return lambda fields: added([i.get(name) for item in fields.get(items) or () for i in item.get(inner) or ()])
