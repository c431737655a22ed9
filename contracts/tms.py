"""What transport reports. Facts of a load are keyed ``load/ID`` and fanned out to the load's orders by its record."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from milepost.contracts.base import (
    MEMBERS_MAX,
    AmountMinor,
    Code,
    Contract,
    Currency,
    Id,
    OptionalId,
    Quantity,
    Text,
    Version,
)
from milepost.contracts.wms import LineQuantities


class ShipmentCreated(Contract, tag="tms.shipment_created", frozen=True, kw_only=True):
    """TMS knows the order's shipment under these native ids (keyed by order)."""

    shipment: Id
    load: OptionalId = ""
    pro: OptionalId = ""
    bol: OptionalId = ""


class Member(Contract, frozen=True, kw_only=True):
    """One shipment of one order on a load."""

    order_id: Id
    shipment: Id


class LoadPlanned(Contract, tag="tms.load_planned", frozen=True, kw_only=True):
    """Who travels on the load. A full snapshot; the highest ``version`` stands."""

    load: Id
    version: Version = 1
    members: Annotated[tuple[Member, ...], msgspec.Meta(max_length=MEMBERS_MAX)] = ()


class FreightRated(Contract, tag="tms.freight_rated", frozen=True, kw_only=True):
    load: Id
    carrier: Id
    amount_minor: AmountMinor
    currency: Currency


class CarrierAssigned(Contract, tag="tms.carrier_assigned", frozen=True, kw_only=True):
    """A carrier was chosen; nothing is posted on it."""

    load: Id
    carrier: Id


class TenderOffered(Contract, tag="tms.tender_offered", frozen=True, kw_only=True):
    """The load was offered to ``carrier`` at ``amount_minor``; it must answer by ``expires_at``."""

    load: Id
    tender: Id
    attempt: Version
    carrier: Id
    amount_minor: AmountMinor
    currency: Currency
    expires_at: datetime


class TenderAccepted(Contract, tag="tms.tender_accepted", frozen=True, kw_only=True):
    load: Id
    tender: Id


class TenderRejected(Contract, tag="tms.tender_rejected", frozen=True, kw_only=True):
    load: Id
    tender: Id
    reason: Text = ""


class TenderExpired(Contract, tag="tms.tender_expired", frozen=True, kw_only=True):
    load: Id
    tender: Id


class TenderWithdrawn(Contract, tag="tms.tender_withdrawn", frozen=True, kw_only=True):
    load: Id
    tender: Id


class PickedUp(Contract, tag="tms.picked_up", frozen=True, kw_only=True):
    """The carrier took the load: for each member shipment a second attestation of its departure."""

    load: Id


class InTransit(Contract, tag="tms.in_transit", frozen=True, kw_only=True):
    load: Id
    place: Text = ""


class EtaChanged(Contract, tag="tms.eta", frozen=True, kw_only=True):
    load: Id
    eta: datetime


class Arrived(Contract, tag="tms.arrived", frozen=True, kw_only=True):
    load: Id
    stop: OptionalId = ""


class Delivered(Contract, tag="tms.delivered", frozen=True, kw_only=True):
    """Proof of delivery of a shipment (keyed by order). Without ``lines`` all that was shipped."""

    shipment: Id
    pod: OptionalId = ""
    lines: LineQuantities = ()


DeliveryCode = Literal["refused", "short", "damaged", "lost", "wrong_product", "pod_missing", "other"]


class DeliveryExcepted(Contract, tag="tms.delivery_exception", frozen=True, kw_only=True):
    shipment: Id
    code: DeliveryCode
    line: OptionalId = ""
    quantity: Quantity = 0
    text: Text = ""


class Returned(Contract, tag="tms.returned", frozen=True, kw_only=True):
    shipment: Id
    line: Id
    quantity: Quantity
    disposition: Code = "restock"
