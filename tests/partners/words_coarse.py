"""A warehouse's reports in the words that every form of them has: what left, what was short, what came in, in seconds.

Each of these partners tells the same facts under the same names; dialects/wms-x12.yaml, wms-csv.yaml and epcis.yaml
read them. Quantities are in pieces.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from milepost.codecs.x12.segments import Separators
from milepost.codecs.x12.writing import Envelope, write
from milepost.contracts.identifiers import digest
from milepost.contracts.wms import ShortReason
from milepost.tests.partners.words_wms import SHORT

LINES: Final = Separators(terminator="\n")  # our names of substituted lines have a tilde in them
CSV_ZONE: Final = ZoneInfo("Europe/Berlin")
CSV_HEADING: Final = "Satzart;Beleg;Auftrag;Sendung;Lager;Position;Artikel;Menge;Einheit;Grund;Datum;Uhrzeit;Text"
_X12_SHORT: Final = {"not_found": "07", "damaged": "04", "quality": "04", "substitution": "09"}
_CSV_SHORT: Final = {"not_found": "FEHLT", "damaged": "BRUCH", "quality": "GESPERRT", "substitution": "ERSATZ"}


@dataclass(frozen=True, slots=True)
class Line:
    """``short`` of ``shipped + short`` pieces that were ordered did not go, for ``reason``."""

    line: str
    item: str
    shipped: int
    short: int = 0
    reason: ShortReason = "not_found"


@dataclass(frozen=True, slots=True)
class Left:
    """A shipment left ``node`` at ``at`` (whole seconds); everything said of it is said then."""

    order: str
    node: str
    shipment: str
    at: datetime
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Came:
    """Goods came in: (line, quantity)."""

    order: str
    node: str
    receipt: str
    at: datetime
    lines: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class TakenBack:
    """``fact`` (its business key) did not stand. No X12 advice says that of a departure."""

    order: str
    node: str
    fact: str
    at: datetime


Told = Left | Came | TakenBack


def pick_key(left: Left, line: Line) -> str:
    return f"pick/{left.shipment}/{line.line}"


def short_key(left: Left, line: Line) -> str:
    return f"short/{left.shipment}/{line.line}"


def as_json(told: Told) -> bytes:
    """In the JSON of dialects/wms-json.yaml."""
    return json.dumps({"message": _id(told), "events": list(_json_events(told))}).encode()


def _json_events(told: Told) -> Iterable[dict[str, Any]]:
    base = {"at": told.at.isoformat(), "order": told.order, "site": told.node}
    if isinstance(told, Came):
        contents = [{"line": line, "qty": quantity, "uom": "each"} for line, quantity in told.lines]
        yield {**base, "type": "GOODS_RECEIVED", "receipt": told.receipt, "contents": contents}
        return
    if isinstance(told, TakenBack):
        yield {**base, "type": "ACTIVITY_REVERSED", "reverses": told.fact}
        return
    for one in told.lines:
        said = {**base, "line": one.line, "uom": "each"}
        if one.shipped:
            yield {**said, "type": "PICK_CONFIRMED", "activity": pick_key(told, one), "qty": one.shipped}
        if one.short:
            reason = {"qty": one.short, "reason": SHORT[one.reason]}
            yield {**said, "type": "PICK_SHORT", "activity": short_key(told, one), **reason}
    contents = [{"line": one.line, "qty": one.shipped, "uom": "each"} for one in told.lines if one.shipped]
    yield {**base, "type": "SHIPMENT_DEPARTED", "shipment": told.shipment, "contents": contents}


def as_x12(told: Left | Came) -> bytes:
    """As a 945 or 944, for dialects/wms-x12.yaml."""
    numbers = [str(1 + int(digest(_id(told), part), 16) % 900_000_000) for part in ("i", "g", "s")]
    who = ("ZZ", "WAREHOUSE"), ("ZZ", "MILEPOST")
    envelope = Envelope(*who, numbers[0], numbers[1], numbers[2], told.at, separators=LINES)
    parties = [{"role": "WH", "name": "Warehouse", "id_qualifier": "92", "id": told.node}]
    date, time = f"{told.at:%Y%m%d}", f"{told.at:%H%M%S}"
    if isinstance(told, Came):
        lines: list[dict[str, Any]] = [
            {"quantity": quantity, "unit": "EA", "refs": {"LI": line}} for line, quantity in told.lines
        ]
        document: dict[str, Any] = {"report": "F", "order": told.order, "receipt": told.receipt, "date": date}
        document |= {"time": time, "time_qualifier": "8"}
        return write("x12/944", {**document, "parties": parties, "lines": lines}, envelope)
    moments = {"dates": {"11": date}, "times": {"11": time}, "zones": {"11": "UT"}}
    document = {"report": "F", "order": told.order, "shipment": told.shipment, "ship_date": date, **moments}
    lines = [_x12_line(one) for one in told.lines]
    return write("x12/945", {**document, "parties": parties, "lines": lines}, envelope)


def _x12_line(one: Line) -> dict[str, Any]:
    ordered = one.shipped + one.short
    found = {
        "status": "PR" if one.short else "CC", "ordered": ordered, "shipped": one.shipped, "difference": one.short,
        "unit": "EA", "ids": {"VN": one.item}, "refs": {"LI": one.line},
    }  # fmt: skip
    return found | ({"reason": _X12_SHORT[one.reason]} if one.short else {})


def as_csv(told: Told) -> bytes:
    """As a file for dialects/wms-csv.yaml."""
    at = told.at.astimezone(CSV_ZONE)
    when = [f"{at:%d.%m.%Y}", f"{at:%H:%M:%S}"]

    def row(kind: str, name: str, shipment: str = "", line: str = "", quantity: str = "", reason: str = "") -> str:
        unit = "STK" if quantity else ""
        return ";".join([kind, name, told.order, shipment, told.node, line, "", quantity, unit, reason, *when, ""])

    if isinstance(told, Came):
        rows = [row("WEIN", told.receipt, line=line, quantity=str(quantity)) for line, quantity in told.lines]
    elif isinstance(told, TakenBack):
        rows = [row("STOR", told.fact)]
    else:
        rows = []
        for one in told.lines:
            if one.shipped:
                rows.append(row("KOMM", pick_key(told, one), line=one.line, quantity=str(one.shipped)))
            if one.short:
                reason = _CSV_SHORT[one.reason]
                rows.append(row("FEHL", short_key(told, one), "", one.line, str(one.short), reason))
        name = f"departed/{told.shipment}/1"
        rows += [row("WAUS", name, told.shipment, x.line, str(x.shipped)) for x in told.lines if x.shipped]
    return ("\r\n".join([CSV_HEADING, *rows]) + "\r\n").encode("cp1252")


def as_epcis(told: Told) -> bytes:
    """As an EPCIS document, for dialects/epcis.yaml."""
    context = [
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        {"mp": "https://example.org/milepost/"},
    ]
    body = {"eventList": list(_epcis_events(told))}
    head = {"@context": context, "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": told.at.isoformat()}
    return json.dumps({**head, "epcisBody": body}).encode()


def _epcis_events(told: Told) -> Iterable[dict[str, Any]]:
    po = {"type": "po", "bizTransaction": told.order}
    base: dict[str, Any] = {
        "type": "ObjectEvent", "eventTime": told.at.isoformat(), "eventTimeZoneOffset": "+00:00", "action": "OBSERVE",
        "bizLocation": {"id": told.node},
    }  # fmt: skip
    if isinstance(told, TakenBack):
        yield {**base, "bizStep": "void_shipping", "bizTransactionList": [po], "mp:reverses": told.fact}
        return
    if isinstance(told, Came):
        receipt = {"type": "recadv", "bizTransaction": told.receipt}
        yield {
            **base,
            "bizStep": "receiving",
            "bizTransactionList": [po, receipt],
            "mp:lines": _epcis_lines(told.lines),
        }
        return
    for one in told.lines:
        for key, quantity, word in (
            (pick_key(told, one), one.shipped, "in_progress"), (short_key(told, one), one.short, "mismatch_quantity"),
        ):  # fmt: skip
            if quantity:
                said = {"mp:activity": key, "mp:line": one.line, "mp:quantity": quantity, "disposition": word}
                yield {**base, "bizStep": "picking", "bizTransactionList": [po], **said}
    shipment = {"type": "desadv", "bizTransaction": told.shipment}
    lines = _epcis_lines((one.line, one.shipped) for one in told.lines if one.shipped)
    yield {**base, "bizStep": "shipping", "bizTransactionList": [po, shipment], "mp:lines": lines}


def _epcis_lines(lines: Iterable[tuple[str, int]]) -> Sequence[dict[str, Any]]:
    return [{"mp:line": line, "mp:quantity": quantity} for line, quantity in lines]


def _id(told: Told) -> str:
    return "m-" + digest(type(told).__name__, told.order, told.at, str(told))
