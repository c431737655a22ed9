"""What the transport system says to an order: its shipments on loads, their deliveries, trouble at the door."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from milepost.contracts.tms import Delivered, DeliveryExcepted, ShipmentCreated
from milepost.contracts.wms import LineQuantity, Reversed
from milepost.simulators.acts import Act, act, tms_gate, wms_gate
from milepost.simulators.acts_loads import TMS
from milepost.simulators.acts_people import invoice_causes
from milepost.simulators.plan import DoorNote, OrderPlan, Shipment

_MINUTE: Final = timedelta(minutes=1)


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
