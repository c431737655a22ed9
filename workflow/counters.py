"""Line counters and their invariants (semantics C.1). A broken invariant is a named exception, never a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from milepost.contracts.wms import Allocated, Loaded, Packed, PickConfirmed, PickShort
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Problem
from milepost.workflow.demand import Demand
from milepost.workflow.door_counters import at_the_door, came_back
from milepost.workflow.shipments import Shipment
from milepost.workflow.shortages import Shortage


@dataclass(slots=True)
class Counters:
    """Sums over the facts of one line, in base units.

    ``allowed``: what may be shipped in all. ``reserved``: all that was allocated; ``allocated``: what of it still
    stands, short picks taken out at once. ``cancelled``, ``backordered``, ``substituted``, ``reallocated``: what
    became of short units; ``picked_after``: nobody decided, and the site picked them after all. ``beyond``: what left
    and was more than is allowed.
    """

    ordered: int = 0
    allowed: int = 0
    cancelled: int = 0
    backordered: int = 0
    substituted: int = 0
    reallocated: int = 0
    picked_after: int = 0
    reserved: int = 0
    allocated: int = 0
    picked: int = 0
    short: int = 0
    packed: int = 0
    loaded: int = 0
    shipped: int = 0
    beyond: int = 0
    delivered: int = 0
    refused: int = 0
    damaged: int = 0
    lost: int = 0
    returned: int = 0
    restocked: int = 0

    @property
    def accounted(self) -> int:
        """What needs no more picking where it was short: picked, or short and not wanted from elsewhere."""
        return self.picked + self.short - self.reallocated


def counters(
    counted: Counted, demand: Demand, shipments: Iterable[Shipment], short: Sequence[Shortage] = ()
) -> dict[str, Counters]:
    """Return the counters of every wanted line; facts of lines that were never ordered are counted under their own."""
    found = {line.line: Counters(line.quantity, demand.caps[line.line]) for line in demand.lines}

    def of(line: str) -> Counters:
        known = found.get(line)
        if known is None:
            known = found[line] = Counters()
        return known

    for _, _, allocated in counted.standing(Allocated):
        line = of(allocated.line)
        line.reserved += allocated.quantity
        line.allocated += allocated.quantity
    for _, _, pick in counted.standing(PickConfirmed):
        of(pick.line).picked += pick.quantity
    if counted.by.get(PickShort):
        _shorts(counted, of, short)
    for _, _, packed in counted.standing(Packed):
        for one in packed.lines:
            of(one.line).packed += one.quantity
    for _, _, loaded in counted.standing(Loaded):
        for one in loaded.lines:
            of(one.line).loaded += one.quantity
    for shipment in shipments:
        for name, quantity in shipment.quantities.items():
            of(name).shipped += quantity
        for name, quantity in shipment.beyond.items():
            of(name).beyond += quantity
    at_the_door(counted, of, shipments)
    came_back(counted, of)
    return found


def _shorts(counted: Counted, of: Callable[[str], Counters], short: Sequence[Shortage]) -> None:
    """Count short picks and what becomes of them; what a site cannot find is no longer allocated there."""
    missing: dict[tuple[str, str], int] = {}
    for _, _, one in counted.standing(PickShort):
        of(one.line).short += one.quantity
        missing[one.node, one.line] = missing.get((one.node, one.line), 0) + one.quantity
    held: dict[tuple[str, str], int] = {}
    for _, _, allocated in counted.standing(Allocated):
        at = allocated.node, allocated.line
        held[at] = held.get(at, 0) + allocated.quantity
    for at, quantity in missing.items():
        of(at[1]).allocated -= min(quantity, held.get(at, 0))
    for shortage in short:
        name = "picked_after" if shortage.picked_after else _COUNTED_AS.get(shortage.outcome)
        if name is not None:
            line = of(shortage.line)
            setattr(line, name, getattr(line, name) + shortage.quantity)


_COUNTED_AS = {
    "cancel_remainder": "cancelled", "back_order": "backordered", "substitute": "substituted",
    "reallocate": "reallocated",
}  # fmt: skip


def _pickable(c: Counters) -> int:
    """What picks and short picks may come to: what was allocated, where that is reported, else what is allowed.

    Units that are picked elsewhere or later are short first and picked after.
    """
    again = c.reallocated + c.backordered + c.picked_after
    return max(c.reserved, _wanted(c) + again) if again else c.reserved or _wanted(c)


def _wanted(c: Counters) -> int:
    """The most that anybody may allocate: as ordered, and the over-delivery on top."""
    return max(c.ordered, c.allowed)


def broken(found: dict[str, Counters]) -> list[Problem]:
    """Return an exception for each line and invariant that does not hold (it may yet, when late facts come)."""
    return [
        Problem(name, line, "warning", "warehouse-desk", _text(line, one, text), until="late facts, or a correction")
        for line, one in found.items()
        for name, text in _violated(one)
    ]


def _violated(c: Counters) -> Iterator[tuple[str, str]]:
    """Yield the invariants that do not hold, and what must hold in words.

    Levels a site does not report are skipped: their counter is zero.
    """
    if c.cancelled + c.substituted + c.backordered > c.ordered:
        yield "OVER_CANCELLED", "cancelled + substituted + back-ordered ≤ ordered"
    if c.allocated > c.ordered and c.allocated > c.allowed:
        yield "OVER_ALLOCATED", "allocated ≤ ordered"
    done = c.picked + c.short
    if done > (c.reserved or c.ordered) and done > _pickable(c):
        yield "OVER_PICKED", "picked + short ≤ allocated (ordered where no allocation is reported)"
    if c.packed > c.picked:
        yield "OVER_PACKED", "packed ≤ picked"
    if c.loaded > (c.packed or c.picked):
        yield "OVER_LOADED", "loaded ≤ packed"
    if c.beyond or c.shipped > c.picked:
        yield "OVER_SHIPPED", "shipped ≤ picked, and what is allowed"
    if c.delivered + c.refused + c.lost > c.shipped:
        yield "OVER_DELIVERED", "delivered + refused + lost ≤ shipped"
    if c.returned > c.delivered + c.refused:
        yield "OVER_RETURNED", "returned ≤ delivered + refused"


def _text(line: str, c: Counters, rule: str) -> str:
    if c.beyond and rule.startswith("shipped"):
        left = c.shipped + c.beyond
        return f"line {line}: {left} left, {c.ordered} are ordered and at most {c.allowed} may be shipped and billed"
    return f"line {line}: {rule} does not hold"
