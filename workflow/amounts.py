"""Quantities into document lines: amounts to the cent, whatever way a line is shipped in parts."""

from __future__ import annotations

from milepost.contracts.documents import DocumentLine
from milepost.contracts.orders import Lines, OrderLine
from milepost.workflow.shipments import Shipment


def issue_lines(shipment: Shipment, lines: Lines) -> tuple[DocumentLine, ...]:
    """Return the shipment's lines at cost."""
    return tuple(
        DocumentLine(line=n.line, item=n.item, quantity=q, amount_minor=q * n.unit_cost_minor)
        for n in lines
        if (q := shipment.quantities.get(n.line, 0))
    )


def invoice_lines(quantities: dict[str, int], lines: Lines, before: dict[str, int]) -> tuple[DocumentLine, ...]:
    """Return ``quantities`` by line at price; ``before`` is what earlier shipments took of each line."""
    return tuple(
        DocumentLine(line=n.line, item=n.item, quantity=q, amount_minor=price(n, q, before.get(n.line, 0)))
        for n in lines
        if (q := quantities.get(n.line, 0))
    )


def price(line: OrderLine, quantity: int, before: int) -> int:
    """Return the price of ``quantity`` units after ``before`` others of the line.

    A line with a value of its own is split by running totals, so that parts sum to it.
    """
    if not line.line_value_minor:
        return quantity * line.unit_price_minor
    value, whole = line.line_value_minor, line.quantity
    return value * (before + quantity) // whole - value * before // whole
