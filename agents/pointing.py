"""A milestone that carries only a native id, as it is told to what the id means. Pure.

A milestone of an order that points to a load is sent on to the load's members; one of a load that points to an order
becomes ``tms.tracked``, for the order's parcel travels on no load of ours.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

import msgspec
from milepost.codecs.dialects import keys
from milepost.codecs.dialects.ids import event_id
from milepost.contracts import tms, wms
from milepost.contracts.events import LOAD_OWNED, Event
from milepost.contracts.identifiers import LOAD_PREFIX, digest, is_load
from milepost.contracts.references import (
    HOPS_MAX,
    ISSUER_OWN,
    UNKNOWN,
    WAY,
    Pointed,
    Reference,
    Target,
    link_name,
)

# Either record can own these: a load takes them itself. Of a reversal the fact that it takes back decides.
_AT_LOADS = frozenset({wms.InventoryAdjusted, wms.GoodsReceived})
_NAMES_AT_LOADS = frozenset(
    {"load", "member", "rated", "assigned", "tender", "pickedup", "transit", "eta", "arrived"}
)  # how the names of a load's facts begin: codecs/dialects/keys.py
_NAMES_OF_SHIPMENTS = frozenset({"pod", "dexc"})
_ANSWERS = (wms.InstructionAnswered, wms.InstructionReceived)


def told(pointed: Pointed, target: Target) -> Event | Pointed | None:
    """Return what ``target`` is told of a milestone; None where it cannot be told, for want of its shipment or at all.

    The ids are derived, so that telling again is no news, by whatever way and in whatever order it is told. What is
    told names the links by which it came, for what comes by a link that is taken back does not count.
    """
    body = pointed.event.body
    name = link_name(pointed.reference, target)
    pointed = msgspec.structs.replace(pointed, via=f"{pointed.via}{WAY}{name}" if pointed.via else name)
    if isinstance(body, _ANSWERS):
        return _answer(pointed, target)
    if is_load(target.owner):
        if _is_of_loads(body):
            return _to_load(pointed, target.owner)
        return _to_members(pointed, target.owner)
    if type(body) in LOAD_OWNED:
        return _tracked(pointed, target)
    return _to_order(pointed, target)


def to_itself(pointed: Pointed) -> Event | None:
    """Return what the load is told that is this very reference, whether any order is known to be aboard or not."""
    reference = pointed.reference
    if reference.kind != "load" or reference.issuer != ISSUER_OWN or not _is_of_loads(pointed.event.body):
        return None
    return _to_load(pointed, LOAD_PREFIX + reference.value)


def _is_of_loads(body: Any) -> bool:
    if isinstance(body, wms.Reversed):
        return body.reverses.partition("/")[0] in _NAMES_AT_LOADS
    return type(body) in LOAD_OWNED or type(body) in _AT_LOADS


def _to_load(pointed: Pointed, owner: str) -> Event:
    return _event(pointed, owner, {"load": owner.removeprefix(LOAD_PREFIX)})


def _to_members(pointed: Pointed, owner: str) -> Pointed | None:
    if pointed.hops >= HOPS_MAX:
        return None
    load = Reference(kind="load", issuer=ISSUER_OWN, value=owner.removeprefix(LOAD_PREFIX))
    if load == pointed.reference:
        return None  # a load aboard itself
    event = msgspec.structs.replace(pointed.event, owner=load.key)
    return msgspec.structs.replace(pointed, reference=load, event=event, hops=pointed.hops + 1, also=())


def _to_order(pointed: Pointed, target: Target) -> Event | None:
    if _asks_for_shipment(pointed.event.body) and not target.shipment:
        return None
    return _event(pointed, target.owner, {"shipment": target.shipment, "load": _load_that_says(pointed)})


def _load_that_says(pointed: Pointed) -> str:
    """Return the load where its word is of its shipments each: that ceases to count with the membership."""
    reference, body = pointed.reference, pointed.event.body
    if reference.kind != "load" or reference.issuer != ISSUER_OWN or not _asks_for_shipment(body):
        return ""
    if isinstance(body, wms.Reversed):
        return reference.value if body.reverses.partition("/")[0] in _NAMES_OF_SHIPMENTS else ""
    return reference.value if isinstance(body, tms.Delivered | tms.DeliveryExcepted) else ""


def _asks_for_shipment(body: Any) -> bool:
    if isinstance(body, wms.Reversed):
        return UNKNOWN in body.reverses.split("/")
    return bool(getattr(body, "shipment", "") == UNKNOWN)


def _answer(pointed: Pointed, target: Target) -> Event | None:
    unknown = pointed.event.body.instruction == UNKNOWN  # type: ignore[union-attr]
    if unknown and not target.instruction:
        return None
    return _event(pointed, target.owner, {"instruction": target.instruction})


def _event(pointed: Pointed, owner: str, known: dict[str, str]) -> Event:
    event = pointed.event
    fills = {name: value for name, value in known.items() if getattr(event.body, name, "") == UNKNOWN}
    shipment = known.get("shipment", "") if _asks_for_shipment(event.body) else ""
    load = known.get("load", "") if shipment else ""
    if isinstance(event.body, wms.Reversed):
        fills["reverses"] = _filled(event.body.reverses, shipment or known.get("load", ""), load)
    elif load:
        fills["load"] = load
    body: Any = msgspec.structs.replace(event.body, **fills) if fills else event.body
    whom = "/".join(one for one in (owner, shipment, load) if one)  # an order may have several aboard
    return msgspec.structs.replace(
        event, event_id=event_id(pointed.message, whom, pointed.ordinal), owner=owner, body=body,
        business_key=_key(event, owner, body, shipment, load), correlation_id=event.correlation_id or owner,
        via=pointed.via,
    )  # fmt: skip


def _key(event: Event, owner: str, body: Any, shipment: str, load: str) -> str:
    """Return the fact's name: by its kind, unless the dialect gave it one, which must not name two facts alike."""
    key = event.business_key
    if UNKNOWN in key.split("/") or key == keys.key_of(event.owner, event.body, event.occurred_at):
        key = keys.key_of(owner, body, event.occurred_at)
    elif shipment:
        key = f"{key}/{shipment}"
    # What a load says stands beside what is said of the shipment, and is no contradiction to it.
    return keys.fitting(f"{key}/{load}" if load else key)


