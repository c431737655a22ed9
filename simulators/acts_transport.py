"""What the transport system reports: a load's planning, tenders and journey; an order's shipments and deliveries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from milepost.contracts.events import Body
from milepost.contracts.identifiers import load_key
from milepost.contracts.tms import (
    Arrived,
    CarrierAssigned,
    Delivered,
    DeliveryExcepted,
    EtaChanged,
    FreightRated,
    InTransit,
    LoadPlanned,
    Member,
    PickedUp,
    ShipmentCreated,
    TenderAccepted,
    TenderExpired,
    TenderOffered,
    TenderRejected,
    TenderWithdrawn,
)
from milepost.contracts.wms import LineQuantity, Reversed
from milepost.simulators.acts import Act, act, tms_gate, wms_gate
from milepost.simulators.acts_people import invoice_causes
from milepost.simulators.plan import DoorNote, LoadPlan, OrderPlan, Shipment, Tender

TMS: Final = "tms"
_MINUTE: Final = timedelta(minutes=1)


def load_acts(plan: LoadPlan, lasting: tuple[str, ...]) -> tuple[Act, ...]:
    """Return the load's own facts; a pick-up waits for the ``lasting`` causes of holds on what it carries."""
    gates = tuple(tms_gate(order_id) for order_id in dict.fromkeys(order_id for order_id, _ in plan.members))
    pen = _LoadPen(plan.story.load, gates)
    acts = [*_planned(pen, plan), *(a for tender in plan.tenders for a in _tendered(pen, tender))]
    if plan.carried:
        acts += _travelled(pen, plan, lasting)
    return tuple(sorted(acts, key=lambda one: one.at))


class _LoadPen:
    """Writes facts of one load."""

    def __init__(self, load: str, gates: tuple[str, ...]) -> None:
        self.load, self._gates = load, gates

    def fact(
        self, at: datetime, key: str, body: Body, settled: tuple[str, ...] = (), answer_by: datetime | None = None
    ) -> Act:
        owner = load_key(self.load)
        return act(at, TMS, owner, key, body, gates=self._gates, settled=settled, answer_by=answer_by)


def _planned(pen: _LoadPen, plan: LoadPlan) -> Iterator[Act]:
    at = plan.story.planned_at
    yield pen.fact(at, f"load/{pen.load}/v1", _plan(plan, 1, plan.members))
    if plan.dropped_at:
        yield pen.fact(plan.dropped_at, f"load/{pen.load}/v2", _plan(plan, 2, plan.carried))
    rated: dict[str, Tender] = {}
    for tender in plan.tenders:
        rated.setdefault(tender.carrier, tender)
    for carrier, tender in rated.items():
        body = FreightRated(load=pen.load, carrier=carrier, amount_minor=tender.amount_minor, currency=tender.currency)
        yield pen.fact(tender.offered_at - 10 * _MINUTE, f"rated/{pen.load}/{carrier}", body)


def _plan(plan: LoadPlan, version: int, members: tuple[tuple[str, str], ...]) -> LoadPlanned:
    story = plan.story
    return LoadPlanned(load=story.load, version=version, members=_members(members), node=story.node, lane=story.lane)


def _members(members: tuple[tuple[str, str], ...]) -> tuple[Member, ...]:
    return tuple(Member(order_id=order_id, shipment=shipment) for order_id, shipment in members)


def _tendered(pen: _LoadPen, tender: Tender) -> Iterator[Act]:
    load, due = pen.load, tender.expires_at
    assigned = f"assigned/{load}/{tender.carrier}/{tender.attempt}"
    yield pen.fact(tender.offered_at - 5 * _MINUTE, assigned, CarrierAssigned(load=load, carrier=tender.carrier))
    offer = TenderOffered(
        load=load,
        tender=tender.tender,
        attempt=tender.attempt,
        carrier=tender.carrier,
        amount_minor=tender.amount_minor,
        currency=tender.currency,
        expires_at=due,
    )
    key = f"tender/{tender.tender}"
    yield pen.fact(tender.offered_at, f"{key}/offered", offer, answer_by=due)
    if tender.accepted_at:
        accepted = TenderAccepted(load=load, tender=tender.tender)
        yield pen.fact(tender.accepted_at, f"{key}/accepted", accepted, answer_by=due)
    if tender.rejected_at:
        rejected = TenderRejected(load=load, tender=tender.tender, reason="no capacity")
        yield pen.fact(tender.rejected_at, f"{key}/rejected", rejected, answer_by=due)
    if tender.expired_at:
        yield pen.fact(tender.expired_at, f"{key}/expired", TenderExpired(load=load, tender=tender.tender))
    if tender.withdrawn_at:
        yield pen.fact(tender.withdrawn_at, f"{key}/withdrawn", TenderWithdrawn(load=load, tender=tender.tender))


