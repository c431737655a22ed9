"""Messages for timing codecs: the same shipments in every format, made of numbers alone, the same in each run."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from milepost.codecs.x12.writing import Envelope, write

AT = datetime(2026, 11, 26, 6, 30, tzinfo=UTC)
ENVELOPE = Envelope(("ZZ", "WAREHOUSE"), ("ZZ", "MILEPOST"), "1", "1", "1", AT)
ITEMS = ("WIDGET", "BOLT", "PANEL", "CABLE", "FRAME")
CLASS, DOCUMENT = "urn:epc:class:lgtin:4012345", "urn:epc:id:gdti:4012345.00001"
Plain = dict[str, Any]


def shipments(count: int, lines: int) -> list[Plain]:
    """Return shipments with quantities, lots and packages, none like another."""
    return [_shipment(number, lines) for number in range(1, count + 1)]


def _shipment(number: int, lines: int) -> Plain:
    return {
        "order": f"ORDER-{number:06}",
        "shipment": f"SHIP-{number:06}",
        "lines": [
            {"line": n, "item": ITEMS[(number + n) % len(ITEMS)], "quantity": (number * 7 + n) % 90 + 1,
             "lot": f"LOT{number % 50:03}", "package": f"00{number:010}{n:06}"}
            for n in range(1, lines + 1)
        ],
    }  # fmt: skip


def advice(shipment: Plain) -> Plain:
    """Return a shipment as the fields of a 945."""
    return {
        "report": "F", "order": shipment["order"], "ship_date": "20261126", "shipment": shipment["shipment"],
        "parties": [{"role": "ST", "name": "CONSIGNEE INC", "city": "DULUTH", "state": "MN", "zip": "55802"}],
        "references": [{"qualifier": "BM", "value": shipment["shipment"]}],
        "lines": [
            {"number": str(line["line"]), "status": "SH", "ordered": str(line["quantity"]), "unit": "EA",
             "shipped": str(line["quantity"]), "ids": {"VN": line["item"]}, "lot": line["lot"],
             "packages": [{"qualifier": "GM", "mark": line["package"]}]}
            for line in shipment["lines"]
        ],
    }  # fmt: skip


def from_site(shipment: Plain) -> bytes:
    """Return a shipment as a 945 that names its warehouse, as a dialect needs it."""
    said = advice(shipment)
    said["parties"].append({"role": "WH", "id_qualifier": "91", "id": "DC1"})
    return write("x12/945", said, ENVELOPE)


def as_webhook(shipment: Plain) -> bytes:
    """Return the pick of a shipment's first line as a warehouse's webhook says it."""
    line = shipment["lines"][0]
    pick = {
        "type": "PICK_CONFIRMED", "order": shipment["order"], "site": "DC1", "at": AT.isoformat(),
        "activity": f"{shipment['shipment']}/1", "line": line["line"], "sku": line["item"], "qty": line["quantity"],
    }  # fmt: skip
    return json.dumps({"message": shipment["shipment"], "sequence": 1, "events": [pick]}).encode()


def x12(advices: list[Plain], sets_each: int) -> list[bytes]:
    """Return 945 messages of ``sets_each`` sets in one group."""
    alone = [write("x12/945", one, ENVELOPE).decode() for one in advices]
    return [_together(alone[at : at + sets_each]) for at in range(0, len(alone), sets_each)]


def _together(messages: list[str]) -> bytes:
    head, tail = messages[0].split("~ST", 1)
    sets = []
    for number, message in enumerate(messages, 1):
        body = message[message.index("~ST") + 1 : message.index("~GE") + 1]
        sets.append(body.replace("ST*945*0001", f"ST*945*{number:04}").replace("*0001~", f"*{number:04}~"))
    return (head + "~" + "".join(sets) + tail[tail.index("~GE") + 1 :].replace("GE*1*", f"GE*{len(sets)}*")).encode()


def as_json(shipment: Plain) -> bytes:
    """Return a shipment as a webhook's JSON."""
    return json.dumps({"type": "shipment_update", "at": AT.isoformat(), "data": shipment}).encode()


def as_cloudevent(shipment: Plain) -> bytes:
    """Return a shipment as a structured CloudEvent."""
    event = {"specversion": "1.0", "id": shipment["shipment"], "source": "/wms", "type": "shipped", "data": shipment}
    return json.dumps(event).encode()


def as_epcis(shipment: Plain) -> bytes:
    """Return a shipment as EPCIS: one event that packs, one for each line that ships."""
    events = [
        {
            "type": "ObjectEvent", "action": "OBSERVE", "eventTime": AT.isoformat(), "eventTimeZoneOffset": "+00:00",
            "bizStep": "shipping", "disposition": "in_transit",
            "quantityList": [{"epcClass": f"{CLASS}.0{n:05}.{line['lot']}", "quantity": line["quantity"]}],
            "bizTransactionList": [{"type": "desadv", "bizTransaction": f"{DOCUMENT}.{shipment['order']}"}],
        }
        for n, line in enumerate(shipment["lines"], 1)
    ]  # fmt: skip
    document = {
        "@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"], "type": "EPCISDocument",
        "schemaVersion": "2.0", "creationDate": AT.isoformat(), "epcisBody": {"eventList": events},
    }  # fmt: skip
    return json.dumps(document).encode()


def as_csv(shipment: Plain) -> bytes:
    """Return a shipment as CSV with a heading, a row for each line."""
    rows = ["order,shipment,line,item,quantity,lot,package"]
    for line in shipment["lines"]:
        cells = (
            shipment["order"],
            shipment["shipment"],
            *(str(line[k]) for k in ("line", "item", "quantity", "lot", "package")),
        )
        rows.append(",".join(cells))
    return ("\r\n".join(rows) + "\r\n").encode()
