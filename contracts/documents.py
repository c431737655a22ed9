"""The documents that can exist at the ERP, by content. Content decides identity; state is elsewhere."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from milepost.contracts.base import (
    LINES_AFTER_MAX,
    MEMBERS_MAX,
    AmountMinor,
    Code,
    Contract,
    Currency,
    Id,
    IsoDate,
    OptionalId,
    Quantity,
)
from milepost.contracts.orders import InboundKind
from milepost.contracts.wms import Disposition

Account = Literal[
    "inventory", "cost_of_goods_sold", "receivable", "revenue", "freight_expense", "accrued_freight",
    "goods_received_not_invoiced", "inventory_difference", "goods_in_transit", "inventory_in_repair",
    "vendor_returns", "scrapped_goods", "carrier_claims", "claimed_losses",
]  # fmt: skip


class DocumentLine(Contract, array_like=True, frozen=True, kw_only=True):
    """A quantity of one order line and its amount in minor units of the document's currency."""

    line: Id
    item: Id
    quantity: Quantity
    amount_minor: AmountMinor


DocumentLines = Annotated[tuple[DocumentLine, ...], msgspec.Meta(max_length=LINES_AFTER_MAX)]


class ShipmentConfirmation(Contract, tag="shipment_confirmation", frozen=True, kw_only=True):
    """The carrier of a shipment is confirmed; a document without amounts."""

    date: IsoDate
    load: Id
    shipment: Id
    carrier: Id


class GoodsIssue(Contract, tag="goods_issue", frozen=True, kw_only=True):
    """Goods left the house: cost of goods sold against inventory."""

    date: IsoDate
    shipment: Id
    node: Id
    currency: Currency
    company: Code = "1"
    lines: DocumentLines


class GoodsReceipt(Contract, tag="goods_receipt", frozen=True, kw_only=True):
    """Goods came in: inventory against what is owed for a purchase, or against goods in transit of a transfer."""

    date: IsoDate
    receipt: Id
    kind: InboundKind = "purchase"
    node: Id
    currency: Currency
    company: Code = "1"
    lines: DocumentLines


class InventoryAdjustment(Contract, tag="inventory_adjustment", frozen=True, kw_only=True):
    """Stock differs from the books by the lines' quantities; ``gain`` says which way."""

    date: IsoDate
    node: Id
    currency: Currency
    company: Code = "1"
    gain: bool
    reason: Code
    lines: DocumentLines


class FreightShare(Contract, array_like=True, frozen=True, kw_only=True):
    """What of a load's freight falls on one shipment of one order."""

    order_id: Id
    shipment: Id
    amount_minor: AmountMinor


AccrualBasis = Literal["accepted", "provisional", "not_used", "agreed"]


class FreightAccrual(Contract, tag="freight_accrual", frozen=True, kw_only=True):
    """Expected freight cost of a load.

    ``basis``: at the accepted tender's rate; at the contract rate while no carrier has answered; the charge for a truck
    ordered and not used; or an amount a person agreed. ``shares`` add up to ``amount_minor`` exactly; there are none
    before the load was picked up.
    """

    date: IsoDate
    load: Id
    carrier: Id
    tender: OptionalId = ""
    currency: Currency
    amount_minor: AmountMinor
    company: Code = "1"
    basis: AccrualBasis = "accepted"
    shares: Annotated[tuple[FreightShare, ...], msgspec.Meta(max_length=MEMBERS_MAX)] = ()


class CustomerInvoice(Contract, tag="customer_invoice", frozen=True, kw_only=True):
    """Release of the customer's invoice for one shipment; company and tax code are carried, never computed."""

    date: IsoDate
    shipment: Id
    customer: Id
    currency: Currency
    company: Code = "1"
    tax_code: Code = "none"
    lines: DocumentLines


class CustomerCredit(Contract, tag="customer_credit", frozen=True, kw_only=True):
    """What was invoiced and is not owed: refused, short, damaged, lost, wrong, or returned and inspected."""

    date: IsoDate
    shipment: Id
    customer: Id
    currency: Currency
    company: Code = "1"
    tax_code: Code = "none"
    reason: Code
    lines: DocumentLines


class StockReturn(Contract, tag="stock_return", frozen=True, kw_only=True):
    """Returned goods, by what the inspection made of them: their cost leaves cost of goods sold."""

    date: IsoDate
    rma: Id
    shipment: Id
    node: Id
    disposition: Disposition
    currency: Currency
    company: Code = "1"
    lines: DocumentLines


class CarrierClaim(Contract, tag="carrier_claim", frozen=True, kw_only=True):
    """What the carrier owes for goods lost, short or damaged, at cost. The freight stays payable beside it."""

    date: IsoDate
    shipment: Id
    reason: Code
    currency: Currency
    company: Code = "1"
    lines: DocumentLines


class OrderChange(Contract, tag="order_change", frozen=True, kw_only=True):
    """Tell the ERP that a line's open quantity changed (shortage, cancellation); a document without amounts."""

    date: IsoDate
    reason: Code
    line: Id
    quantity: Quantity
    reference: OptionalId = ""


Document = (
    ShipmentConfirmation | GoodsIssue | GoodsReceipt | InventoryAdjustment | FreightAccrual | CustomerInvoice
    | CustomerCredit | StockReturn | CarrierClaim | OrderChange
)  # fmt: skip


class JournalLine(Contract, array_like=True, frozen=True, kw_only=True):
    """One side of an entry: positive ``amount_minor`` is debit, negative is credit."""

    account: Account
    amount_minor: Annotated[int, msgspec.Meta(ge=-(10**15), le=10**15)]
    currency: Currency


def journal_of(document: Document) -> tuple[JournalLine, ...]:
    """Return the balanced entry a document stands for; empty for documents without amounts."""
    pair = _pair(document)
    if pair is None:
        return ()
    amount = document.amount_minor if isinstance(document, FreightAccrual) else _total(document)
    currency: str = document.currency  # type: ignore[union-attr]
    if isinstance(document, InventoryAdjustment) and not document.gain:
        amount = -amount
    debit, credit = pair
    return (
        JournalLine(account=debit, amount_minor=amount, currency=currency),
        JournalLine(account=credit, amount_minor=-amount, currency=currency),
    )


def _pair(document: Document) -> tuple[Account, Account] | None:
    if isinstance(document, GoodsReceipt) and document.kind == "transfer":
        return "inventory", "goods_in_transit"
    if isinstance(document, StockReturn):
        return _RETURNED_TO[document.disposition], "cost_of_goods_sold"
    return _PAIRS.get(type(document))


def _total(document: Document) -> int:
    return sum(line.amount_minor for line in document.lines)  # type: ignore[union-attr, misc]


# Debit and credit side of each kind. The ERP's own account numbers are known to its gateway alone.
_PAIRS: dict[type, tuple[Account, Account]] = {
    GoodsIssue: ("cost_of_goods_sold", "inventory"),
    GoodsReceipt: ("inventory", "goods_received_not_invoiced"),
    InventoryAdjustment: ("inventory", "inventory_difference"),
    FreightAccrual: ("freight_expense", "accrued_freight"),
    CustomerInvoice: ("receivable", "revenue"),
    CustomerCredit: ("revenue", "receivable"),
    CarrierClaim: ("carrier_claims", "claimed_losses"),
}
_RETURNED_TO: dict[Disposition, Account] = {
    "restock": "inventory", "scrap": "scrapped_goods", "repair": "inventory_in_repair", "vendor": "vendor_returns",
}  # fmt: skip
