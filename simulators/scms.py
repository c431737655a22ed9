"""Real history as partner events: every SCMS order from its release to its deliveries.

The file knows days, not hours, and no departures: goods leave on the scheduled day, or on the day they arrived if that
was earlier. All else is as the file has it. The same file gives the same events, ids included.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from milepost.codecs import canonical, scms
from milepost.codecs.scms import ScmsLine
from milepost.codecs.scms_values import CURRENCY
from milepost.contracts.events import Body, Event
from milepost.contracts.identifiers import digest, load_key
from milepost.contracts.orders import Mode, OrderLine, OrderReleased
from milepost.contracts.tms import (
    CarrierAssigned,
    Delivered,
    FreightRated,
    LoadPlanned,
    Member,
    ShipmentCreated,
    TenderAccepted,
    TenderOffered,
)
from milepost.contracts.wms import Allocated, Departed, LineQuantity, Loaded, PickConfirmed
from milepost.simulators import scms_quality, transport

ERP, WMS, TMS = "scms-erp", "scms-wms", "scms-tms"
MODES: dict[str, Mode] = {"Air": "air", "Air Charter": "air", "Truck": "ftl", "Ocean": "ocean"}
MODE_NOT_CAPTURED: Mode = "ltl"
FROM_STOCK = "From RDC"
ANSWER_WITHIN = timedelta(hours=24)
_DAY = timedelta(days=1)


def histories(lines: Iterable[ScmsLine]) -> dict[str, list[Event]]:
    """Return each order's events by order id, in the order they occurred; loads' events go with their only order."""
    orders: dict[str, list[ScmsLine]] = {}
    for line in lines:
        orders.setdefault(line.order, []).append(line)
    return {order: sorted(_history(own), key=lambda e: e.occurred_at) for order, own in orders.items()}


def replay(lines: Iterable[ScmsLine], *, seed: int = 1, faults: frozenset[str] = frozenset()) -> list[Event]:
    """Return all messages in the order they are sent: by time, and as the transport's faults would have them."""
    events = [event for history in histories(lines).values() for event in history]
    sent = [
        (event.occurred_at + timedelta(seconds=copy.delay_s), event.business_key, number, copy.event)
        for event in events
        for number, copy in enumerate(transport.copies(event, seed, faults))
    ]
    sent.sort(key=lambda one: one[:3])
    return [event for _, _, _, event in sent]


def play_scms(path: Path, *, seed: int = 1, faults: frozenset[str] = frozenset()) -> list[tuple[str, bytes]]:
    """Return (owner, canonical JSON) of all messages of the file at ``path``, to be sent in this order under their
    owners as keys. Raises DecodeError, OSError. Lanes need ``scms_reference.write_reference`` first.
    """
    lines = scms.decode(path.read_bytes())
    scms.resolve(lines)
    return [(event.owner, canonical.encode(event)) for event in replay(lines, seed=seed, faults=faults)]


def leaves(lines: list[ScmsLine]) -> date | None:
    """Return the day a shipment leaves: the earliest day the file names for it; None when it names none."""
    return min((d for line in lines for d in (line.scheduled, line.delivered) if isinstance(d, date)), default=None)


def _history(lines: list[ScmsLine]) -> Iterator[Event]:
    shipments: dict[str, list[ScmsLine]] = {}
    for line in lines:
        shipments.setdefault(line.shipment, []).append(line)
    order, released = lines[0].order, _released_at(lines)
    yield _event(ERP, order, f"order/{order}/v1", released, _release(lines))
    for key, found in scms_quality.found(lines):
        yield _event(ERP, order, key, released, found)
    for shipment, own in shipments.items():
        yield from _shipped(order, shipment, own, released)


def _released_at(lines: list[ScmsLine]) -> datetime:
    """The order was sent, or at least quoted, on some day; no later than the day before its first goods left."""
    told = [d for line in lines for d in (line.order_sent, line.quote_sent) if isinstance(d, date)]
    sent = [line.order_sent for line in lines if isinstance(line.order_sent, date)]
    left = leaves(lines)
    latest = [left - _DAY] if left else []
    return _at(min((sent or told)[:1] + latest, default=date(2006, 1, 1)), 8)


