"""What our own events teach of native ids, whoever sends them: that a shipment is this order's, who is on which load.

The ids in a canonical event are ours (issuer ``own``), but for a customer's purchase order number: two customers may
count alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from milepost.contracts import orders, tms, wms
from milepost.contracts.events import Event
from milepost.contracts.identifiers import load_key
from milepost.contracts.references import ISSUER_OWN, Linked, Reference, ReferenceKind, Target
from milepost.runtime.durable.interface import Output
from milepost.runtime.topic_table import PARTNER_REFERENCES

KNOWN_MAX = 20_000
"""Links remembered as taught, per partition: hashes, some 100 bytes each. What was forgotten is taught again."""

_encode = msgspec.json.Encoder().encode
_REFERENCES: dict[str, ReferenceKind] = {
    "customer_po": "po", "po": "po", "delivery": "delivery", "asn": "asn", "bol": "bol", "pro": "pro",
    "tracking": "tracking", "container": "container",
}  # fmt: skip
"""Kinds of references of a released order that partners speak by."""


class Links:
    """Turns events into links, each once per partition as far as is remembered."""

    def __init__(self) -> None:
        self._known: dict[int, dict[int, None]] = {}

    def taught(self, partition: int, event: Event) -> list[Output]:
        """Return what is new of what ``event`` teaches. For most bodies that is nothing, and costs a look-up."""
        teach = _TEACHERS.get(type(event.body))
        if teach is None:
            return []
        known = self._known.setdefault(partition, {})
        outputs = []
        for link in teach(event, event.body):
            name = hash((link.reference, link.target, link.stands, link.version, link.plan))
            if name not in known:
                _remember(known, name)
                outputs.append(published(link))
        return outputs

    def forget(self, partition: int) -> None:
        """Whoever has the partition next may not have published what this process remembers as taught."""
        self._known.pop(partition, None)


def published(link: Linked) -> Output:
    return Output(PARTNER_REFERENCES, link.reference.key.encode(), _encode(link))


def _remember(known: dict[int, None], name: int) -> None:
    if len(known) >= KNOWN_MAX:
        del known[next(iter(known))]
    known[name] = None


def _link(
    event: Event, kind: ReferenceKind, value: str, target: Target, issuer: str = ISSUER_OWN, **more: Any
) -> Linked:
    reference = Reference(kind=kind, issuer=issuer, value=value)
    return Linked(reference=reference, target=target, said_at=event.occurred_at, source=event.source, **more)


def _created(event: Event, body: tms.ShipmentCreated) -> Iterator[Linked]:
    target = Target(owner=event.owner, shipment=body.shipment)
    yield _link(event, "shipment", body.shipment, target)
    named: tuple[tuple[ReferenceKind, str], ...] = (("load", body.load), ("pro", body.pro), ("bol", body.bol))
    for kind, value in named:
        if value:
            yield _link(event, kind, value, target)


def _planned(event: Event, body: tms.LoadPlanned) -> Iterator[Linked]:
    for member in body.members:
        target = Target(owner=member.order_id, shipment=member.shipment)
        yield _link(event, "load", body.load, target, version=body.version, plan=True)
    if not body.members:  # nobody is aboard any more, and no member is there to say so
        nobody = Target(owner=load_key(body.load))
        yield _link(event, "load", body.load, nobody, version=body.version, plan=True, stands=False)


def _assigned(event: Event, body: tms.MemberAssigned) -> Iterator[Linked]:
    target = Target(owner=body.order_id, shipment=body.shipment)
    yield _link(event, "load", body.load, target, version=body.version, stands=body.aboard)


def _offered(event: Event, body: tms.TenderOffered) -> Iterator[Linked]:
    yield _link(event, "tender", body.tender, Target(owner=event.owner))


def _moved(event: Event, body: wms.Loaded | wms.Departed) -> Iterator[Linked]:
    yield _link(event, "shipment", body.shipment, Target(owner=event.owner, shipment=body.shipment))


def _released(event: Event, body: orders.OrderReleased) -> Iterator[Linked]:
    for name, value in body.references.items():
        kind = _REFERENCES.get(name)
        if kind is not None:
            yield _link(event, kind, value, Target(owner=event.owner), body.customer if kind == "po" else ISSUER_OWN)


def _expected(event: Event, body: orders.InboundReleased) -> Iterator[Linked]:
    for name, value in body.references.items():
        kind = _REFERENCES.get(name)
        if kind is not None:
            yield _link(event, kind, value, Target(owner=event.owner))


def _advised(event: Event, body: orders.InboundAdvised) -> Iterator[Linked]:
    yield _link(event, "asn", body.advice, Target(owner=event.owner))


_TEACHERS: dict[type, Callable[[Event, Any], Iterator[Linked]]] = {
    tms.ShipmentCreated: _created, tms.LoadPlanned: _planned, tms.MemberAssigned: _assigned,
    tms.TenderOffered: _offered, wms.Loaded: _moved, wms.Departed: _moved,
    orders.OrderReleased: _released, orders.InboundReleased: _expected, orders.InboundAdvised: _advised,
}  # fmt: skip
