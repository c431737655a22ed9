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
    Moment,
    OptionalId,
    Quantity,
    Text,
    Version,
)
from milepost.contracts.wms import LineQuantities

PlanVersion = Annotated[int, msgspec.Meta(ge=1, le=10**9 - 1)]
"""Of a plan or a row of it. Systems without numbers count by the minute. It is below a person's word on a link."""


class ShipmentCreated(Contract, tag="tms.shipment_created", frozen=True, kw_only=True):
    """TMS knows the order's shipment under these native ids (keyed by order)."""

    shipment: Id
    load: OptionalId = ""
    pro: OptionalId = ""
    bol: OptionalId = ""


class Member(Contract, frozen=True, kw_only=True):
    """One shipment of one order on a load; weight and goods value as far as the TMS knows them."""

    order_id: Id
    shipment: Id
    weight_grams: Quantity = 0
    value_minor: AmountMinor = 0


class LoadPlanned(Contract, tag="tms.load_planned", frozen=True, kw_only=True):
    """Who travels on the load. A full snapshot; the highest ``version`` stands."""

    load: Id
    version: PlanVersion = 1
    members: Annotated[tuple[Member, ...], msgspec.Meta(max_length=MEMBERS_MAX)] = ()
    node: OptionalId = ""  # where it is loaded: its time zone dates the freight
    lane: Code = "standard"
    service: Code = "standard"
    cut_off: Moment | None = None  # it must be loaded by then


class MemberAssigned(Contract, tag="tms.member_assigned", frozen=True, kw_only=True):
    """One row of the TMS's optimiser: this shipment is on the load, or no longer. The highest ``version`` stands.

    It changes what the load's plan says of the same shipment if it is the later word, by the source's time.
    """

    load: Id
    order_id: Id
    shipment: Id
    version: PlanVersion = 1
    aboard: bool = True
    weight_grams: Quantity = 0
    value_minor: AmountMinor = 0


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
    """The load was offered to ``carrier`` at ``amount_minor``; it must answer by ``expires_at``.

    Without ``expires_at`` the carrier's contract says how long it has, counted over its opening hours.
    """

    load: Id
    tender: Id
    attempt: Version
    carrier: Id
    amount_minor: AmountMinor
    currency: Currency
    expires_at: Moment | None = None


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
    """The offer was taken back; ``charge_minor`` is what the carrier asks for a truck ordered and not used."""

    load: Id
    tender: Id
    charge_minor: AmountMinor = 0


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


TrackedStatus = Literal[
    "picked_up", "in_transit", "eta", "arrived", "out_for_delivery", "attempted", "returning", "info"
]


class Tracked(Contract, tag="tms.tracked", frozen=True, kw_only=True):
    """Where a shipment that travels on no load of ours is, by its carrier (keyed by order). Shown; nothing follows."""

    shipment: OptionalId = ""
    status: TrackedStatus
    place: Text = ""
    eta: Moment | None = None
    reason: Text = ""  # why it is late, was tried in vain, comes back


class Delivered(Contract, tag="tms.delivered", frozen=True, kw_only=True):
    """Proof of delivery of a shipment (keyed by order). Without ``lines`` all that was shipped.

    ``load``: it was said of a load as a whole, and counts of a shipment only while that is aboard by the standing plan.
    """

    shipment: Id
    pod: OptionalId = ""
    lines: LineQuantities = ()
    load: OptionalId = ""


DeliveryCode = Literal["refused", "short", "damaged", "lost", "wrong_product", "pod_missing", "other"]


class DeliveryExcepted(Contract, tag="tms.delivery_exception", frozen=True, kw_only=True):
    """Something went wrong at the door. With line and quantity it moves money; without it is only shown.

    ``load``: as of a proof of delivery.
    """

    shipment: Id
    code: DeliveryCode
    line: OptionalId = ""
    quantity: Quantity = 0
    text: Text = ""
    load: OptionalId = ""


class Returned(Contract, tag="tms.returned", frozen=True, kw_only=True):
    """The carrier is bringing goods back. It announces: what counts is received and inspected by a warehouse."""

    shipment: Id
    line: Id
    quantity: Quantity
    disposition: Code = "restock"
