"""What happened at the door: exceptions by quantity, what may be billed, credits and claims (docs/rules.md)."""

from __future__ import annotations

from dataclasses import dataclass, field

from milepost.contracts.tms import DeliveryExcepted
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Decision, Problem
from milepost.workflow.shipments import Shipment
from milepost.workflow.situation import Situation


@dataclass(slots=True)
class Delivery:
    """What delivery exceptions take from each (shipment, line), by code, exceeding ones left out."""

    taken: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)


NOTHING = Delivery()


def delivery(counted: Counted, shipments: list[Shipment]) -> Delivery:
    """Return what the delivery exceptions of the order come to."""
    return NOTHING


def billable(shipment: Shipment, terms: str, found: Delivery) -> dict[str, int]:
    """Return the quantities of a shipment that are invoiced under ``terms``."""
    return shipment.quantities


def credit_and_claim(now: Situation, found: Delivery, decision: Decision) -> None:
    """Add the credits and carrier claims of delivery exceptions, and show what went wrong."""
    decision.problems += [
        Problem("DELIVERY_EXCEPTION", key, "warning", "transport-desk", f"{bad.code} {bad.quantity or ''}".strip())
        for key, _, bad in now.counted.standing(DeliveryExcepted)
    ]
