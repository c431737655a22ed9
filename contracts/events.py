"""The one envelope, and every body that can travel in it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from milepost.contracts import controls, orders, tms, verbs, wms
from milepost.contracts.base import Contract, Id, OptionalId, Text
from milepost.contracts.identifiers import digest
from milepost.contracts.postings import PostingAnswered

SCHEMA_VERSION = 1

Body = (
    orders.OrderReleased | orders.OrderAmended | orders.CancelRequested | orders.CreditBlocked | orders.CreditCleared
    | orders.ReturnRequested | orders.InboundReleased | orders.InboundAdvised
    | wms.WavePlanned | wms.Allocated | wms.PickConfirmed | wms.PickShort | wms.Packed | wms.Loaded | wms.Departed
    | wms.GoodsReceived | wms.InventoryAdjusted | wms.Reversed | wms.InstructionAnswered
    | wms.InstructionReceived
    | wms.ReturnReceived | wms.ReturnInspected
    | tms.ShipmentCreated | tms.LoadPlanned | tms.MemberAssigned | tms.FreightRated | tms.CarrierAssigned
    | tms.TenderOffered | tms.TenderAccepted | tms.TenderRejected | tms.TenderExpired | tms.TenderWithdrawn
    | tms.PickedUp | tms.InTransit | tms.EtaChanged | tms.Arrived | tms.Delivered | tms.DeliveryExcepted | tms.Returned
    | tms.Tracked
    | controls.HoldPlaced | controls.HoldReleased | controls.CancelOrdered | controls.Reprocessed
    | controls.ConflictResolved | controls.PostingRetried | controls.DeadlineFired | controls.RulesPinned
    | controls.LinkStands | controls.DecisionDrifted | controls.PostingChecked | controls.SourceResumed
    | controls.DataQualityFound
    | verbs.ShortageDecided | verbs.Approved | verbs.Overridden | verbs.Acknowledged | verbs.Assigned | verbs.Snoozed
    | verbs.Skipped | verbs.CompensationOrdered | verbs.Linked | verbs.MigrationOrdered | verbs.RulesMigrated
    | PostingAnswered
)  # fmt: skip


class Event(Contract, frozen=True, kw_only=True):
    """One fact on its way to the record that owns it.

    ``event_id`` names the message, ``business_key`` the fact: the same fact may come under several message ids.
    ``owner`` is the order id, or ``load/ID``: the Kafka key. ``occurred_at`` is the source's clock in UTC and may be
    wrong; ``source_time`` keeps what the source wrote. Only ``body`` and ``occurred_at`` are the fact's content.
    ``via``: the links by which a native id led to the owner, joined by ``+``; the fact counts while they all stand.
    Empty where the message named the owner itself.
    """

    event_id: Id
    business_key: Id
    owner: Id
    occurred_at: Annotated[datetime, msgspec.Meta(tz=True)]
    received_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    source_time: Annotated[str, msgspec.Meta(max_length=64)] = ""
    source: Id  # the reporting system: wms-north
    partner: OptionalId = ""
    correlation_id: OptionalId = ""
    via: OptionalId = ""
    batch: OptionalId = ""  # the partner's batch, or its message, that it came in
    schema_version: int = SCHEMA_VERSION
    note: Text = ""
    body: Body


def payload_digest(occurred_at: datetime, body: Body) -> str:
    """Return the digest that names one payload of a fact key, as conflicts and their resolutions use it."""
    return digest(occurred_at, body)


def tag_of(body: Body) -> str:
    """Return the wire name of a body's type: ``wms.pick_confirmed``."""
    return tag_of_type(type(body))


def tag_of_type(kind: type) -> str:
    """Return the wire name of a type of body, or of document."""
    return str(kind.__struct_config__.tag)  # type: ignore[attr-defined]


ORDER_TAGS = ("order.",)
WMS_TAGS = ("wms.", "milestone.", "instruction.")
TMS_TAGS = ("tms.",)

LOAD_OWNED: frozenset[type] = frozenset(
    {
        tms.LoadPlanned, tms.MemberAssigned, tms.FreightRated, tms.CarrierAssigned, tms.TenderOffered,
        tms.TenderAccepted, tms.TenderRejected, tms.TenderExpired, tms.TenderWithdrawn, tms.PickedUp, tms.InTransit,
        tms.EtaChanged, tms.Arrived,
    }
)  # fmt: skip
"""Facts that belong to the load they name."""

EITHER_OWNED: frozenset[type] = frozenset(
    {wms.Reversed, wms.InstructionAnswered, wms.InstructionReceived, wms.InventoryAdjusted, wms.GoodsReceived}
)
"""Facts either record can own: what a reversal or an answer is about decides. All others of partners are an order's."""
