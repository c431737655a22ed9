"""Line counters and their invariants (semantics C.1). A broken invariant is a named exception, never a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from milepost.contracts.orders import Lines
from milepost.contracts.tms import Delivered, DeliveryExcepted, Returned
from milepost.contracts.wms import Allocated, Loaded, Packed, PickConfirmed, PickShort
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Problem
from milepost.workflow.shipments import Shipment


@dataclass(slots=True)
class Counters:
    """Sums over the facts of one line, in base units."""

    ordered: int = 0
    allocated: int = 0
    picked: int = 0
    short: int = 0
    packed: int = 0
    loaded: int = 0
    shipped: int = 0
    delivered: int = 0
    refused: int = 0
    lost: int = 0
    returned: int = 0


def counters(counted: Counted, lines: Lines, shipments: Iterable[Shipment]) -> dict[str, Counters]:
    """Return the counters of every ordered line; facts of lines that were never ordered are counted under their own."""
    found = {line.line: Counters(ordered=line.quantity) for line in lines}

    def of(line: str) -> Counters:
        return found.setdefault(line, Counters())

    for _, _, allocated in counted.standing(Allocated):
        of(allocated.line).allocated += allocated.quantity
    for _, _, pick in counted.standing(PickConfirmed):
        of(pick.line).picked += pick.quantity
    for _, _, short in counted.standing(PickShort):
        of(short.line).short += short.quantity
    for _, _, packed in counted.standing(Packed):
        for one in packed.lines:
            of(one.line).packed += one.quantity
    for _, _, loaded in counted.standing(Loaded):
        for one in loaded.lines:
            of(one.line).loaded += one.quantity
    for shipment in shipments:
        for line, quantity in shipment.quantities.items():
            of(line).shipped += quantity
    _deliveries(counted, of, shipments)
    return found


def _deliveries(counted: Counted, of: Callable[[str], Counters], shipments: Iterable[Shipment]) -> None:
    carried = {s.id: dict(s.quantities) for s in shipments}
    for _, _, excepted in counted.standing(DeliveryExcepted):
        if not excepted.line or excepted.code not in ("refused", "lost"):
            continue
        if excepted.code == "refused":
            of(excepted.line).refused += excepted.quantity
        else:
            of(excepted.line).lost += excepted.quantity
        aboard = carried.get(excepted.shipment, {})
        aboard[excepted.line] = max(0, aboard.get(excepted.line, 0) - excepted.quantity)
    for _, _, proof in counted.standing(Delivered):  # a proof that states no lines is of all that got through
        stated = {one.line: one.quantity for one in proof.lines} or carried.get(proof.shipment, {})
        for line, quantity in stated.items():
            of(line).delivered += quantity
    for _, _, back in counted.standing(Returned):
        of(back.line).returned += back.quantity


# name → (what must hold, in words). Levels a site does not report are skipped: their counter is zero.
INVARIANTS: dict[str, tuple[Callable[[Counters], bool], str]] = {
    "OVER_ALLOCATED": (lambda c: c.allocated <= c.ordered, "allocated ≤ ordered"),
    "OVER_PICKED": (
        lambda c: c.picked + c.short <= (c.allocated or c.ordered),
        "picked + short ≤ allocated (ordered where no allocation is reported)",
    ),
    "OVER_PACKED": (lambda c: c.packed <= c.picked, "packed ≤ picked"),
    "OVER_LOADED": (lambda c: c.loaded <= (c.packed or c.picked), "loaded ≤ packed"),
    "OVER_SHIPPED": (lambda c: c.shipped <= c.picked, "shipped ≤ picked"),
    "OVER_DELIVERED": (lambda c: c.delivered + c.refused + c.lost <= c.shipped, "delivered + refused + lost ≤ shipped"),
    "OVER_RETURNED": (lambda c: c.returned <= c.delivered + c.refused, "returned ≤ delivered + refused"),
}


def broken(found: dict[str, Counters]) -> list[Problem]:
    """Return an exception for each line and invariant that does not hold (it may yet, when late facts come)."""
    return [
        Problem(name, line, "warning", "warehouse-desk", f"line {line}: {text} does not hold")
        for line, one in found.items()
        for name, (holds, text) in INVARIANTS.items()
        if not holds(one)
    ]
