"""What we tell warehouses, transport and customers. Each recipient gets these fields and no others."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from milepost.contracts.base import LINES_MAX, Code, Contract, Id, OptionalId, Quantity, Text


class InstructionLine(Contract, array_like=True, frozen=True, kw_only=True):
    line: Id
    item: Id
    quantity: Quantity


InstructionLines = Annotated[tuple[InstructionLine, ...], msgspec.Meta(max_length=LINES_MAX)]


class WarehouseInstructed(Contract, tag="instruct.warehouse", frozen=True, kw_only=True):
    """Pick and ship these lines from your node. No prices, no customer terms."""

    order_id: Id
    fulfilment_order: Id
    node: Id
    partial: Code
    lines: InstructionLines


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


class Instruction(Contract, frozen=True, kw_only=True):
    """One instruction under its derived id; the recipient answers with ``InstructionAnswered``."""

    id: Id
    owner: Id
    recipient: Code  # wms | tms | all
    body: WarehouseInstructed | TransportPlanned | ShipmentReadied | FulfilmentRequested | Withdrawn
    rule: OptionalId = ""
    correlation_id: OptionalId = ""


NoticeKind = Literal["carrier_confirmed", "carrier_changed", "cancelled", "cancel_refused"]


class CustomerNotice(Contract, frozen=True, kw_only=True):
    """A trigger for customer communication, once per id."""

    id: Id
    owner: Id
    kind: NoticeKind
    customer: Id
    carrier: OptionalId = ""
    shipment: OptionalId = ""
