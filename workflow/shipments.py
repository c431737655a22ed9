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


def fill(shipments: list[Shipment], picks: dict[tuple[str, str], int], caps: dict[str, int], counted: Counted) -> None:
    """Set each shipment's quantities, at most ``caps`` of a line: what it stated, else what its node picked by then.

    What an earlier one took is gone. The last one of a node takes all the rest of ``picks``: nothing else will, and a
    scanner's clock may be ahead of the gate's. So the times of picks matter only where several left a node.
    """
    last = {shipment.node: shipment for shipment in shipments}
    taken_by_now: dict[tuple[str, str], int] = {}
    open_quantity = dict(caps)
    for shipment in shipments:
        if shipment.stated:
            wanted = _stated(shipment)
        else:
            there = picks if last[shipment.node] is shipment else _picked_by(shipment.left_at, counted)
            wanted = {at: n - taken_by_now.get(at, 0) for at, n in there.items() if at[0] == shipment.node}
        for at, quantity in wanted.items():
            if quantity <= 0:
                continue
            taken_by_now[at] = taken_by_now.get(at, 0) + quantity
            taken = min(quantity, open_quantity.get(at[1], 0))
            if taken > 0:
                open_quantity[at[1]] -= taken
                shipment.quantities[at[1]] = taken
            if taken < quantity:
                shipment.beyond[at[1]] = quantity - taken


def _picked_by(then: datetime, counted: Counted) -> dict[tuple[str, str], int]:
    """Return the picked quantity by (node, line) up to and with ``then``, by the sources' own times."""
    total: dict[tuple[str, str], int] = {}
    for _, fact, pick in counted.standing(PickConfirmed):
        if fact.occurred_at <= then:
            at = (pick.node, pick.line)
            total[at] = total.get(at, 0) + pick.quantity
    return total


def _stated(shipment: Shipment) -> dict[tuple[str, str], int]:
    """Return what the departure states by (node, line); a line it names twice counts twice."""
    found: dict[tuple[str, str], int] = {}
    for one in shipment.stated:
        at = shipment.node, one.line
        found[at] = found.get(at, 0) + one.quantity
    return found
