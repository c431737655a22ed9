"""What the ERP says of an order: released, amended, cancel requested."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from milepost.contracts.base import (
    LINES_MAX,
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

Mode = Literal["ltl", "ftl", "parcel", "pickup", "air", "ocean"]
PartialShipment = Literal["ship_partial", "ship_when_all_ready", "line_ship_complete", "ship_from_single_node"]


class OrderLine(Contract, frozen=True, kw_only=True):
    """One ordered line: ``quantity`` in base units, price and cost in minor units of the order's currency."""

    line: Id
    item: Id
    quantity: Quantity
    unit_price_minor: AmountMinor = 0
    unit_cost_minor: AmountMinor = 0
    line_value_minor: AmountMinor = 0  # value of the whole line where it is no multiple of a price; else 0
    node: OptionalId = ""  # ship-from node


Lines = Annotated[tuple[OrderLine, ...], msgspec.Meta(min_length=1, max_length=LINES_MAX)]


class OrderReleased(Contract, tag="order.released", frozen=True, kw_only=True):
    """The ERP released an order for fulfilment. Version 1 is the first snapshot; amendments count on from it."""

    version: Version = 1
    customer: Id
    currency: Currency
    terms: Code = "on_goods_issue"  # when the invoice is released: on_goods_issue | on_delivery
    mode: Mode = "ltl"
    partial: PartialShipment = "ship_partial"
    ship_to: Text = ""
    lane: Code = "standard"
    company: Code = "1"
    tax_code: Code = "none"
    lines: Lines
    references: dict[Code, Id] = msgspec.field(default_factory=dict)  # native ids by kind: delivery, customer_po ...


class OrderAmended(Contract, tag="order.amended", frozen=True, kw_only=True):
    """A full new snapshot of the lines; the source's version decides which snapshot stands, not arrival."""

    version: Version
    lines: Lines


class CancelRequested(Contract, tag="order.cancel_requested", frozen=True, kw_only=True):
    """Somebody wants the order cancelled. Void while goods have left the house."""

    reason: Text = ""
    actor: OptionalId = ""
