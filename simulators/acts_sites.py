"""What a warehouse reports of its work for an order, on its own clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from milepost.contracts.events import Body
from milepost.contracts.wms import (
    Allocated,
    Departed,
    LineQuantities,
    LineQuantity,
    Loaded,
    Packed,
    PickConfirmed,
    PickShort,
    Reversed,
    WavePlanned,
)
from milepost.simulators.acts import Act, act, wms_gate
from milepost.simulators.catalogue import SOURCES
from milepost.simulators.plan import Departure, OrderPlan, Pick, PlannedLine, Shipment, Short

_PACKED_AFTER: Final = timedelta(hours=9)
_LOADED_BEFORE: Final = timedelta(minutes=20)
_WAVE: Final = "W1"


def site_acts(plan: OrderPlan, lasting: dict[str, tuple[str, ...]]) -> Iterator[Act]:
    """Return all reports of all nodes; departures wait for the ``lasting`` causes of holds at their node."""
    assert plan.starts_at is not None
    for node in plan.working_nodes:
        yield from _prepared(plan, node, plan.starts_at)
    for one in plan.moved:
        aside = Allocated(node=one.node, line=one.line, quantity=one.quantity)
        yield _report(plan, one.node, one.key, one.at, aside)
    for pick in plan.picks:
        yield from _picked(plan, pick)
    for short in plan.shorts:
        yield short_act(plan, short)
        if short.found_at:
            yield _reversed(plan, short.node, short.key, short.found_at, "found on another shelf")
    for shipment in plan.shipments:
        if shipment.left_at:
            yield from _shipped(plan, shipment, plan.starts_at, lasting[shipment.node])


def pick_act(plan: OrderPlan, pick: Pick, mistaken: bool = False) -> Act:
    """Return the report of a pick, or the mistaken one under the same key."""
    quantity, at = pick.quantity, pick.at
    if mistaken and pick.mistake:
        quantity, at = pick.mistake.quantity, pick.mistake.at
    body = PickConfirmed(node=pick.node, line=pick.line, quantity=quantity)
    # Both reports speak of the same moment: only the quantity is in dispute.
    return _report(plan, pick.node, pick.key, at, body, reported_at=plan.reported(pick.node, pick.at))


def pick_undone_act(plan: OrderPlan, pick: Pick) -> Act:
    assert pick.reversed_at is not None
    return _reversed(plan, pick.node, pick.key, pick.reversed_at, "counted again")


def short_act(plan: OrderPlan, short: Short) -> Act:
    body = PickShort(node=short.node, line=short.line, quantity=short.quantity, reason=short.reason)
    return _report(plan, short.node, short.key, short.at, body)


def _prepared(plan: OrderPlan, node: str, starts_at: datetime) -> Iterator[Act]:
    at = starts_at + timedelta(minutes=30)
    key = f"wave/{plan.order_id}/{node}/{_WAVE}"
    yield _report(plan, node, key, at, WavePlanned(wave=_WAVE, node=node, cut_off=at + timedelta(hours=12)))
    for line in _first_task(plan):
        if line.node == node:
            body = Allocated(node=node, line=line.line, quantity=line.quantity)
            yield _report(plan, node, f"alloc/{plan.order_id}/{line.line}/{node}", at + timedelta(minutes=15), body)


def _first_task(plan: OrderPlan) -> tuple[PlannedLine, ...]:
    known = [s for s in plan.snapshots if plan.starts_at and s.at <= plan.starts_at]
    return max(known, key=lambda snapshot: snapshot.version).lines


def _picked(plan: OrderPlan, pick: Pick) -> Iterator[Act]:
    yield pick_act(plan, pick)
    if pick.mistake:
        yield pick_act(plan, pick, mistaken=True)
    if pick.reversed_at:
        yield pick_undone_act(plan, pick)


def _shipped(plan: OrderPlan, shipment: Shipment, starts_at: datetime, lasting: tuple[str, ...]) -> Iterator[Act]:
    assert shipment.left_at is not None
    node, lines = shipment.node, _lines(shipment)
    package = f"PK-{shipment.shipment}"
    packed = Packed(node=node, package=package, lines=lines)
    yield _report(plan, node, f"pack/{plan.order_id}/{package}", starts_at + _PACKED_AFTER, packed)
    first_at = min([shipment.left_at, *(departure.at for departure in shipment.departures)])
    loaded = Loaded(node=node, shipment=shipment.shipment, lines=lines)
    yield _report(plan, node, f"loaded/{shipment.shipment}", first_at - _LOADED_BEFORE, loaded)
    for departure in shipment.departures:
        yield _departed(plan, shipment, departure, lasting)
        if departure.reversed_at:
            yield _reversed(plan, node, departure.key, departure.reversed_at, "wrong door")


def _departed(plan: OrderPlan, shipment: Shipment, departure: Departure, lasting: tuple[str, ...]) -> Act:
    body = Departed(node=shipment.node, shipment=shipment.shipment, lines=_lines(shipment))
    return _report(plan, shipment.node, departure.key, departure.at, body, settled=lasting)


def _lines(shipment: Shipment) -> LineQuantities:
    return tuple(LineQuantity(line=line, quantity=quantity) for line, quantity in shipment.contents or ())


def _reversed(plan: OrderPlan, node: str, key: str, at: datetime, reason: str) -> Act:
    return _report(plan, node, f"rev/{key}", at, Reversed(reverses=key, reason=reason))


def _report(
    plan: OrderPlan,
    node: str,
    key: str,
    at: datetime,
    body: Body,
    reported_at: datetime | None = None,
    settled: tuple[str, ...] = (),
) -> Act:
    return act(
        at,
        SOURCES[node],
        plan.order_id,
        key,
        body,
        reported_at=reported_at or plan.reported(node, at),
        gates=(wms_gate(plan.order_id, node),),
        settled=settled,
    )
