"""What documents move: units of an item at a site, beside the amounts of their journal."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from milepost.contracts.base import QUANTITY_MAX, Contract, Id
from milepost.contracts.documents import Document, GoodsIssue, GoodsReceipt, InventoryAdjustment, StockReturn
from milepost.contracts.wms import Disposition

Stock = Literal["available", "scrap", "repair", "vendor"]
"""What may be done with units at a site: sold, thrown away, mended, sent back to whoever made them."""


class StockLine(Contract, array_like=True, frozen=True, kw_only=True):
    """``quantity`` base units of ``item`` that came to ``node``; negative of those that left."""

    item: Id
    node: Id
    stock: Stock
    quantity: Annotated[int, msgspec.Meta(ge=-QUANTITY_MAX, le=QUANTITY_MAX)]


def stock_of(document: Document) -> tuple[StockLine, ...]:
    """Return the movements a document stands for, one a line; empty for documents that move no goods."""
    if not isinstance(document, GoodsIssue | GoodsReceipt | InventoryAdjustment | StockReturn):
        return ()
    lost = isinstance(document, GoodsIssue) or (isinstance(document, InventoryAdjustment) and not document.gain)
    stock = _BY_DISPOSITION[document.disposition] if isinstance(document, StockReturn) else "available"
    return tuple(
        StockLine(item=line.item, node=document.node, stock=stock, quantity=-line.quantity if lost else line.quantity)
        for line in document.lines
        if line.quantity
    )


_BY_DISPOSITION: dict[Disposition, Stock] = {
    "restock": "available", "scrap": "scrap", "repair": "repair", "vendor": "vendor",
}  # fmt: skip