def _release(lines: list[ScmsLine]) -> OrderReleased:
    first = lines[0]
    stock = first.fulfilled == FROM_STOCK
    return OrderReleased(
        customer=first.project, currency=CURRENCY, mode=MODES.get(first.mode, MODE_NOT_CAPTURED),
        # Delivered terms (DDP, DAP ...) and stock orders pass to the customer on arrival, all others on departure.
        terms="on_delivery" if stock or first.inco_term.startswith("D") else "on_goods_issue",
        ship_to=first.country, lane="stock" if stock else "direct", lines=tuple(_order_line(line) for line in lines),
        references={"quote": first.quote} if first.quote.startswith("FPQ") else {},
    )  # fmt: skip


def _order_line(line: ScmsLine) -> OrderLine:
    # Pack prices are rounded in the file, so the line's value rules; a line given away has no price either.
    price = line.price_minor if line.value_minor else 0
    return OrderLine(line=line.line, item=line.item, quantity=line.quantity, unit_price_minor=price,
                     unit_cost_minor=price, line_value_minor=line.value_minor, node=line.vendor)  # fmt: skip


def _shipped(order: str, shipment: str, lines: list[ScmsLine], released: datetime) -> Iterator[Event]:
    left = leaves(lines)
    amount = next((line.freight for line in lines if isinstance(line.freight, int)), None)
    planned = max(released, _at(left - _DAY, 9)) if left else released
    created = ShipmentCreated(shipment=shipment, load=shipment if amount is not None else "")
    yield _event(TMS, order, f"shipment/{shipment}", planned, created)
    if amount is not None:
        yield from _carriage(order, shipment, lines[0].mode, amount, planned)
    if left is None:
        return
    node, quantities = lines[0].vendor, tuple(LineQuantity(line=n.line, quantity=n.quantity) for n in lines)
    for n in lines:
        allocated = Allocated(node=node, line=n.line, quantity=n.quantity)
        yield _event(WMS, order, f"alloc/{order}/{n.line}/{node}"[:200], _at(left, 5), allocated)
        picked = PickConfirmed(node=node, line=n.line, quantity=n.quantity)
        yield _event(WMS, order, f"pick/{order}/{n.line}/1", _at(left, 6), picked)
    yield _event(WMS, order, f"loaded/{shipment}", _at(left, 7), Loaded(node=node, shipment=shipment, lines=quantities))
    gone = Departed(node=node, shipment=shipment, lines=quantities)
    yield _event(WMS, order, f"departed/{shipment}/1", _at(left, 8), gone)
    delivered = lines[0].delivered
    if isinstance(delivered, date):
        recorded = lines[0].recorded if isinstance(lines[0].recorded, date) else delivered
        proof = Delivered(shipment=shipment, pod=shipment)
        yield _event(TMS, order, f"pod/{shipment}", _at(delivered, 18), proof, _at(max(recorded, delivered), 20))


def _carriage(order: str, shipment: str, mode: str, amount_minor: int, at: datetime) -> Iterator[Event]:
    """A load of the one shipment, tendered once at the freight cost the file has, and accepted."""
    load, tender, carrier = shipment, f"{shipment}/1", f"forwarder-{MODES.get(mode, MODE_NOT_CAPTURED)}"
    cost = {"carrier": carrier, "amount_minor": amount_minor, "currency": CURRENCY}
    bodies: list[tuple[str, Body]] = [
        (f"load/{load}/v1", LoadPlanned(load=load, members=(Member(order_id=order, shipment=shipment),))),
        (f"rated/{load}/{carrier}", FreightRated(load=load, **cost)),  # type: ignore[arg-type]
        (f"assigned/{load}/{carrier}/1", CarrierAssigned(load=load, carrier=carrier)),
        (f"tender/{tender}/offered", TenderOffered(load=load, tender=tender, attempt=1, expires_at=at + ANSWER_WITHIN,
                                                   **cost)),  # type: ignore[arg-type]
        (f"tender/{tender}/accepted", TenderAccepted(load=load, tender=tender)),
    ]  # fmt: skip
    for hours, (key, body) in enumerate(bodies, 1):
        yield _event(TMS, load_key(load), key, at + timedelta(hours=hours), body)


def _event(source: str, owner: str, key: str, at: datetime, body: Body, received_at: datetime | None = None) -> Event:
    return Event(event_id=digest("scms", key), business_key=key, owner=owner, occurred_at=at, source=source, body=body,
                 partner="scms", received_at=received_at)  # fmt: skip


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), UTC)
