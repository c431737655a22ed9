"""The transport system's reports in its JSON: what dialects/tms-json.yaml reads."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from milepost.contracts.events import Event
from milepost.contracts.money import exponent
from milepost.contracts.tms import (
    Arrived,
    CarrierAssigned,
    Delivered,
    DeliveryExcepted,
    EtaChanged,
    FreightRated,
    InTransit,
    LoadPlanned,
    Member,
    MemberAssigned,
    PickedUp,
    Returned,
    ShipmentCreated,
    TenderAccepted,
    TenderExpired,
    TenderOffered,
    TenderRejected,
    TenderWithdrawn,
)
from milepost.contracts.wms import InstructionAnswered, Reversed
from milepost.tests.partners.words_wms import Words, owner_words

WITHDRAWAL_CURRENCY: Final = "EUR"
"""A charge for a truck not used says no currency of its own in our words; its minor units are those of the euro."""


def tms_json(event: Event) -> Words:
    """Return what the transport system writes of ``event``; KeyError for what it never says."""
    kind = type(event.body)
    return {
        "event": EVENTS[kind],
        "fact": event.business_key,
        "at": event.occurred_at.isoformat(),
        **owner_words(event.owner),
        **_SAID[kind](event.body),
    }


def money(amount_minor: int, currency: str) -> Words:
    """Return an amount as a decimal with its currency."""
    places = exponent(currency)
    return {"amount": f"{Decimal(amount_minor).scaleb(-places):.{places}f}", "currency": currency}


def _weighed(member: Member | MemberAssigned) -> Words:
    found: Words = {"order": member.order_id, "shipment": member.shipment}
    if member.weight_grams:
        found["weight"] = {"value": f"{Decimal(member.weight_grams) / 1000:f}", "unit": "kg"}
    return found


def _planned(body: LoadPlanned) -> Words:
    found: Words = {
        "version": body.version,
        "members": [_weighed(member) for member in body.members],
        "site": body.node,
        "lane": body.lane,
        "service": body.service,
    }
    return found | ({"cut_off": body.cut_off.isoformat()} if body.cut_off else {})


def _offered(body: TenderOffered) -> Words:
    found = {
        "tender": body.tender,
        "attempt": body.attempt,
        "carrier": body.carrier,
        "rate": money(body.amount_minor, body.currency),
    }
    return found | ({"answer_by": body.expires_at.isoformat()} if body.expires_at else {})


def _excepted(body: DeliveryExcepted) -> Words:
    found: Words = {"shipment": body.shipment, "code": body.code.upper(), "text": body.text}
    return found | ({"line": body.line, "quantity": body.quantity} if body.line else {})


def _delivered(body: Delivered) -> Words:
    signed = [{"line": one.line, "quantity": one.quantity} for one in body.lines]
    return {"shipment": body.shipment, "pod": body.pod, "signed_for": signed}


EVENTS: Final[dict[type, str]] = {
    ShipmentCreated: "shipment.created", LoadPlanned: "load.planned", MemberAssigned: "load.member",
    FreightRated: "load.rated", CarrierAssigned: "load.assigned", TenderOffered: "tender.offered",
    TenderAccepted: "tender.accepted", TenderRejected: "tender.rejected", TenderExpired: "tender.expired",
    TenderWithdrawn: "tender.withdrawn", PickedUp: "load.picked_up", InTransit: "load.in_transit",
    EtaChanged: "load.eta", Arrived: "load.arrived", Delivered: "shipment.delivered",
    DeliveryExcepted: "shipment.exception", Returned: "shipment.returning", Reversed: "fact.reversed",
    InstructionAnswered: "request.answered",
}  # fmt: skip

_SAID: Final[dict[type, Callable[[Any], Words]]] = {
    ShipmentCreated: lambda body: {"shipment": body.shipment, "load": body.load, "pro": body.pro, "bol": body.bol},
    LoadPlanned: _planned,
    MemberAssigned: lambda body: {**_weighed(body), "version": body.version, "aboard": body.aboard},
    FreightRated: lambda body: {"carrier": body.carrier, "rate": money(body.amount_minor, body.currency)},
    CarrierAssigned: lambda body: {"carrier": body.carrier},
    TenderOffered: _offered,
    TenderAccepted: lambda body: {"tender": body.tender},
    TenderRejected: lambda body: {"tender": body.tender, "reason": body.reason},
    TenderExpired: lambda body: {"tender": body.tender},
    TenderWithdrawn: lambda body: {
        "tender": body.tender, "charge": money(body.charge_minor, WITHDRAWAL_CURRENCY),
    },
    PickedUp: lambda body: {},
    InTransit: lambda body: {"place": body.place},
    EtaChanged: lambda body: {"eta": body.eta.isoformat()},
    Arrived: lambda body: {"stop": body.stop},
    Delivered: _delivered,
    DeliveryExcepted: _excepted,
    Returned: lambda body: {
        "shipment": body.shipment, "line": body.line, "quantity": body.quantity, "intent": body.disposition,
    },
    Reversed: lambda body: {"reverses": body.reverses, "reason": body.reason},
    InstructionAnswered: lambda body: {"request": body.instruction, "accepted": body.accepted, "text": body.text},
}  # fmt: skip
