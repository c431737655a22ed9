"""How far a return is: the table of its states, from requested to settled, on which the code runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

ReturnState = Literal["requested", "approved", "in_transit", "received", "inspected", "settled"]


@dataclass(slots=True)
class Return:
    """One return number and what the facts say of it; quantities by line, in base units.

    ``key``: of the request, or of the refusal at the door that it answers; empty for one nobody announced.
    ``refusal``: why the request does not stand (a type of exception), empty where it does. ``waits``: its credits wait
    for an approval. ``inspections``: their keys; ``settled``: all documents they ought to make live at the ERP.
    """

    rma: str
    shipment: str
    key: str = ""
    requested: dict[str, int] = field(default_factory=dict)
    refusal: str = ""
    approved: bool = False
    waits: bool = False
    on_its_way: bool = False
    received: dict[str, int] = field(default_factory=dict)
    inspected: dict[str, int] = field(default_factory=dict)
    inspections: set[str] = field(default_factory=set)
    settled: bool = False


class Rung(NamedTuple):
    """``reached``: what must be true of a return for this state; ``by``: the facts that bring it there."""

    state: ReturnState
    means: str
    by: str
    reached: Callable[[Return], bool]


RETURN_LADDER: tuple[Rung, ...] = (
    Rung("requested", "somebody wants to send goods back", "order.return_requested, or goods of it at a site",
         lambda r: True),
    Rung("approved", "the site was told to expect them", "the policy, control.approve, or a refusal at the door",
         lambda r: r.approved),
    Rung("in_transit", "the carrier is bringing them", "tms.returned", lambda r: r.on_its_way),
    Rung("received", "they are in the house", "wms.return_received", lambda r: any(r.received.values())),
    Rung("inspected", "all that came was looked at", "wms.return_inspected",
         lambda r: any(r.inspected.values()) and all(r.inspected.get(n, 0) >= q for n, q in r.received.items())),
    Rung("settled", "stock and credit are at the ERP", "the ERP's receipts",
         lambda r: r.settled and any(r.inspected.values())
         and all(r.inspected.get(n, 0) >= q for n, q in r.received.items())),
)  # fmt: skip


def state(one: Return) -> ReturnState:
    """Return the highest state the return has reached: a later one implies those before, as with milestones."""
    return next(rung.state for rung in reversed(RETURN_LADDER) if rung.reached(one))
