"""The business process of an order in six steps, each with when it was entered and left and by which fact (S23)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from milepost.contracts import orders, tms, wms
from milepost.workflow.counted import Counted

# step → bodies whose first fact enters it; an invoice on delivery is entered by the proof, else with the goods issue
STEPS: dict[str, tuple[type, ...]] = {
    "release": (orders.OrderReleased,),
    "wave": (wms.WavePlanned, wms.Allocated),
    "shipment": (tms.ShipmentCreated, wms.Packed, wms.Loaded),
    "rating": (tms.TenderOffered, tms.TenderAccepted),
    "goods_issue": (wms.Departed, tms.PickedUp),
    "invoice": (wms.Departed, tms.PickedUp),
}


@dataclass(slots=True, frozen=True)
class ProcessStep:
    """``left_at``: when the next step began that was entered later, None for the last. ``trigger``: the fact."""

    step: str
    entered_at: datetime
    left_at: datetime | None
    trigger: str


def process_steps(counted: Counted, terms: str) -> list[ProcessStep]:
    """Return the steps entered so far, in the order of the process."""
    entered: list[tuple[str, datetime, str]] = []
    for step, bodies in STEPS.items():
        wanted = (tms.Delivered,) if step == "invoice" and terms == "on_delivery" else bodies
        facts = [(fact.occurred_at, key) for body in wanted for key, fact, _ in counted.standing(body)]
        if facts:
            at, key = min(facts)
            entered.append((step, at, key))
    return [
        ProcessStep(step, at, min((later for _, later, _ in entered[n + 1 :] if later >= at), default=None), key)
        for n, (step, at, key) in enumerate(entered)
    ]
