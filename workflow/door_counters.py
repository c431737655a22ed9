"""Counters of what happened at the door and of what came back; part of counters.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from milepost.contracts.tms import Delivered, DeliveryExcepted
from milepost.contracts.wms import ReturnInspected, ReturnReceived
from milepost.workflow.counted import Counted
from milepost.workflow.shipments import Shipment

if TYPE_CHECKING:
    from milepost.workflow.counters import Counters

Of = Callable[[str], "Counters"]
NOT_DELIVERED = frozenset({"refused", "short", "lost", "wrong_product"})
COUNTERS = {"refused": "refused", "damaged": "damaged", "lost": "lost"}  # of the codes that have one


def at_the_door(counted: Counted, of: Of, shipments: Iterable[Shipment]) -> None:
    """Count what was delivered, refused, damaged and lost, by the facts as they are, exceeding ones too."""
    if not (counted.by.get(Delivered) or counted.by.get(DeliveryExcepted)):
        return
    carried = {s.id: dict(s.quantities) for s in shipments}
    for _, _, excepted in counted.standing(DeliveryExcepted):
        if not excepted.line:
            continue
        if name := COUNTERS.get(excepted.code):
            line = of(excepted.line)
            setattr(line, name, getattr(line, name) + excepted.quantity)
        if excepted.code in NOT_DELIVERED:
            aboard = carried.get(excepted.shipment, {})
            aboard[excepted.line] = max(0, aboard.get(excepted.line, 0) - excepted.quantity)
    for _, _, proof in counted.standing(Delivered):  # a proof that states no lines is of all that got through
        stated = {one.line: one.quantity for one in proof.lines} or carried.get(proof.shipment, {})
        for name, quantity in stated.items():
            of(name).delivered += quantity


def came_back(counted: Counted, of: Of) -> None:
    """Count returns by what warehouses say: a site that reports no receipt may report the inspection alone."""
    if not (counted.by.get(ReturnReceived) or counted.by.get(ReturnInspected)):
        return
    received: dict[tuple[str, str], int] = {}
    inspected: dict[tuple[str, str], int] = {}
    for _, _, came in counted.standing(ReturnReceived):
        for one in came.lines:
            received[came.rma, one.line] = received.get((came.rma, one.line), 0) + one.quantity
    for _, _, seen in counted.standing(ReturnInspected):
        inspected[seen.rma, seen.line] = inspected.get((seen.rma, seen.line), 0) + seen.quantity
        if seen.disposition == "restock":
            of(seen.line).restocked += seen.quantity
    for at in received.keys() | inspected.keys():
        of(at[1]).returned += max(received.get(at, 0), inspected.get(at, 0))
