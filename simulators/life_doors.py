"""What happens at the door: goods refused, short, damaged, lost or wrong, and what the customer signs for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from milepost.contracts.tms import DeliveryCode
from milepost.simulators.draws import Draw
from milepost.simulators.plan import DoorNote, OrderPlan, Pick, Shipment

NEVER_DELIVERED: Final[tuple[DeliveryCode, ...]] = ("refused", "short", "lost", "wrong_product")
_CODES: Final[tuple[tuple[DeliveryCode, int], ...]] = (
    ("refused", 4), ("short", 2), ("damaged", 4), ("lost", 1), ("wrong_product", 2),
)  # fmt: skip


def doors_told(seed: int, plan: OrderPlan) -> OrderPlan:
    """Let some of what left come to trouble at the door. What happened before does not depend on it."""
    draw = Draw(seed, "door", plan.number)
    shipments = tuple(_at_the_door(draw, plan, one) if one.left_at else one for one in plan.shipments)
    return replace(plan, shipments=shipments, drawn=plan.drawn | frozenset(draw.taken))


def aboard_of(plan: OrderPlan, shipment: Shipment) -> dict[str, int]:
    """Return what is on a shipment, as its people see it: what it states, else the rest of its node's picks."""
    if shipment.contents is not None:
        return {line: quantity for line, quantity in shipment.contents if quantity}
    rest: dict[str, int] = {}
    for pick in plan.picks:
        if pick.node == shipment.node and pick.reversed_at is None and _fetched(plan, shipment, pick):
            rest[pick.line] = rest.get(pick.line, 0) + pick.quantity
    for other in plan.shipments:
        if other.node == shipment.node and other is not shipment:
            for line, quantity in other.contents or ():
                rest[line] = rest.get(line, 0) - quantity
    return {line: quantity for line, quantity in rest.items() if quantity > 0}


def _fetched(plan: OrderPlan, shipment: Shipment, pick: Pick) -> bool:
    """Say whether the pick went with this shipment and no other one that says nothing either."""
    silent = [s for s in plan.shipments if s.node == shipment.node and s.contents is None and s.left_at]
    silent.sort(key=lambda s: s.left_at or pick.at)
    after = [s for s in silent if s.left_at and pick.at <= s.left_at]
    return not silent or (after or silent[-1:])[0] is shipment


def _at_the_door(draw: Draw, plan: OrderPlan, shipment: Shipment) -> Shipment:
    aboard = aboard_of(plan, shipment)
    notes: list[DoorNote] = []
    if draw.chance("door_exception", bool(aboard)):
        notes.append(_note(draw, shipment, aboard, 1))
        if draw.chance("door_twice"):
            notes.append(_note(draw, shipment, aboard, 2))
    return replace(shipment, notes=tuple(notes), signed=_signed(draw, shipment, aboard, notes))


def _note(draw: Draw, shipment: Shipment, aboard: dict[str, int], n: int) -> DoorNote:
    assert shipment.left_at is not None
    line = draw.one_of(sorted(aboard))
    part, whole = draw.integer(1, aboard[line]), draw.share() < 0.25
    excess = draw.integer(1, 9) if draw.chance("door_exceeds") else 0
    came_at = shipment.delivered_at or shipment.left_at + timedelta(days=4)
    at = came_at + draw.hours(-0.2, 8)
    taken_back, later = draw.chance("door_taken_back"), draw.hours(1, 30)
    return DoorNote(
        key=f"dexc/{shipment.shipment}/N{n}",
        code=draw.weighted(_CODES),
        line=line,
        quantity=aboard[line] + excess if excess or whole else part,
        at=at,
        taken_back_at=at + later if taken_back else None,
    )


def _signed(
    draw: Draw, shipment: Shipment, aboard: dict[str, int], notes: list[DoorNote]
) -> tuple[tuple[str, int], ...] | None:
    """Return what the proof states by line: what came, or less than that; None when it states no lines."""
    states = draw.chance("pod_states_lines", shipment.delivered_at is not None)
    fewer = draw.chance("pod_leaves_out", states and bool(aboard))
    came = dict(aboard)
    for note in notes:
        if note.code in NEVER_DELIVERED and note.taken_back_at is None:
            came[note.line] = max(0, came[note.line] - note.quantity)
    if fewer:
        line = draw.one_of([*sorted(aboard), *(note.line for note in notes for _ in range(4))])
        came[line] = came[line] * draw.integer(0, 99) // 100
    return tuple((line, quantity) for line, quantity in came.items() if quantity) or None if states else None
