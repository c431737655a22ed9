"""What warehouses do for an order: picks and shorts line by line, then shipments, departures, delivery."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from milepost.contracts.tms import DeliveryCode
from milepost.contracts.wms import ShortReason
from milepost.simulators.catalogue import MODES_WITHOUT_LOAD, NODE_LETTERS
from milepost.simulators.draws import Draw
from milepost.simulators.life_groups import Group
from milepost.simulators.life_loads import load_story
from milepost.simulators.plan import Departure, OrderPlan, Pick, PlannedLine, Shipment, Short
from milepost.simulators.plan_loads import LoadStory

_HOUR: Final = timedelta(hours=1)
_SHORT_REASONS: Final[tuple[ShortReason, ...]] = ("not_found", "damaged", "quality", "substitution")
_TROUBLES: Final[tuple[DeliveryCode, ...]] = ("damaged", "short", "refused", "pod_missing", "other")


def picked(draw: Draw, plan: OrderPlan, starts_at: datetime) -> OrderPlan:
    """Let the sites pick the order's lines, each its own, from when its group starts."""
    picks: list[Pick] = []
    shorts: list[Short] = []
    for node in plan.nodes:
        for line in plan.standing.lines:
            if line.node == node:
                found, missed = _line_work(draw, plan.order_id, line, starts_at)
                picks += found
                shorts += missed
    return replace(plan, picks=tuple(picks), shorts=tuple(shorts))


def shipped(draw: Draw, seed: int, group: Group, plan: OrderPlan) -> OrderPlan:
    """Let what was picked leave and arrive, site by site."""
    for node in plan.working_nodes:
        mine = tuple(pick for pick in plan.picks if pick.node == node)
        shipments = _shipments(draw, seed, group, plan, node, mine)
        counted = _counted_again(draw, mine, shipments, plan.shorts)
        others = tuple(pick for pick in plan.picks if pick.node != node)
        plan = replace(plan, picks=(*others, *counted), shipments=(*plan.shipments, *shipments))
    return plan


