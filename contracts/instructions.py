"""What we tell warehouses, transport and customers. Each recipient gets these fields and no others."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from milepost.contracts.base import LINES_AFTER_MAX, Code, Contract, Id, Moment, OptionalId, Quantity, Text


class InstructionLine(Contract, array_like=True, frozen=True, kw_only=True):
    line: Id
    item: Id
    quantity: Quantity


InstructionLines = Annotated[tuple[InstructionLine, ...], msgspec.Meta(max_length=LINES_AFTER_MAX)]


class WarehouseInstructed(Contract, tag="instruct.warehouse", frozen=True, kw_only=True):
    """Pick and ship these lines from your node. No prices, no customer terms."""

    order_id: Id
    fulfilment_order: Id
    node: Id
    partial: Code
    lines: InstructionLines
    wave: OptionalId = ""  # the site's wave it belongs to: SITE/DATE/CUT-OFF in the site's own time
    cut_off: Moment | None = None


class PutAwayInstructed(Contract, tag="instruct.put_away", frozen=True, kw_only=True):
    """Put back what was picked for a cancelled order; a printed label of it is void."""

    order_id: Id
    node: Id
    lines: InstructionLines
    void_labels: tuple[Id, ...] = ()  # packages
    unload: tuple[Id, ...] = ()  # shipments


class AvailabilityCorrected(Contract, tag="inform.availability", frozen=True, kw_only=True):
    """The stock that an allocation counted on is not there: take it out of what can be promised, at once."""

    order_id: Id
    node: Id
    item: Id
    quantity: Quantity
    reason: Code


class ReturnExpected(Contract, tag="instruct.return", frozen=True, kw_only=True):
    """Goods come back to your node: receive and inspect them under ``rma``."""

    order_id: Id
    rma: Id
    shipment: Id
    node: Id
    lines: InstructionLines


class ReceiptExpected(Contract, tag="instruct.receipt", frozen=True, kw_only=True):
    """Goods will come in at your node: receive them against these lines. No costs."""

    order_id: Id
    node: Id
    partner: Id
    expected_at: Moment | None = None
    lines: InstructionLines


class LoadingReleased(Contract, tag="instruct.load", frozen=True, kw_only=True):
    """The load may be loaded and may leave, with this carrier."""

    load: Id
    node: OptionalId = ""
    carrier: Id
    provisional: bool = False
    shipments: tuple[Id, ...] = ()


class TenderRequested(Contract, tag="instruct.tender", frozen=True, kw_only=True):
    """Offer the load to this carrier as attempt ``attempt``."""

    load: Id
    attempt: int
    carrier: Id


class TenderCancelled(Contract, tag="instruct.cancel_tender", frozen=True, kw_only=True):
    """Tell the carrier that the offer no longer stands."""

    load: Id
    tender: Id
    carrier: Id


class ReportRequested(Contract, tag="instruct.report", frozen=True, kw_only=True):
    """A milestone is missing: tell us whether it happened (the fallback ``poll``)."""

    owner: Id
    milestone: Code
    subject: OptionalId = ""


class TransportPlanned(Contract, tag="instruct.transport", frozen=True, kw_only=True):
    """Plan carriage for the order: where from, where to, how heavy. No items, no prices."""

    order_id: Id
    mode: Code
    lane: Code
    ship_to: Text
    nodes: tuple[Id, ...]
    weight_grams: int


class ShipmentReadied(Contract, tag="inform.ready", frozen=True, kw_only=True):
    """All lines of the order at this node are picked or accounted for: the carrier may come."""

    order_id: Id
    node: Id


class FulfilmentRequested(Contract, tag="fulfilment.requested", frozen=True, kw_only=True):
    """The normalised request, version 1: what will be fulfilled from where, once per order."""

    order_id: Id
    version: int = 1
    mode: Code
    lane: Code
    nodes: tuple[Id, ...]
    lines: InstructionLines


class Withdrawn(Contract, tag="instruct.withdraw", frozen=True, kw_only=True):
    """Stop what instruction ``withdraws`` asked for."""

    order_id: Id
    withdraws: Id
    node: OptionalId = ""


InstructionBody = (
    WarehouseInstructed | TransportPlanned | ShipmentReadied | FulfilmentRequested | Withdrawn | PutAwayInstructed
    | AvailabilityCorrected | ReturnExpected | ReceiptExpected | LoadingReleased | TenderRequested | TenderCancelled
    | ReportRequested
)  # fmt: skip


class Instruction(Contract, frozen=True, kw_only=True):
    """One instruction under its derived id; the recipient answers with ``InstructionAnswered``."""

    id: Id
    owner: Id
    recipient: Code  # wms | tms | all
    body: InstructionBody
    rule: OptionalId = ""
    correlation_id: OptionalId = ""


NoticeKind = Literal[
    "carrier_confirmed", "carrier_changed", "cancelled", "cancel_refused", "back_ordered", "line_cancelled",
    "substituted", "return_approved", "credited",
]  # fmt: skip


class CustomerNotice(Contract, frozen=True, kw_only=True):
    """A trigger for customer communication, once per id."""

    id: Id
    owner: Id
    kind: NoticeKind
    customer: Id
    carrier: OptionalId = ""
    shipment: OptionalId = ""
    line: OptionalId = ""
    quantity: Quantity = 0