def _travelled(pen: _LoadPen, plan: LoadPlan, lasting: tuple[str, ...]) -> Iterator[Act]:
    load, story = pen.load, plan.story
    picked_up_at, arrived_at = story.picked_up_at, story.picked_up_at + story.transit
    times = [at for at in (story.wrong_pick_up_at, picked_up_at) if at]
    for n, at in enumerate(times, 1):
        yield pen.fact(at, f"pickedup/{load}/{n}", PickedUp(load=load), settled=lasting)
    if story.wrong_pick_up_at:
        key = f"pickedup/{load}/1"
        undone = Reversed(reverses=key, reason="another trailer")
        yield pen.fact(story.wrong_pick_up_at + 60 * _MINUTE, f"rev/{key}", undone)
    yield pen.fact(picked_up_at + story.transit / 3, f"transit/{load}/1", InTransit(load=load, place="hub"))
    yield pen.fact(picked_up_at + 30 * _MINUTE, f"eta/{load}/1", EtaChanged(load=load, eta=arrived_at))
    if story.eta_changed:
        later = EtaChanged(load=load, eta=arrived_at + 90 * _MINUTE)
        yield pen.fact(picked_up_at + story.transit / 2, f"eta/{load}/2", later)
    yield pen.fact(arrived_at, f"arrived/{load}/1", Arrived(load=load))


def carried_acts(plan: OrderPlan, planned_at: dict[str, datetime]) -> Iterator[Act]:
    """Return what transport says to the order itself: its shipments on loads, deliveries, trouble."""
    unpaid = invoice_causes(plan) if plan.terms == "on_delivery" else ()
    for shipment in plan.shipments:
        gates = (tms_gate(plan.order_id),) if shipment.load else (wms_gate(plan.order_id, shipment.node),)
        if shipment.load:
            body = ShipmentCreated(
                shipment=shipment.shipment,
                load=shipment.load,
                pro=f"PRO-{shipment.shipment}",
                bol=f"BOL-{shipment.load}",
            )
            at = planned_at[shipment.load] - 2 * _MINUTE
            yield act(at, TMS, plan.order_id, f"shipment/{shipment.shipment}", body, gates=gates)
        yield from _delivered(plan, shipment, gates, unpaid)


def _delivered(plan: OrderPlan, shipment: Shipment, gates: tuple[str, ...], unpaid: tuple[str, ...]) -> Iterator[Act]:
    name = shipment.shipment
    if shipment.trouble and shipment.left_at:
        at = (shipment.delivered_at or shipment.left_at + timedelta(days=4)) + 5 * _MINUTE
        body = DeliveryExcepted(shipment=name, code=shipment.trouble, text="noted at the door")
        yield act(at, TMS, plan.order_id, f"dexc/{name}/1", body, gates=gates)
    for note in shipment.notes:
        yield from _noted(plan, name, note, gates)
    if shipment.delivered_at:
        lines = tuple(LineQuantity(line=line, quantity=quantity) for line, quantity in shipment.signed or ())
        pod = Delivered(shipment=name, pod=f"POD-{name}", lines=lines)
        yield act(shipment.delivered_at, TMS, plan.order_id, f"pod/{name}", pod, gates=gates, settled=unpaid)


def _noted(plan: OrderPlan, shipment: str, note: DoorNote, gates: tuple[str, ...]) -> Iterator[Act]:
    body = DeliveryExcepted(shipment=shipment, code=note.code, line=note.line, quantity=note.quantity)
    yield act(note.at, TMS, plan.order_id, note.key, body, gates=gates)
    if note.taken_back_at:
        undone = Reversed(reverses=note.key, reason="another consignee's")
        yield act(note.taken_back_at, TMS, plan.order_id, f"rev/{note.key}", undone, gates=gates)