def _line_work(draw: Draw, order_id: str, line: PlannedLine, starts_at: datetime) -> tuple[list[Pick], list[Short]]:
    at = starts_at + draw.hours(1.5, 6)
    shorts = _shorts(draw, order_id, line, at)
    missed = sum(short.quantity for short in shorts)
    more = draw.integer(1, max(1, line.quantity // 6)) * draw.chance("over_picked", not shorts)
    quantities = _parts(draw, line.quantity - missed + more)
    entries: list[tuple[int, datetime, datetime | None]] = [(q, at, None) for q in quantities]
    if draw.chance("pick_reversed"):  # the first pick was a wrong scan, taken back and done again
        entries.insert(0, (quantities[0], at - _HOUR / 2, at - _HOUR / 4))
    entries += [(short.quantity, short.found_at, None) for short in shorts if short.found_at]
    picks = [
        Pick(f"pick/{order_id}/{line.line}/{n}", line.line, line.node, quantity, when, undone)
        for n, (quantity, when, undone) in enumerate(entries, 1)
    ]
    return picks, shorts


def _shorts(draw: Draw, order_id: str, line: PlannedLine, at: datetime) -> list[Short]:
    hit = draw.chance("short_pick", line.quantity > 1)
    found = draw.chance("short_found", hit)
    quantity, reason = draw.integer(1, max(1, line.quantity - 1)), draw.one_of(_SHORT_REASONS)
    if not hit:
        return []
    key = f"short/{order_id}/{line.line}/1"
    return [Short(key, line.line, line.node, quantity, reason, at, found_at=at + _HOUR if found else None)]


def _parts(draw: Draw, quantity: int) -> list[int]:
    """Cut what is picked of a line into one to three picks."""
    if not draw.chance("many_picks", quantity > 2):
        return [quantity]
    first = draw.integer(1, quantity - 2)
    second = draw.integer(1, quantity - first - 1)
    return [first, second, quantity - first - second]


def _shipments(
    draw: Draw, seed: int, group: Group, plan: OrderPlan, node: str, picks: tuple[Pick, ...]
) -> tuple[Shipment, ...]:
    on_load = plan.mode not in MODES_WITHOUT_LOAD
    stalled = draw.chance("stalled", not on_load)
    own_time, on_road = group.starts_at + draw.hours(20, 50), draw.hours(20, 90)
    story = load_story(seed, group, node) if on_load else None
    left_at = story.picked_up_at - _HOUR / 3 if story else own_time
    arrives_at = story.picked_up_at + story.transit if story else left_at + on_road
    named = f"SH-{plan.number:06d}-{NODE_LETTERS[node]}"
    stays = stalled or plan.cancelled
    contents = _contents(picks)
    half = _half(contents)
    parts: list[tuple[tuple[tuple[str, int], ...] | None, datetime]]
    if draw.chance("split_shipment", not stays and sum(contents.values()) > 1):
        parts = [(half, left_at - _HOUR), (None, left_at)]
    else:
        parts = [(tuple(contents.items()) if draw.chance("lines_named") else None, left_at)]
    shipments = []
    for n, (lines, leaves_at) in enumerate(parts, 1):
        shipment = Shipment(f"{named}{n}", node, story.load if story else None, contents=lines)
        if not stays:
            shipment = _left(draw, replace(shipment, left_at=leaves_at), whole=len(parts) == 1)
            shipment = _arrived(draw, plan, _missed(draw, shipment, story), arrives_at)
        shipments.append(shipment)
    return tuple(shipments)


def _contents(picks: tuple[Pick, ...]) -> dict[str, int]:
    contents: dict[str, int] = {}
    for pick in picks:
        if pick.reversed_at is None:
            contents[pick.line] = contents.get(pick.line, 0) + pick.quantity
    return contents


def _half(contents: dict[str, int]) -> tuple[tuple[str, int], ...]:
    half = tuple((line, quantity // 2) for line, quantity in contents.items() if quantity > 1)
    return half or tuple(list(contents.items())[:1])


def _left(draw: Draw, shipment: Shipment, whole: bool) -> Shipment:
    """Return the shipment with what the site reports of its departure; corrections only where it is the only one."""
    assert shipment.left_at is not None
    twice = draw.chance("departure_reversed", whole)
    silent = draw.chance("pickup_only", whole and not twice and shipment.load is not None)
    early = shipment.left_at - draw.hours(3, 10)
    key = f"departed/{shipment.shipment}"
    if silent:
        return shipment
    if twice:
        first = Departure(f"{key}/1", early, early + _HOUR)
        return replace(shipment, departures=(first, Departure(f"{key}/2", shipment.left_at)))
    return replace(shipment, departures=(Departure(f"{key}/1", shipment.left_at),))


def _missed(draw: Draw, shipment: Shipment, story: LoadStory | None) -> Shipment:
    """Let a shipment that left once, by its site's word, miss its truck and leave hours later."""
    once = story is not None and len(shipment.departures) == 1
    hit, late_by = draw.chance("missed_truck", once), draw.hours(2, 6)
    if not hit or story is None:
        return shipment
    left_at = story.picked_up_at + late_by
    departure = replace(shipment.departures[0], at=left_at)
    missed_at = story.picked_up_at - 4 * _HOUR
    return replace(shipment, left_at=left_at, departures=(departure,), missed_at=missed_at)


def _arrived(draw: Draw, plan: OrderPlan, shipment: Shipment, arrives_at: datetime) -> Shipment:
    if plan.mode == "pickup":  # the customer took it at the door: nobody reports a delivery
        return shipment
    trouble = draw.one_of(_TROUBLES) if draw.chance("delivery_exception") else None
    lost, unloading = draw.chance("not_delivered"), draw.hours(0.1, 6)
    return replace(shipment, trouble=trouble, delivered_at=None if lost else arrives_at + unloading)


def _counted_again(
    draw: Draw, picks: tuple[Pick, ...], shipments: tuple[Shipment, ...], shorts: tuple[Short, ...]
) -> tuple[Pick, ...]:
    """Reverse one of several picks of a line after departure, where the shipment carries what was picked."""
    only = shipments[0] if len(shipments) == 1 else None
    lacking = {short.line for short in shorts}  # of these it would change, too, whether anything is missing
    standing = [pick for pick in picks if pick.reversed_at is None and pick.line not in lacking]
    several = [pick for pick in standing if sum(other.line == pick.line for other in standing) > 1]
    fits = bool(only and only.left_at and only.contents is None and several)
    hit, after = draw.chance("pick_reversed_late", fits), draw.hours(2, 20)
    if not hit or not only or not only.left_at:
        return picks
    wrong = several[0]
    return tuple(replace(p, reversed_at=only.left_at + after) if p is wrong else p for p in picks)
