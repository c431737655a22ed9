"""What was agreed with customers and sites, as the partners know it: the same as ``policies/`` says, kept apart.

Books that read the policy files would follow an error in them; these do not, and a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, Literal

from milepost.simulators.catalogue import NODES

ShortPick = Literal["hold", "ship_short", "reallocate", "back_order", "cancel_remainder", "substitute"]

AGREED_ANEW: Final = datetime(2026, 3, 18, tzinfo=UTC)
"""What is released from then on follows what was agreed then; what was released before keeps its terms."""

_SHORT_PICKS: Final[tuple[tuple[ShortPick, range], ...]] = (
    ("back_order", range(1, 6)),
    ("cancel_remainder", range(6, 11)),
    ("reallocate", range(11, 15)),
    ("substitute", range(15, 19)),
)
_SHIP_SHORT_BEFORE: Final = range(19, 22)
_OVER_DELIVERY: Final = {3: 10, 8: 10, 13: 10, 17: 10, 20: 10}
_OVER_DELIVERY_ROSE: Final = {22: (5, 8), 23: (5, 8)}
_OVER_RECEIPT_FELL: Final = {"DC-NORTH": (5, 3)}
_SUBSTITUTES_TO: Final = 100  # the first hundred items have one of the second hundred in their place


def short_pick(customer: str, node: str, lane: str, released_at: datetime) -> ShortPick:
    """Return what becomes of a shortage at ``node`` while no person says otherwise."""
    number = int(customer[1:])
    if number in _SHIP_SHORT_BEFORE:
        return "cancel_remainder" if _anew(released_at) else "ship_short"
    for practice, customers in _SHORT_PICKS:
        if number in customers:
            return practice
    return "ship_short" if (node, lane) == ("DC-SOUTH", "express") else "hold"


def _anew(released_at: datetime) -> bool:
    return released_at >= AGREED_ANEW


def over_delivery_percent(customer: str, released_at: datetime) -> int:
    """Return how much more than ordered the customer takes and pays."""
    number = int(customer[1:])
    return _OVER_DELIVERY_ROSE.get(number, (0, 0))[_anew(released_at)] or _OVER_DELIVERY.get(number, 0)


def over_receipt_percent(node: str, released_at: datetime) -> int:
    """Return how much more than ordered a site takes in without asking."""
    return _OVER_RECEIPT_FELL.get(node, (0, 0))[_anew(released_at)]


def substitute_of(item: str) -> str:
    """Return the item that may go in place of another; empty where none is agreed."""
    number = int(item.partition("-")[2])
    return f"ITEM-{number + _SUBSTITUTES_TO:03d}" if number <= _SUBSTITUTES_TO else ""


def sites_for(node: str) -> tuple[str, ...]:
    """Return the sites that are asked for what ``node`` lacks, in this order; both stock every item."""
    return tuple(other for other in NODES if other != node)
