"""The milestone ladder: what is attested by a source, and what only follows from a later rung."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from milepost.contracts import orders, tms, wms
from milepost.workflow.counted import Counted

Rung = Literal["released", "allocated", "picked", "packed", "loaded", "departed", "in_transit", "arrived", "delivered"]

# rung → (system expected to say so, bodies that attest it), in the order of a life
LADDER: dict[Rung, tuple[str, tuple[type, ...]]] = {
    "released": ("ERP", (orders.OrderReleased,)),
    "allocated": ("WMS", (wms.Allocated,)),
    "picked": ("WMS", (wms.PickConfirmed,)),
    "packed": ("WMS", (wms.Packed,)),
    "loaded": ("WMS", (wms.Loaded,)),
    "departed": ("WMS", (wms.Departed, tms.PickedUp)),
    "in_transit": ("TMS", (tms.InTransit,)),
    "arrived": ("TMS", (tms.Arrived,)),
    "delivered": ("TMS", (tms.Delivered,)),
}


@dataclass(slots=True, frozen=True)
class Step:
    """One rung as far as it is known. ``first_at``: the sources' earliest time; of an inferred rung, its cause's."""

    rung: Rung
    system: str
    standing: Literal["attested", "inferred", "open"]
    first_at: datetime | None
    sources: tuple[str, ...]


def climb(counted: Counted) -> list[Step]:
    """Return the ladder. A later rung implies the earlier ones; a later attestation upgrades, it never moves back."""
    steps: list[Step] = []
    implied_at: datetime | None = None
    for rung, (system, bodies) in reversed(LADDER.items()):
        facts = [fact for body in bodies for _, fact, _ in counted.standing(body)]
        if facts:
            first = min(fact.occurred_at for fact in facts)
            implied_at = first
            steps.append(Step(rung, system, "attested", first, tuple(sorted({f.source for f in facts}))))
        else:
            steps.append(Step(rung, system, "inferred" if implied_at else "open", implied_at, ()))
    return steps[::-1]
