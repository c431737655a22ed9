"""Rows of units: what two inventory ledgers are compared by, and the fold of documents' movements into them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from milepost.contracts.stock import StockLine
from milepost.simulators.ledger import add


class StockRow(NamedTuple):
    """Where units stand: whose document, which chain, which item at which site, in which kind of stock."""

    owner: str
    chain: str
    item: str
    node: str
    stock: str


StockRows = dict[StockRow, int]


class Moved(NamedTuple):
    """What one document moved, as booked: a reversal moves it back."""

    owner: str
    chain: str
    lines: tuple[StockLine, ...]


class StockDifference(NamedTuple):
    """One row in which two inventories disagree, in base units."""

    row: StockRow
    left: int
    right: int


def stock_rows(moved: Iterable[Moved]) -> StockRows:
    """Return the net of the movements per row. Rows that net to nothing are left out."""
    rows: StockRows = {}
    for one in moved:
        for line in one.lines:
            add(rows, StockRow(one.owner, one.chain, line.item, line.node, line.stock), line.quantity)
    return {row: quantity for row, quantity in rows.items() if quantity}


def compare_stock(left: Mapping[StockRow, int], right: Mapping[StockRow, int]) -> list[StockDifference]:
    """Return the rows in which two inventories differ, in the order of their owners. Empty: equal to the unit."""
    both = ((row, left.get(row, 0), right.get(row, 0)) for row in sorted(left.keys() | right.keys()))
    return [StockDifference(row, ours, theirs) for row, ours, theirs in both if ours != theirs]
