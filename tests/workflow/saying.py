"""Facts as partners and persons say them: one function per business key, so that tests read like a life."""

from __future__ import annotations

from milepost.contracts import controls, orders, tms, verbs, wms
from milepost.contracts.events import Body, Event, payload_digest
from milepost.contracts.identifiers import digest, load_key
from milepost.contracts.orders import OrderLine
from milepost.contracts.wms import LineQuantity
from milepost.tests.workflow.known_rules import NORTH, at

SYSTEMS = {"order": "erp", "wms": "wms-north", "milestone": "wms-north", "instruction": "wms-north", "tms": "tms-1"}


def say(owner: str, key: str, minutes: int, body: Body, message: str = "") -> Event:
    """Return the event of a fact; ``message`` tells several messages of one fact apart."""
    source = SYSTEMS.get(str(body.__struct_config__.tag).partition(".")[0], "person")
    id_ = digest(owner, key, minutes, body, message)
    return Event(event_id=id_, business_key=key, owner=owner, occurred_at=at(minutes), source=source, body=body)


def line(name: str, item: str, quantity: int, node: str = NORTH, value_minor: int = 0) -> OrderLine:
    price = {"ITEM-1": 17, "ITEM-2": 1999}.get(item, 5)
    return OrderLine(line=name, item=item, quantity=quantity, unit_price_minor=price, unit_cost_minor=price // 2,
                     line_value_minor=value_minor, node=node)  # fmt: skip


def released(order: str, minutes: int, *lines: OrderLine, **header: object) -> Event:
    body = orders.OrderReleased(**{"customer": "C001", "currency": "EUR", "lines": lines} | header)  # type: ignore[arg-type]
    return say(order, f"order/{order}/v{body.version}", minutes, body)


def amended(order: str, minutes: int, version: int, *lines: OrderLine) -> Event:
    return say(order, f"order/{order}/v{version}", minutes, orders.OrderAmended(version=version, lines=lines))


def cancelled(order: str, minutes: int, person: str = "") -> Event:
    if person:
        return say(order, f"cancel/{order}/2", minutes, controls.CancelOrdered(actor=person, reason="called in"))
    return say(order, f"cancel/{order}/1", minutes, orders.CancelRequested(reason="customer"))


def picked(order: str, minutes: int, name: str, quantity: int, node: str = NORTH, n: int = 1) -> Event:
    body = wms.PickConfirmed(node=node, line=name, quantity=quantity)
    return say(order, f"pick/{order}/{name}/{n}", minutes, body)


def short(order: str, minutes: int, name: str, quantity: int, node: str = NORTH, n: int = 1) -> Event:
    return say(order, f"short/{order}/{name}/{n}", minutes, wms.PickShort(node=node, line=name, quantity=quantity))


def departed(
    order: str, minutes: int, shipment: str, node: str = NORTH, n: int = 1, lines: dict[str, int] | None = None
) -> Event:
    stated = tuple(LineQuantity(line=k, quantity=q) for k, q in (lines or {}).items())
    return say(order, f"departed/{shipment}/{n}", minutes, wms.Departed(node=node, shipment=shipment, lines=stated))


def loaded(order: str, minutes: int, shipment: str, node: str = NORTH) -> Event:
    return say(order, f"loaded/{shipment}", minutes, wms.Loaded(node=node, shipment=shipment))


def undone(event: Event, minutes: int) -> Event:
    """Return its source's word that a milestone did not stand."""
    return say(event.owner, f"rev/{event.business_key}", minutes, wms.Reversed(reverses=event.business_key))


def delivered(order: str, minutes: int, shipment: str) -> Event:
    return say(order, f"pod/{shipment}", minutes, tms.Delivered(shipment=shipment, pod=f"POD-{shipment}"))


def planned(load: str, minutes: int, version: int, *members: tuple[str, str]) -> Event:
    body = tms.LoadPlanned(load=load, version=version,
                           members=tuple(tms.Member(order_id=o, shipment=s) for o, s in members))  # fmt: skip
    return say(load_key(load), f"load/{load}/v{version}", minutes, body)


def offered(load: str, minutes: int, attempt: int, amount_minor: int, expires: int, currency: str = "EUR") -> Event:
    body = tms.TenderOffered(load=load, tender=f"{load}-T{attempt}", attempt=attempt, carrier=f"CARRIER-{attempt}",
                             amount_minor=amount_minor, currency=currency, expires_at=at(expires))  # fmt: skip
    return say(load_key(load), f"tender/{load}-T{attempt}/offered", minutes, body)


ANSWERS: dict[str, type] = {
    "accepted": tms.TenderAccepted, "rejected": tms.TenderRejected, "expired": tms.TenderExpired,
    "withdrawn": tms.TenderWithdrawn,
}  # fmt: skip


