"""An order's life from its release on: who buys what, whether it is valid, whether it is cancelled, then the work."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Final

from milepost.contracts.orders import Mode, PartialShipment
from milepost.simulators.catalogue import (
    CUSTOMERS,
    ITEMS,
    LANES,
    LINES_PER_ORDER_MAX,
    MODES_WITHOUT_LOAD,
    NODES,
    OVER_WEIGHT_QUANTITY,
    QUANTITY_MAX,
    UNKNOWN_CUSTOMER,
    UNKNOWN_ITEM,
    UNKNOWN_NODE,
    currency_of,
    site_skew,
)
from milepost.simulators.draws import Draw
from milepost.simulators.life_backorders import back_orders_filled
from milepost.simulators.life_changes import (
    amended_down,
    amended_early,
    broken_off,
    cancelled,
    cancelled_in_vain,
    credit_watched,
    held,
    mistaken,
    released_otherwise,
    repriced,
)
from milepost.simulators.life_doors import doors_told
from milepost.simulators.life_groups import RELEASE_WINDOW, Group, group_of
from milepost.simulators.life_late_picks import parted_unsaid, picked_after_all
from milepost.simulators.life_returns import returns_come
from milepost.simulators.life_shortages import settled_shortages
from milepost.simulators.life_work import picked, shipped
from milepost.simulators.plan import OrderPlan, PlannedLine, Snapshot

_PARTIAL: Final[tuple[tuple[PartialShipment, int], ...]] = (
    ("ship_partial", 17), ("ship_when_all_ready", 1), ("line_ship_complete", 1), ("ship_from_single_node", 1),
)  # fmt: skip


@lru_cache(maxsize=20_000)
def order_plan(seed: int, number: int) -> OrderPlan:
    """Return what happens to order ``number``: a function of the seed and the number alone."""
    draw = Draw(seed, "life", number)
    group = group_of(seed, number)
    plan = _released(draw, group, number, seed)
    if not plan.invalid:
        plan = _worked(draw, seed, group, plan)
    return replace(plan, drawn=plan.drawn | frozenset(draw.taken))


def _released(draw: Draw, group: Group, number: int, seed: int) -> OrderPlan:
    customer = draw.one_of(CUSTOMERS)
    mode: Mode = draw.one_of(MODES_WITHOUT_LOAD) if draw.chance("without_load") else group.mode
    at = group.opens_at + draw.hours(0, RELEASE_WINDOW.total_seconds() / 3600)
    terms = "on_delivery" if draw.chance("on_delivery", mode != "pickup") else "on_goods_issue"
    lines = _lines(draw, mode)
    mode, customer_named, lines, invalid = _spoilt(draw, mode, customer, lines)
    return OrderPlan(
        number=number,
        order_id=f"SO-{number:06d}",
        customer=customer_named,
        currency=currency_of(customer),
        terms=terms,
        mode=mode,
        partial=draw.weighted(_PARTIAL),
        ship_to=f"Dock {draw.integer(1, 99)}",
        lane=draw.one_of(LANES),
        snapshots=(Snapshot(1, at, lines),),
        invalid=invalid,
        skews=tuple((node, site_skew(seed, node)) for node in NODES),
    )


def _lines(draw: Draw, mode: Mode) -> tuple[PlannedLine, ...]:
    count = 1 if mode == "parcel" else draw.integer(1, LINES_PER_ORDER_MAX)
    both = draw.chance("two_nodes", count > 1)
    home = draw.integer(0, 1)
    return tuple(
        PlannedLine(
            line=str(10 * (at + 1)),
            item=draw.one_of(ITEMS),
            # The first two lines lie apart, so that an order of two nodes has work at both.
            node=NODES[(home + (at if at < 2 else draw.integer(0, 1)) * both) % 2],
            quantity=draw.integer(1, QUANTITY_MAX[mode]),
            unit_price_minor=(cost := draw.integer(150, 40_000)) * draw.integer(110, 180) // 100,
            unit_cost_minor=cost,
        )
        for at in range(count)
    )


def _spoilt(
    draw: Draw, mode: Mode, customer: str, lines: tuple[PlannedLine, ...]
) -> tuple[Mode, str, tuple[PlannedLine, ...], tuple[str, ...]]:
    """Return the release with what the reference data will not know, and the names of what is wrong with it."""
    wrong = []
    first, rest = lines[0], lines[1:]
    if draw.chance("unknown_customer"):
        wrong.append("unknown_customer")
        customer = UNKNOWN_CUSTOMER
    if draw.chance("unknown_item"):
        wrong.append("unknown_item")
        first = replace(first, item=UNKNOWN_ITEM)
    if draw.chance("unknown_node"):
        wrong.append("unknown_node")
        first = replace(first, node=UNKNOWN_NODE)
    if draw.chance("over_weight", not wrong):
        wrong.append("over_weight")
        mode = "parcel"
        first = replace(first, quantity=OVER_WEIGHT_QUANTITY)
    return mode, customer, (first, *rest), tuple(wrong)


def _worked(draw: Draw, seed: int, group: Group, plan: OrderPlan) -> OrderPlan:
    plan = cancelled(draw, amended_early(draw, plan), group.starts_at)
    if not plan.goes_to_work:
        return plan
    plan = picked(draw, replace(plan, starts_at=group.starts_at), group.starts_at)
    if plan.cancelled:
        return broken_off(shipped(draw, seed, group, plan))
    late = Draw(seed, "late picks", plan.number)  # a stream of its own: it shifts no other draw
    plan = picked_after_all(late, settled_shortages(draw, plan))
    plan = parted_unsaid(late, back_orders_filled(draw, shipped(draw, seed, group, plan)))
    plan = replace(plan, drawn=frozenset(late.taken))
    plan = mistaken(draw, held(draw, amended_down(draw, plan, group.starts_at), group.starts_at))
    plan = repriced(draw, released_otherwise(draw, plan, group.starts_at))
    plan = credit_watched(draw, cancelled_in_vain(draw, plan))
    return returns_come(seed, doors_told(seed, plan))
