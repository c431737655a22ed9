"""Reference data and control totals of an SCMS file: who and what occurs in it, and what it must add up to."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from milepost.codecs import scms
from milepost.codecs.scms import ScmsLine
from milepost.codecs.scms_values import Included, Pointer, Separate, Unread

VERSION = "reference-scms"
EFFECTIVE_FROM = "2000-01-01T00:00:00Z"  # the history begins in 2006
# Charters and whole trains of trucks are one "shipment" in the file, so no limit of one vehicle applies.
WEIGHT_MAX_GRAMS = 10**12
FILE = "scms.json"


class Totals(NamedTuple):
    """What the file adds up to. Amounts in US cents; ``unread`` counts what stands where a date should."""

    lines: int
    orders: int
    shipments: int
    value_minor: int
    freight_amounts: int
    freight_minor: int
    pointers: int
    resolved: int
    included: int
    separate: int
    unread: dict[str, int]


def read(path: Path) -> list[ScmsLine]:
    """Return the lines of the file at ``path``; DecodeError, OSError."""
    return scms.decode(path.read_bytes())


def totals(lines: list[ScmsLine]) -> Totals:
    """Return the control totals; DecodeError when a pointer leads nowhere."""
    forms = Counter(type(line.freight) for line in lines)
    days = [day for line in lines for day in (line.quote_sent, line.order_sent, line.scheduled, line.delivered)]
    return Totals(
        lines=len(lines),
        orders=len({line.order for line in lines}),
        shipments=len({line.shipment for line in lines}),
        value_minor=sum(line.value_minor for line in lines),
        freight_amounts=forms[int],
        freight_minor=sum(line.freight for line in lines if isinstance(line.freight, int)),
        pointers=forms[Pointer],
        resolved=len(scms.resolve(lines)),
        included=forms[Included],
        separate=forms[Separate],
        unread=dict(Counter(day.text for day in days if isinstance(day, Unread))),
    )


def reference(lines: list[ScmsLine]) -> dict[str, Any]:
    """Return a reference version in the format of ``reference/*.json`` under which every order of the file is valid."""
    return {
        "version": VERSION,
        "effective_from": EFFECTIVE_FROM,
        "customers": sorted({line.project for line in lines}),
        "sites": {vendor: {} for vendor in sorted({line.vendor for line in lines})},
        "items": {item: {"weight_grams": grams} for item, grams in sorted(_weights(lines).items())},
        "transport": {mode: {"max_weight_grams": WEIGHT_MAX_GRAMS} for mode in ("air", "ftl", "ltl", "ocean")},
        "needs_planning": ["air", "ftl", "ltl", "ocean"],
    }


def scms_reference(path: Path) -> dict[str, Any]:
    """Return ``reference`` of the file at ``path``."""
    return reference(read(path))


def write_reference(lines: list[ScmsLine], directory: Path) -> Path:
    """Write ``reference`` into a directory of reference data, where lanes find it when they start; its path."""
    path = directory / FILE
    path.write_bytes(msgspec.json.format(msgspec.json.encode(reference(lines)), indent=1))
    return path


def _weights(lines: list[ScmsLine]) -> dict[str, int]:
    """Grams per pack: captured are the weights of whole shipments, so those of one item only tell about the item."""
    shipments: dict[str, list[ScmsLine]] = {}
    for line in lines:
        shipments.setdefault(line.shipment, []).append(line)
    grams, packs = Counter[str](), Counter[str]()
    for own in shipments.values():
        weight = next((line.weight_grams for line in own if line.weight_grams is not None), None)
        if weight is not None and len({line.item for line in own}) == 1:
            grams[own[0].item] += weight
            packs[own[0].item] += sum(line.quantity for line in own)
    return {line.item: max(1, grams[line.item] // max(1, packs[line.item])) for line in lines}
