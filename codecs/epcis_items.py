"""How much of each article an event is about: serialised things counted, quantities added.

EPCIS names serialised things one by one (``epcList``) and others by class and quantity (``quantityList``); one event
may have both, and then they are different things. A thing that is no article (an SSCC) counts for none. A class whose
quantity is left out is there in a quantity that nobody said (EPCIS 2.0, QuantityElement): then so is its item's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Context, Decimal

from milepost.codecs.documents import Plain

ONE = "1"
# As many digits as any real quantity has: an exponent of a million would be a million digits when it is written out.
_NUMBER = re.compile(r"[+-]?(?:\d{1,18}(?:\.\d{0,18})?|\.\d{1,18})(?:[eE][+-]?\d{1,2})?", re.ASCII)
_EXACTLY = Context(prec=200)
"""Sums of such numbers are never rounded."""
_SIDES = {
    "items": ("epcs", "quantities"), "child_items": ("children", "child_quantities"),
    "input_items": ("inputs", "input_quantities"), "output_items": ("outputs", "output_quantities"),
}  # fmt: skip


def items_of(fields: Mapping[str, Plain]) -> dict[str, Plain]:
    """Return ``items`` (and ``child_items``, ...): ``gtin``, ``quantity`` and ``unit`` of each article, in order."""
    found = {name: _added(fields, *sides) for name, sides in _SIDES.items()}
    return {name: items for name, items in found.items() if items}


def _added(fields: Mapping[str, Plain], things: str, quantities: str) -> list[Plain]:
    sums: dict[tuple[str, str], Decimal | None] = {}
    classes: dict[tuple[str, str], str] = {}
    counted = [(one, ONE) for one in fields.get(things, ())]
    for one, said in (*counted, *((one, one.get("quantity")) for one in fields.get(quantities, ()))):
        article = one.get("gtin") or one.get("epc_class")
        if article is None:
            continue
        key = str(article), str(one.get("unit", ""))
        amount, before = number_of(said), sums.get(key, Decimal(0))
        sums[key] = None if amount is None or before is None else _EXACTLY.add(before, amount)
        classes[key] = "gtin" if one.get("gtin") else "epc_class"
    return [
        {classes[key]: key[0]}
        | ({} if amount is None else {"quantity": _text(amount)})
        | ({"unit": key[1]} if key[1] else {})
        for key, amount in sums.items()
    ]


def number_of(value: Plain) -> Decimal | None:
    """Return the number that a quantity is; None for what is none, or has more digits than any real one."""
    text = str(value).strip()
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _text(amount: Decimal) -> str:
    return format(amount.normalize(_EXACTLY), "f") if amount else "0"
