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
    Moment,
    OptionalId,
    Quantity,
    Text,
    Version,
)

Mode = Literal["ltl", "ftl", "parcel", "pickup", "air", "ocean"]
InboundKind = Literal["purchase", "transfer"]
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
    service: Code = "standard"
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


class CreditBlocked(Contract, tag="order.credit_blocked", frozen=True, kw_only=True):
    """The customer's credit does not allow an invoice now. The latest word of the source counts, by its own time."""

    reason: Text = ""


class CreditCleared(Contract, tag="order.credit_cleared", frozen=True, kw_only=True):
    reason: Text = ""


class ReturnLine(Contract, frozen=True, kw_only=True):
    """Goods of one order line that are to come back, in base units."""

    line: Id
    quantity: Quantity


class ReturnRequested(Contract, tag="order.return_requested", frozen=True, kw_only=True):
    """The customer wants to send back goods of ``shipment`` under the return number ``rma``."""

    rma: Id
    shipment: Id
    reason: Text = ""
    lines: Annotated[tuple[ReturnLine, ...], msgspec.Meta(min_length=1, max_length=LINES_MAX)]


class InboundLine(Contract, frozen=True, kw_only=True):
    """One line of goods that are to come in: ``quantity`` in base units, cost in minor units of the currency."""

    line: Id
    item: Id
    quantity: Quantity
    unit_cost_minor: AmountMinor = 0


class InboundReleased(Contract, tag="order.inbound_released", frozen=True, kw_only=True):
    """The ERP expects goods at ``node``: a purchase from ``partner``, or a transfer from the site ``partner``."""

    version: Version = 1
    kind: InboundKind
    partner: Id
    node: Id
    currency: Currency
    company: Code = "1"
    expected_at: Moment | None = None
    lines: Annotated[tuple[InboundLine, ...], msgspec.Meta(min_length=1, max_length=LINES_MAX)]
    references: dict[Code, Id] = msgspec.field(default_factory=dict)


class InboundAdvised(Contract, tag="order.inbound_advised", frozen=True, kw_only=True):
    """The sender's advice: what is on its way (EDI 856). It announces; only a receipt counts."""

    advice: Id
    expected_at: Moment | None = None
    lines: Annotated[tuple[ReturnLine, ...], msgspec.Meta(max_length=LINES_MAX)] = ()