def answered(load: str, minutes: int, attempt: int, answer: str) -> Event:
    tender = f"{load}-T{attempt}"
    return say(load_key(load), f"tender/{tender}/{answer}", minutes, ANSWERS[answer](load=load, tender=tender))


def on_load(load: str, minutes: int, what: str, body: Body) -> Event:
    return say(load_key(load), f"{what}/{load}/1", minutes, body)


def held(owner: str, minutes: int, n: int = 1) -> Event:
    return say(owner, f"hold/{owner}/{n}", minutes, controls.HoldPlaced(actor="ada", reason="look first"))


def let_go(owner: str, minutes: int, *causes: str) -> Event:
    body = controls.HoldReleased(actor="ada", reason="seen", causes=causes)
    return say(owner, f"release/{digest(sorted(causes))}", minutes, body)


def resolved(owner: str, minutes: int, chosen: Event) -> Event:
    """Return a person's word that of a contested key this payload counts."""
    payload = payload_digest(chosen.occurred_at, chosen.body)
    body = controls.ConflictResolved(actor="ada", reason="phoned", key=chosen.business_key, payload=payload)
    return say(owner, f"resolve/{digest(owner, chosen.business_key, payload)}", minutes, body)


def clock(owner: str, kind: str, subject: str, due: int) -> Event:
    key = f"deadline/{kind}/{subject}/{at(due):%Y-%m-%dT%H:%M:%S}"
    return say(owner, key, due, controls.DeadlineFired(kind=kind, subject=subject, due=at(due)))


def _lines(quantities: dict[str, int] | None) -> tuple[LineQuantity, ...]:
    return tuple(LineQuantity(line=name, quantity=q) for name, q in (quantities or {}).items())


def proven(order: str, minutes: int, shipment: str, lines: dict[str, int]) -> Event:
    """Return a proof of delivery that states quantities."""
    body = tms.Delivered(shipment=shipment, pod=f"POD-{shipment}", lines=_lines(lines))
    return say(order, f"pod/{shipment}", minutes, body)


def excepted(
    order: str, minutes: int, shipment: str, code: tms.DeliveryCode, name: str = "", quantity: int = 0, n: int = 1
) -> Event:
    body = tms.DeliveryExcepted(shipment=shipment, code=code, line=name, quantity=quantity)
    return say(order, f"exception/{shipment}/{code}/{name}/{n}", minutes, body)


def return_requested(order: str, minutes: int, rma: str, shipment: str, **lines: int) -> Event:
    wanted = tuple(orders.ReturnLine(line=name, quantity=q) for name, q in lines.items())
    body = orders.ReturnRequested(rma=rma, shipment=shipment, lines=wanted)
    return say(order, f"rma/{rma}", minutes, body)


def approved(owner: str, minutes: int, cause: str, actor: str = "ada") -> Event:
    return say(owner, f"approve/{cause}/{actor}", minutes, verbs.Approved(actor=actor, reason="fine", cause=cause))


def brought_back(order: str, minutes: int, shipment: str, name: str, quantity: int) -> Event:
    body = tms.Returned(shipment=shipment, line=name, quantity=quantity)
    return say(order, f"returned/{shipment}/{name}", minutes, body)


def came_back(order: str, minutes: int, rma: str, shipment: str, node: str = NORTH, **lines: int) -> Event:
    body = wms.ReturnReceived(rma=rma, shipment=shipment, node=node, lines=_lines(lines))
    return say(order, f"return/{rma}", minutes, body)


def inspected(
    order: str, minutes: int, rma: str, shipment: str, name: str, quantity: int,
    disposition: wms.Disposition = "restock", node: str = NORTH, n: int = 1,
) -> Event:  # fmt: skip
    body = wms.ReturnInspected(rma=rma, shipment=shipment, node=node, line=name, quantity=quantity,
                               disposition=disposition)  # fmt: skip
    return say(order, f"inspection/{rma}/{name}/{n}", minutes, body)


def overridden(
    owner: str, minutes: int, field: verbs.OverriddenField, subject: str, amount_minor: int = 0, actor: str = "ada"
) -> Event:
    body = verbs.Overridden(actor=actor, reason="agreed", field=field, subject=subject, amount_minor=amount_minor)
    return say(owner, f"override/{field}/{subject}/{actor}/{amount_minor}", minutes, body)


def goods_in(name: str, item: str, quantity: int, cost_minor: int) -> orders.InboundLine:
    return orders.InboundLine(line=name, item=item, quantity=quantity, unit_cost_minor=cost_minor)


