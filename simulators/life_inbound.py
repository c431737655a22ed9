"""A life of goods that come in: one purchase or transfer, its advice, and what the site receives of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from milepost.contracts.orders import InboundKind
from milepost.simulators.catalogue import (
    CURRENCIES,
    ITEMS,
    NODES,
    RELEASES_SPREAD_DAYS,
    START,
    SUPPLIERS,
    UNKNOWN_ITEM,
    UNKNOWN_SUPPLIER,
    site_skew,
)
from milepost.simulators.draws import Draw
from milepost.simulators.plan_inbound import ExpectedLine, InboundPlan, InboundSnapshot, Receipt

ORDERS_PER_INBOUND: Final = 10
_LINES_MAX: Final = 5
_QUANTITY_MAX: Final = 400
_DAY: Final = timedelta(days=1)
_STRANGE_LINE: Final = "990"


@lru_cache(maxsize=20_000)
def inbound_plan(seed: int, number: int) -> InboundPlan:
    """Return what happens to inbound order ``number``, from 1: a function of the seed and the number alone."""
    draw = Draw(seed, "inbound", number)
    plan = _released(draw, seed, number)
    if not plan.invalid:
        plan = _amended(draw, _cancelled(draw, _received(draw, plan)))
    return replace(plan, drawn=frozenset(draw.taken))


def _released(draw: Draw, seed: int, number: int) -> InboundPlan:
    node = draw.one_of(NODES)
    kind: InboundKind = "transfer" if draw.chance("transfer") else "purchase"
    partner = next(other for other in NODES if other != node) if kind == "transfer" else draw.one_of(SUPPLIERS)
    at = START + draw.hours(0, RELEASES_SPREAD_DAYS * 24)
    lines = tuple(
        ExpectedLine(str(10 * n), draw.one_of(ITEMS), draw.integer(1, _QUANTITY_MAX), draw.integer(150, 40_000))
        for n in range(1, draw.integer(1, _LINES_MAX) + 1)
    )
    wrong: list[str] = []
    if draw.chance("unknown_supplier", kind == "purchase"):
        wrong, partner = [*wrong, "unknown_supplier"], UNKNOWN_SUPPLIER
    if draw.chance("unknown_inbound_item"):
        wrong, lines = [*wrong, "unknown_inbound_item"], (replace(lines[0], item=UNKNOWN_ITEM), *lines[1:])
    expected_at = at + draw.hours(48, 200)
    return InboundPlan(
        number=number,
        order_id=f"PO-{number:06d}",
        kind=kind,
        partner=partner,
        node=node,
        currency=draw.one_of(CURRENCIES),
        snapshots=(InboundSnapshot(1, at, lines),),
        expected_at=expected_at,
        advised_at=expected_at - draw.hours(12, 40) if draw.chance("advised") else None,
        invalid=tuple(wrong),
        skew=site_skew(seed, node),
    )


def _received(draw: Draw, plan: InboundPlan) -> InboundPlan:
    """Let the goods come, in one truck or several, more or less than was ordered, some of them strange."""
    never = draw.chance("never_received")
    trucks = 1 + draw.chance("received_in_parts") + draw.chance("received_in_parts")
    at, receipts, left = plan.expected_at, [], {line.line: line.quantity for line in plan.standing.lines}
    for n in range(1, trucks + 1):
        at += draw.hours(-6, 30) if n == 1 else draw.hours(10, 60)
        lines = _unloaded(draw, left, last=n == trucks)
        receipts += _counted(draw, plan, n, at, lines)
    return plan if never else replace(plan, receipts=tuple(receipts))


def _unloaded(draw: Draw, left: dict[str, int], last: bool) -> tuple[tuple[str, int], ...]:
    lines = []
    for line, rest in left.items():
        short, over = draw.chance("received_short", last), draw.chance("received_over", last)
        quantity = rest if last else rest * draw.integer(20, 70) // 100
        if short:
            quantity = quantity * draw.integer(50, 99) // 100
        elif over:
            quantity += draw.integer(1, max(1, rest // 8))
        left[line] = rest - quantity
        lines.append((line, quantity))
    if draw.chance("mis_received"):
        lines.append((_STRANGE_LINE, draw.integer(1, 20)))
    return tuple((line, quantity) for line, quantity in lines if quantity > 0)


def _counted(draw: Draw, plan: InboundPlan, n: int, at: datetime, lines: tuple[tuple[str, int], ...]) -> list[Receipt]:
    """Return the receipts of one truck: as counted, or counted wrong, taken back and counted again."""
    again, accepted, pause = draw.chance("receipt_reversed"), draw.chance("excess_accepted"), draw.hours(2, 70)
    name = f"RC-{plan.number:06d}-{n}"
    sound = Receipt(name, f"received/{name}", at, lines, accepted_at=at + pause if accepted else None)
    if not again or not lines:
        return [sound] if lines else []
    (line, quantity), *rest = lines
    wrong = Receipt(f"{name}W", f"received/{name}W", at - _DAY / 12, ((line, quantity + 3), *rest), at - _DAY / 24)
    return [wrong, sound]


def _cancelled(draw: Draw, plan: InboundPlan) -> InboundPlan:
    hit, after = draw.chance("inbound_cancelled"), draw.hours(10, 150)
    return replace(plan, cancelled_at=plan.snapshots[0].at + after) if hit else plan


def _amended(draw: Draw, plan: InboundPlan) -> InboundPlan:
    """Change what was ordered, or its cost, at any time: what was received is judged by the order as it stands."""
    hit, after = draw.chance("inbound_amended"), draw.hours(5, 240)
    line, more, dearer = draw.one_of(plan.standing.lines), draw.integer(-20, 40), draw.integer(0, 200)
    if not hit:
        return plan
    changed = replace(line, quantity=max(1, line.quantity + more), unit_cost_minor=line.unit_cost_minor + dearer)
    lines = tuple(changed if one is line else one for one in plan.standing.lines)
    return replace(plan, snapshots=(*plan.snapshots, InboundSnapshot(2, plan.snapshots[0].at + after, lines)))
