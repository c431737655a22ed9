"""The documents that can exist at the ERP, by content. Content decides identity; state is elsewhere."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from milepost.contracts.base import LINES_MAX, AmountMinor, Code, Contract, Currency, Id, IsoDate, OptionalId, Quantity

Account = Literal[
    "inventory", "cost_of_goods_sold", "receivable", "revenue", "freight_expense", "accrued_freight",
    "goods_received_not_invoiced", "inventory_difference",
]  # fmt: skip


class DocumentLine(Contract, array_like=True, frozen=True, kw_only=True):
    """A quantity of one order line and its amount in minor units of the document's currency."""

    line: Id
    item: Id
    quantity: Quantity
    amount_minor: AmountMinor


DocumentLines = Annotated[tuple[DocumentLine, ...], msgspec.Meta(max_length=LINES_MAX)]


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
    date: IsoDate
    receipt: Id
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


class FreightAccrual(Contract, tag="freight_accrual", frozen=True, kw_only=True):
    """Expected freight cost of a load with its accepted carrier."""

    date: IsoDate
    load: Id
    carrier: Id
    tender: Id
    currency: Currency
    amount_minor: AmountMinor
    company: Code = "1"


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
    date: IsoDate
    shipment: Id
    customer: Id
    currency: Currency
    company: Code = "1"
    tax_code: Code = "none"
    reason: Code
    lines: DocumentLines


class OrderChange(Contract, tag="order_change", frozen=True, kw_only=True):
    """Tell the ERP that a line's open quantity changed (shortage, cancellation)."""

    date: IsoDate
    reason: Code
    line: Id
    quantity: Quantity
    reference: OptionalId = ""


Document = (
    ShipmentConfirmation | GoodsIssue | GoodsReceipt | InventoryAdjustment | FreightAccrual | CustomerInvoice
    | CustomerCredit | OrderChange
)  # fmt: skip


class JournalLine(Contract, array_like=True, frozen=True, kw_only=True):
    """One side of an entry: positive ``amount_minor`` is debit, negative is credit."""

    account: Account
    amount_minor: Annotated[int, msgspec.Meta(ge=-(10**15), le=10**15)]
    currency: Currency


def journal_of(document: Document) -> tuple[JournalLine, ...]:
    """Return the balanced entry a document stands for; empty for documents without amounts."""
    pair = _PAIRS.get(type(document))
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
}
