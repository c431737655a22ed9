"""What comes back: asked for or not, refused at the door, too much of it, to another site, of goods nobody sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from milepost.contracts.wms import Disposition
from milepost.simulators.catalogue import NODES
from milepost.simulators.draws import Draw
from milepost.simulators.life_doors import aboard_of
from milepost.simulators.plan import OrderPlan, Shipment
from milepost.simulators.plan_returns import Inspection, Request, ReturnCase
from milepost.simulators.practices_transport import return_needs_approval

_DISPOSITIONS: Final[tuple[tuple[Disposition, int], ...]] = (("restock", 5), ("scrap", 2), ("repair", 2), ("vendor", 1))
_UNDELIVERED_AFTER: Final = timedelta(days=5)
_EXCESS_MAX: Final = 6


def returns_come(seed: int, plan: OrderPlan) -> OrderPlan:
    """Let some of what left come back. What happened before does not depend on it."""
    draw = Draw(seed, "return", plan.number)
    cases = [case for shipment in plan.shipments if shipment.left_at for case in _of_shipment(draw, plan, shipment)]
    strange = draw.chance("returned_unshipped", bool(plan.shipments))
    case = _strange(draw, plan) if plan.shipments else None
    cases += [case] if case and strange else []
    return replace(plan, returns=tuple(cases), drawn=plan.drawn | frozenset(draw.taken))


def _of_shipment(draw: Draw, plan: OrderPlan, shipment: Shipment) -> Iterator[ReturnCase]:
    aboard = aboard_of(plan, shipment)
    for note in shipment.notes:
        if draw.chance("refused_back", note.code == "refused" and note.taken_back_at is None):
            yield _refused(draw, shipment, note.key, note.line, note.quantity, note.at)
    if draw.chance("returned_noted" if shipment.notes else "returned", bool(aboard)):
        yield _returned(draw, plan, shipment, aboard, 1)
        if draw.chance("returned_again"):
            yield _returned(draw, plan, shipment, aboard, 2)


def _refused(draw: Draw, shipment: Shipment, key: str, line: str, quantity: int, at: datetime) -> ReturnCase:
    received_at = at + draw.hours(20, 100)
    looked_at = _inspected(draw, key, quantity, received_at)
    return ReturnCase(key, shipment.shipment, shipment.node, line, received_at, looked_at, refused=True)


def _returned(draw: Draw, plan: OrderPlan, shipment: Shipment, aboard: dict[str, int], n: int) -> ReturnCase:
    assert shipment.left_at is not None
    rma = f"RMA-{shipment.shipment}-{n}"
    # What was noted at the door comes back more often than other goods.
    line = draw.one_of(
        [*sorted(aboard), *(note.line for note in shipment.notes for _ in range(4) if note.line in aboard)]
    )
    part, whole, too_much = draw.integer(1, aboard[line]), draw.share() < 0.3, draw.chance("returned_too_much")
    quantity = aboard[line] if whole else part
    if too_much:
        quantity = aboard[line] + draw.integer(1, _EXCESS_MAX)
    asked_at = (shipment.delivered_at or shipment.left_at + _UNDELIVERED_AFTER) + draw.hours(12, 200)
    received_at = asked_at + draw.hours(40, 150)
    unasked, elsewhere = draw.chance("returned_unasked"), draw.chance("returned_elsewhere")
    left = draw.chance("return_left_unapproved", not unasked and return_needs_approval(plan.customer))
    seen_after = draw.hours(1, 200)
    seen = not unasked and not left and return_needs_approval(plan.customer)
    return ReturnCase(
        rma=rma,
        shipment=shipment.shipment,
        node=next(node for node in NODES if (node != shipment.node) == elsewhere),
        line=line,
        received_at=received_at,
        inspections=_inspected(draw, rma, quantity, received_at, accepted=draw.chance("return_accepted", too_much)),
        requests=() if unasked else _requests(draw, rma, quantity, asked_at),
        approved_at=asked_at + seen_after if seen else None,
        brought=draw.chance("return_brought"),
    )


def _requests(draw: Draw, rma: str, quantity: int, at: datetime) -> tuple[Request, ...]:
    changed, more, before = draw.chance("request_changed"), draw.integer(1, 40), draw.hours(1, 10)
    wish = Request(f"rma/{rma}", quantity, at)
    return (Request(f"rma/{rma}/0", quantity + more, at - before), wish) if changed else (wish,)


def _inspected(
    draw: Draw, rma: str, quantity: int, received_at: datetime, accepted: bool = False
) -> tuple[Inspection, ...]:
    """Return what was made of the goods: all at once, or in two parts, the first perhaps looked at in vain."""
    in_parts, wrong = draw.chance("inspected_in_parts", quantity > 1), draw.chance("inspection_reversed")
    first, at = draw.integer(1, max(1, quantity - 1)), received_at + draw.hours(1, 30)
    pause, taken_back, accepts = draw.hours(1, 60), draw.hours(0.5, 20), draw.hours(1, 40)
    quantities = [first, quantity - first] if in_parts else [quantity]
    parts = [
        Inspection(
            key=f"inspected/{rma}/{n}",
            quantity=units,
            disposition=draw.weighted(_DISPOSITIONS),
            at=at + (n - 1) * pause,
            accepted_at=at + (n - 1) * pause + accepts if accepted else None,
        )
        for n, units in enumerate(quantities, 1)
    ]
    if wrong:
        parts.append(replace(parts[0], key=f"inspected/{rma}/W", reversed_at=at + taken_back, accepted_at=None))
    return tuple(parts)


def _strange(draw: Draw, plan: OrderPlan) -> ReturnCase:
    """Return goods of a shipment that never left, or that nobody has heard of."""
    stayed = [one for one in plan.shipments if not one.left_at]
    name = stayed[0].shipment if stayed else f"SH-{plan.number:06d}-X9"
    rma, received_at = f"RMA-{plan.number:06d}-X", plan.snapshots[0].at + draw.hours(150, 500)
    line = draw.one_of(plan.standing.lines).line
    looked_at = _inspected(draw, rma, draw.integer(1, 9), received_at)
    requests = _requests(draw, rma, 1, received_at - timedelta(days=2)) if draw.share() < 0.5 else ()
    return ReturnCase(rma, name, plan.nodes[0], line, received_at, looked_at, requests)
