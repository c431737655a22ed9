"""What partners state about money and stock as a whole, beside any one order's flow: for reconciliation, never posted.

A statement is kept and published as it was said. No order's record takes it in.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from milepost.contracts.base import (
    LINES_MAX,
    Code,
    Contract,
    Currency,
    Id,
    Moment,
    OptionalDate,
    OptionalId,
    Text,
)

SignedMinor = Annotated[int, msgspec.Meta(ge=-(10**15), le=10**15)]
CHARGES_MAX = 500
StockStatus = Literal["available", "on_hand", "on_hold", "damaged", "on_order", "committed", "in_transit", "received"]


class StockCount(Contract, array_like=True, frozen=True, kw_only=True):
    """``quantity`` base units of ``item`` in ``status``."""

    item: Id
    status: StockStatus
    quantity: Annotated[int, msgspec.Meta(ge=-(10**9), le=10**9)]


class InventoryCounted(Contract, tag="statement.inventory", frozen=True, kw_only=True):
    """Stock of a node as of a moment (X12 846, a vendor's inventory snapshot)."""

    node: Id
    as_of: Moment
    lines: Annotated[tuple[StockCount, ...], msgspec.Meta(max_length=2 * LINES_MAX)]


class Charge(Contract, array_like=True, frozen=True, kw_only=True):
    """One charge of a freight invoice; a discount is negative."""

    code: Code
    amount_minor: SignedMinor


class FreightInvoiced(Contract, tag="statement.freight_invoice", frozen=True, kw_only=True):
    """A carrier's invoice (X12 210): what it wants for which shipment. Charges add up to ``net_minor``."""

    invoice: Id
    carrier: Id
    load: OptionalId = ""
    pro: OptionalId = ""
    bol: OptionalId = ""
    currency: Currency
    net_minor: SignedMinor
    charges: Annotated[tuple[Charge, ...], msgspec.Meta(max_length=CHARGES_MAX)] = ()
    correction: OptionalId = ""
    date: OptionalDate = ""
    delivered: OptionalDate = ""


class Payment(Contract, frozen=True, kw_only=True):
    """What a remittance pays of one invoice, and why it pays less."""

    invoice: Id
    paid_minor: SignedMinor
    invoiced_minor: SignedMinor | None = None
    discount_minor: SignedMinor = 0
    adjustment_minor: SignedMinor = 0
    reason: OptionalId = ""


class Remitted(Contract, tag="statement.remittance", frozen=True, kw_only=True):
    """A payment and the invoices it settles (X12 820)."""

    trace: Id
    currency: Currency
    amount_minor: SignedMinor
    date: OptionalDate = ""
    payments: Annotated[tuple[Payment, ...], msgspec.Meta(max_length=LINES_MAX)] = ()


class TradeLine(Contract, frozen=True, kw_only=True):
    """One line of a purchase order, its acknowledgement or its invoice, in the units it was written in.

    ``price`` is a decimal as text, per ``unit``: prices may have more digits than the currency's minor unit.
    """

    line: Id
    item: OptionalId = ""
    quantity: Annotated[str, msgspec.Meta(max_length=32)] = ""
    unit: OptionalId = ""
    price: Annotated[str, msgspec.Meta(max_length=32)] = ""
    status: OptionalId = ""
    text: Text = ""


TradeLines = Annotated[tuple[TradeLine, ...], msgspec.Meta(max_length=LINES_MAX)]


class Traded(Contract, tag="statement.trade", frozen=True, kw_only=True):
    """A trade document as far as its order data goes (X12 850, 855, 810): whose, which lines, what total."""

    document: Literal["purchase_order", "acknowledgement", "invoice"]
    number: Id
    purchase_order: OptionalId = ""
    status: OptionalId = ""
    currency: Currency = "USD"
    total_minor: SignedMinor | None = None
    date: OptionalDate = ""
    lines: TradeLines = ()


StatementBody = InventoryCounted | FreightInvoiced | Remitted | Traded


class Statement(Contract, frozen=True, kw_only=True):
    """One statement on ``partner.statements``. ``id`` is derived from the partner's message; ``key`` names it."""

    id: Id
    key: Id
    partner: Id
    source: Id
    stated_at: datetime
    received_at: datetime | None = None
    findings: tuple[str, ...] = ()
    body: StatementBody
