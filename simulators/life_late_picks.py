"""Picks that come late: units of a shortage that turn up after all, and work that goes on between two departures."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from milepost.simulators.books_shortages import stays_open
from milepost.simulators.draws import Draw
from milepost.simulators.plan import OrderPlan, Pick, Short

_SHIPMENTS_OF_A_SPLIT: Final = 2


def picked_after_all(draw: Draw, plan: OrderPlan) -> OrderPlan:
    """Let sites pick what they were short of before anybody has decided on it; then nobody has to."""
    kept: list[Short] = []
    late: list[Pick] = []
    for short in plan.shorts:
        undecided = replace(short, released_at=None)
        open_ = not short.verdicts and not short.found_at and stays_open(plan, undecided)
        hit, after = draw.chance("short_picked_after", open_), draw.hours(1, 8)
        kept.append(undecided if hit else short)
        if hit:
            late.append(Pick(f"{short.key}/after", short.line, short.node, short.quantity, short.at + after))
    return replace(plan, shorts=tuple(kept), picks=(*plan.picks, *late))


def parted_unsaid(draw: Draw, plan: OrderPlan) -> OrderPlan:
    """Let some sites say of neither part of a split what is on it: the first took what was picked until it left."""
    for node in plan.working_nodes:
        left = sorted((at, s.shipment, s) for s in plan.shipments if s.node == node and (at := s.left_at))
        split = len(left) == _SHIPMENTS_OF_A_SPLIT and left[-1][-1].contents is None
        fits = split and any(_parts_of(pick, node, left[0][0]) for pick in plan.picks)
        hit, share = draw.chance("split_unsaid", fits), draw.share()
        if hit:
            (first_at, _, first), (second_at, _, _) = left
            picks = _divided(plan, node, first_at, first_at + (second_at - first_at) * (0.2 + 0.6 * share))
            shipments = tuple(replace(s, contents=None) if s is first else s for s in plan.shipments)
            plan = replace(plan, picks=picks, shipments=shipments)
    return plan


def _parts_of(pick: Pick, node: str, left_at: datetime) -> bool:
    return pick.node == node and pick.reversed_at is None and pick.quantity > 1 and pick.at <= left_at


def _divided(plan: OrderPlan, node: str, left_at: datetime, later: datetime) -> tuple[Pick, ...]:
    """Return the picks, half of each of the node's done ``later`` and no longer before ``left_at``."""
    later = later.replace(microsecond=0)  # partners do not report fractions
    found: list[Pick] = []
    for pick in plan.picks:
        if _parts_of(pick, node, left_at):
            half = pick.quantity // 2
            found.append(replace(pick, quantity=pick.quantity - half))
            found.append(replace(pick, key=f"{pick.key}/later", quantity=half, at=later))
        else:
            found.append(pick)
    return tuple(found)
