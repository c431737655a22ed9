"""Back orders that are filled: the goods come in after all, and leave in a shipment of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from milepost.simulators.catalogue import NODE_LETTERS
from milepost.simulators.draws import Draw
from milepost.simulators.plan import Departure, OrderPlan, Pick, Shipment, Short
from milepost.simulators.practices import short_pick


def back_orders_filled(draw: Draw, plan: OrderPlan) -> OrderPlan:
    """Let what a site owes come some days later, where all that left it before is said to the unit."""
    for node in plan.nodes:
        before = [shipment for shipment in plan.shipments if shipment.node == node]
        owed = [short for short in plan.shorts if short.node == node and _back_ordered(plan, short)]
        left = [shipment.left_at for shipment in before if shipment.left_at and shipment.departures]
        hit = draw.chance("back_order_filled", bool(owed) and bool(before) and len(left) == len(before))
        after, on_road = draw.hours(40, 200), draw.hours(20, 90)
        if hit:
            at = max(one for one in left if one) + after
            late = _shipment(plan, node, len(before) + 1, owed)
            plan = _with(plan, node, replace(late, left_at=at, departures=(Departure(_key(late), at),)), owed, on_road)
    return plan


def _back_ordered(plan: OrderPlan, short: Short) -> bool:
    if short.found_at or (short.released_at and not short.verdicts):
        return False
    said = (
        short.verdicts[-1].outcome
        if short.verdicts
        else short_pick(plan.customer, short.node, plan.lane, plan.released_at)
    )
    return said == "back_order"


def _shipment(plan: OrderPlan, node: str, n: int, owed: list[Short]) -> Shipment:
    contents = tuple((short.line, short.quantity) for short in owed)
    return Shipment(f"SH-{plan.number:06d}-{NODE_LETTERS[node]}{n}", node, None, contents=contents)


def _key(shipment: Shipment) -> str:
    return f"departed/{shipment.shipment}/1"


def _with(plan: OrderPlan, node: str, late: Shipment, owed: list[Short], on_road: timedelta) -> OrderPlan:
    """Say what the earlier shipments carried, so that the later goods are not taken for theirs, and add the new one."""
    assert late.left_at is not None
    at = late.left_at - timedelta(hours=5)
    picks = tuple(Pick(f"{short.key}/filled", short.line, node, short.quantity, at) for short in owed)
    arrives = None if plan.mode == "pickup" else late.left_at + on_road
    shipments = (*_stated(plan, node), replace(late, delivered_at=arrives))
    return replace(plan, picks=(*plan.picks, *picks), shipments=shipments)


def _stated(plan: OrderPlan, node: str) -> tuple[Shipment, ...]:
    rest: dict[str, int] = {}
    for pick in plan.picks:
        if pick.node == node and pick.reversed_at is None:
            rest[pick.line] = rest.get(pick.line, 0) + pick.quantity
    said = []
    for shipment in plan.shipments:
        if shipment.node == node:
            contents = dict(shipment.contents) if shipment.contents is not None else rest
            shipment = replace(shipment, contents=tuple(contents.items()))
            rest = {line: quantity - contents.get(line, 0) for line, quantity in rest.items()}
            rest = {line: quantity for line, quantity in rest.items() if quantity > 0}
        said.append(shipment)
    return tuple(said)