def _filled(key: str, value: str, load: str) -> str:
    """Fill what is unknown in another fact's name, which ends in the load where that said it."""
    filled = "/".join(value if segment == UNKNOWN else segment for segment in key.split("/"))
    return keys.fitting(f"{filled}/{load}" if load else filled)


def _tracked(pointed: Pointed, target: Target) -> Event | None:
    event, shipment = pointed.event, target.shipment
    match event.body:
        case tms.PickedUp():
            body = tms.Tracked(shipment=shipment, status="picked_up")
        case tms.InTransit(place=place):
            body = tms.Tracked(shipment=shipment, status="in_transit", place=place)
        case tms.EtaChanged(eta=eta):
            body = tms.Tracked(shipment=shipment, status="eta", eta=eta if eta.tzinfo else eta.replace(tzinfo=UTC))
        case tms.Arrived(stop=stop):
            body = tms.Tracked(shipment=shipment, status="arrived", place=stop)
        case _:
            return None
    # By its content: the same scan in a later message of the carrier is the same fact.
    key = f"tracked/{body.status}/{digest(event.occurred_at, body)}"
    id_ = event_id(pointed.message, f"{target.owner}/{shipment}" if shipment else target.owner, pointed.ordinal)
    correlation = event.correlation_id or target.owner
    return msgspec.structs.replace(
        event, event_id=id_, business_key=key, owner=target.owner, body=body, correlation_id=correlation,
        via=pointed.via,
    )  # fmt: skip
