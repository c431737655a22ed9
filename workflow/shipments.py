"""What physically moved: picks by node and line, departed shipments and the quantities each of them carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from milepost.contracts.tms import Delivered, LoadPlanned, PickedUp
from milepost.contracts.wms import Departed, LineQuantities, Loaded, PickConfirmed
from milepost.workflow.counted import Counted
from milepost.workflow.membership import standing_plans


@dataclass(slots=True)
class Shipment:
    """A departed shipment, attested by WMS (departed) or TMS (picked up).

    ``quantities``: by line, what is issued and billed; ``beyond``: what left as well and was more than is allowed.
    """

    id: str
    node: str
    left_at: datetime
    because: list[str]
    stated: LineQuantities = ()
    quantities: dict[str, int] = field(default_factory=dict)
    beyond: dict[str, int] = field(default_factory=dict)
    delivered_at: datetime | None = None
    delivered_by: str = ""
    proven: LineQuantities = ()  # what the proof of delivery states


def picked(counted: Counted) -> dict[tuple[str, str], int]:
    """Return the picked quantity by (node, line), reversed picks taken out."""
    total: dict[tuple[str, str], int] = {}
    for _, _, pick in counted.standing(PickConfirmed):
        at = (pick.node, pick.line)
        total[at] = total.get(at, 0) + pick.quantity
    return total


def loads(counted: Counted) -> dict[str, LoadPlanned]:
    """Return the standing plan of each load this order is or was on, the optimiser's rows taken in."""
    return standing_plans(counted)


def departed(counted: Counted, order_id: str, plans: dict[str, LoadPlanned]) -> list[Shipment]:
    """Return the departed shipments in the order of their departure.

    The warehouse's own departure decides time, node and lines; a carrier's pick-up attests a departure by itself when
    the warehouse has at least loaded the shipment.
    """
    found: dict[str, Shipment] = {}
    for key, fact, gone in counted.standing(Departed):
        if gone.shipment not in found:
            found[gone.shipment] = Shipment(gone.shipment, gone.node, fact.occurred_at, [key], gone.lines)
    _add_pick_ups(found, counted, order_id, plans)
    _add_deliveries(found, counted)
    return sorted(found.values(), key=lambda s: (s.left_at, s.id))


def _add_pick_ups(found: dict[str, Shipment], counted: Counted, order_id: str, plans: dict[str, LoadPlanned]) -> None:
    pick_ups = counted.standing(PickedUp)
    if not pick_ups:
        return
    nodes = {loaded.shipment: loaded for _, _, loaded in counted.standing(Loaded)}
    for key, fact, taken in pick_ups:
        for member in plans[taken.load].members if taken.load in plans else ():
            if member.order_id != order_id:
                continue
            if member.shipment in found:
                found[member.shipment].because.append(key)
            elif member.shipment in nodes:
                loaded = nodes[member.shipment]
                found[loaded.shipment] = Shipment(loaded.shipment, loaded.node, fact.occurred_at, [key], loaded.lines)


def _add_deliveries(found: dict[str, Shipment], counted: Counted) -> None:
    for key, fact, proof in counted.standing(Delivered):
        shipment = found.get(proof.shipment)
        if shipment is not None and shipment.delivered_at is None:
            shipment.delivered_at, shipment.delivered_by, shipment.proven = fact.occurred_at, key, proof.lines


def fill(shipments: list[Shipment], picks: dict[tuple[str, str], int], caps: dict[str, int]) -> None:
    """Set each shipment's quantities: what it stated, else all its node picked that no earlier one took; ≤ ``caps``."""
    left = dict(picks)
    open_quantity = dict(caps)
    for shipment in shipments:
        if shipment.stated:
            wanted = _stated(shipment)
        else:
            wanted = {at: n for at, n in left.items() if at[0] == shipment.node}
        for at, quantity in wanted.items():
            left[at] = max(0, left.get(at, 0) - quantity)
            taken = min(quantity, open_quantity.get(at[1], 0))
            if taken > 0:
                open_quantity[at[1]] -= taken
                shipment.quantities[at[1]] = taken
            if taken < quantity:
                shipment.beyond[at[1]] = quantity - taken


def _stated(shipment: Shipment) -> dict[tuple[str, str], int]:
    """Return what the departure states by (node, line); a line it names twice counts twice."""
    found: dict[tuple[str, str], int] = {}
    for one in shipment.stated:
        at = shipment.node, one.line
        found[at] = found.get(at, 0) + one.quantity
    return found
