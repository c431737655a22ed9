"""A warehouse's reports in the JSON of its system: what dialects/wms-json.yaml reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from milepost.contracts.events import Event
from milepost.contracts.identifiers import LOAD_PREFIX, is_load
from milepost.contracts.wms import (
    Allocated,
    Departed,
    GoodsReceived,
    InstructionAnswered,
    InventoryAdjusted,
    LineQuantity,
    Loaded,
    Packed,
    PickConfirmed,
    PickShort,
    ReturnInspected,
    ReturnReceived,
    Reversed,
    WavePlanned,
)

Words = dict[str, Any]

SHORT: Final = {"not_found": "missing", "damaged": "broken", "quality": "blocked", "substitution": "replaced"}
GRADE: Final = {"restock": "sellable", "scrap": "waste", "repair": "workshop", "vendor": "supplier"}


def wms_json(event: Event) -> Words:
    """Return what the warehouse writes of ``event``; KeyError for what no warehouse says."""
    kind = type(event.body)
    return {
        "type": TYPES[kind],
        "activity": event.business_key,
        "at": event.occurred_at.isoformat(),
        **owner_words(event.owner),
        **_SAID[kind](event.body),
    }


def owner_words(owner: str) -> Words:
    """Return whose a report is, in one field."""
    return {"load": owner.removeprefix(LOAD_PREFIX)} if is_load(owner) else {"order": owner}


def _contents(lines: Iterable[LineQuantity]) -> list[Words]:
    return [{"line": one.line, "qty": one.quantity, "uom": "each"} for one in lines]


def _counted(body: Any) -> Words:
    return {"site": body.node, "line": body.line, "qty": body.quantity, "uom": "each"}


def _wave(body: WavePlanned) -> Words:
    found = {"site": body.node, "wave": body.wave}
    return found | ({"cut_off": body.cut_off.isoformat()} if body.cut_off else {})


def _inspected(body: ReturnInspected) -> Words:
    return {**_counted(body), "rma": body.rma, "shipment": body.shipment, "grade": GRADE[body.disposition]}


def _shipped(body: Loaded | Departed) -> Words:
    return {"site": body.node, "shipment": body.shipment, "contents": _contents(body.lines)}


TYPES: Final[dict[type, str]] = {
    WavePlanned: "WAVE_PLANNED", Allocated: "STOCK_ALLOCATED", PickConfirmed: "PICK_CONFIRMED",
    PickShort: "PICK_SHORT", Packed: "PACKAGE_CLOSED", Loaded: "SHIPMENT_LOADED", Departed: "SHIPMENT_DEPARTED",
    GoodsReceived: "GOODS_RECEIVED", ReturnReceived: "RETURN_RECEIVED", ReturnInspected: "RETURN_INSPECTED",
    InventoryAdjusted: "STOCK_ADJUSTED", Reversed: "ACTIVITY_REVERSED", InstructionAnswered: "WORK_ANSWERED",
}  # fmt: skip

_SAID: Final[dict[type, Callable[[Any], Words]]] = {
    WavePlanned: _wave,
    Allocated: _counted,
    PickConfirmed: _counted,
    PickShort: lambda body: {**_counted(body), "reason": SHORT[body.reason]},
    Packed: lambda body: {"site": body.node, "package": body.package, "contents": _contents(body.lines)},
    Loaded: _shipped,
    Departed: _shipped,
    GoodsReceived: lambda body: {"site": body.node, "receipt": body.receipt, "contents": _contents(body.lines)},
    ReturnReceived: lambda body: {
        "site": body.node, "rma": body.rma, "shipment": body.shipment, "contents": _contents(body.lines),
    },
    ReturnInspected: _inspected,
    InventoryAdjusted: lambda body: {
        "site": body.node, "sku": body.item, "qty": body.delta, "uom": "each", "reason": body.reason,
    },
    Reversed: lambda body: {"reverses": body.reverses, "reason": body.reason},
    InstructionAnswered: lambda body: {"work": body.instruction, "accepted": body.accepted, "text": body.text},
}  # fmt: skip