def inbound(order: str, minutes: int, *lines: orders.InboundLine, **header: object) -> Event:
    usual = {"kind": "purchase", "partner": "SUPPLIER-1", "node": NORTH, "currency": "EUR", "lines": lines}
    body = orders.InboundReleased(**usual | header)  # type: ignore[arg-type]
    return say(order, f"inbound/{order}/v{body.version}", minutes, body)


def advised(order: str, minutes: int, advice: str, expected: int | None = None, **lines: int) -> Event:
    told = tuple(orders.ReturnLine(line=name, quantity=q) for name, q in lines.items())
    body = orders.InboundAdvised(advice=advice, expected_at=None if expected is None else at(expected), lines=told)
    return say(order, f"advice/{advice}", minutes, body)


def received(
    order: str, minutes: int, receipt: str, node: str = NORTH, n: int = 1,
    conditions: tuple[wms.ReceivedCondition, ...] = (), **lines: int,
) -> Event:  # fmt: skip
    body = wms.GoodsReceived(node=node, receipt=receipt, lines=_lines(lines), conditions=conditions)
    return say(order, f"receipt/{receipt}/{n}", minutes, body)


def allocated(order: str, minutes: int, name: str, quantity: int, node: str = NORTH) -> Event:
    body = wms.Allocated(node=node, line=name, quantity=quantity)
    return say(order, f"alloc/{order}/{name}/{node}", minutes, body)


def decided(
    short_pick: Event, minutes: int, outcome: verbs.Shortfall, node: str = "", item: str = "", n: int = 1
) -> Event:
    """Return a person's decision on what becomes of a short pick; ``n`` counts their decisions on it."""
    body = verbs.ShortageDecided(actor="ada", reason="phoned the customer", cause=short_pick.business_key,
                                 outcome=outcome, node=node, item=item)  # fmt: skip
    return say(short_pick.owner, f"shortage/{short_pick.business_key}/{n}", minutes, body)


def boarded(load: str, minutes: int, version: int = 1, cut_off: int | None = None, **weights_kg: int) -> Event:
    """Return the plan of a load from NORTH with shipment ``S-1`` of order ``O_1=`` kilograms, and so on."""
    members = tuple(tms.Member(order_id=o.replace("_", "-"), shipment=o.replace("O_", "S-"), weight_grams=1000 * kg)
                    for o, kg in weights_kg.items())  # fmt: skip
    body = tms.LoadPlanned(load=load, version=version, members=members, node=NORTH,
                           cut_off=None if cut_off is None else at(cut_off))  # fmt: skip
    return say(load_key(load), f"load/{load}/v{version}", minutes, body)


def assigned(
    load: str, minutes: int, order: str, shipment: str, version: int = 1, aboard: bool = True, weight_kg: int = 0
) -> Event:
    body = tms.MemberAssigned(load=load, order_id=order, shipment=shipment, version=version, aboard=aboard,
                              weight_grams=1000 * weight_kg)  # fmt: skip
    return say(load_key(load), f"member/{load}/{shipment}/v{version}", minutes, body)


def asked(load: str, minutes: int, attempt: int, carrier: str, amount_minor: int, expires: int | None = None) -> Event:
    """Return an offer to a named carrier; without ``expires`` its contract says how long it has."""
    expires_at = None if expires is None else at(expires)
    body = tms.TenderOffered(load=load, tender=f"{load}-T{attempt}", attempt=attempt, carrier=carrier, currency="EUR",
                             amount_minor=amount_minor, expires_at=expires_at)  # fmt: skip
    return say(load_key(load), f"tender/{load}-T{attempt}/offered", minutes, body)


def taken_back(load: str, minutes: int, attempt: int, charge_minor: int = 0) -> Event:
    """Return the withdrawal of a tender, with what the carrier asks for a truck ordered and not used."""
    body = tms.TenderWithdrawn(load=load, tender=f"{load}-T{attempt}", charge_minor=charge_minor)
    return say(load_key(load), f"tender/{load}-T{attempt}/withdrawn", minutes, body)


def word(owner: str, minutes: int, body: Body, n: int = 1) -> Event:
    """Return a person's word, of whatever verb."""
    tag = str(body.__struct_config__.tag).partition(".")[2]
    return say(owner, f"{tag}/{digest(owner, body, n)}", minutes, body)


def credit_blocked(order: str, minutes: int, n: int = 1) -> Event:
    return say(order, f"credit_block/{order}/{n}", minutes, orders.CreditBlocked(reason="limit exceeded"))


def credit_cleared(order: str, minutes: int, n: int = 1) -> Event:
    return say(order, f"credit_clear/{order}/{n}", minutes, orders.CreditCleared(reason="paid"))
