"""What shows that a codec that is timed did its work: documents say what the shipments said."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from milepost.bench import codecs_messages as made
from milepost.codecs.dialects.said import Said
from milepost.codecs.documents import Document, Reading
from milepost.contracts.wms import PickConfirmed

Fact = tuple[str, list[tuple[str, str]]]
"""An order with items and quantities."""


def advised(results: list[Reading]) -> list[Fact]:
    """Return order, items and quantities of documents of 945."""
    if any(reading.findings or reading.refused or b"AK5*A" not in reading.answer for reading in results):
        raise SystemExit("a message for the bench has a fault")
    return [
        _said(d.fields["order"], ((li["ids"]["VN"], li["shipped"]) for li in d.fields["lines"])) for d in _all(results)
    ]


def _said(order: str, lines: Iterable[tuple[str, str]]) -> Fact:
    return order, list(lines)


def _all(results: list[Reading]) -> list[Document]:
    return [document for reading in results for document in reading.documents]


def meant(shipments: list[made.Plain]) -> list[Fact]:
    """Return the same of the shipments themselves."""
    return [_said(s["order"], ((li["item"], str(li["quantity"])) for li in s["lines"])) for s in shipments]


def of_json(results: list[Reading]) -> list[Any]:
    """Return the same of documents that carry the shipment as ``data``."""
    return meant([document.fields["data"] for document in _all(results)])


def of_csv(results: list[Reading]) -> list[Any]:
    """Return the same of grouped rows."""
    return [
        _said(d.fields["rows"][0]["order"], ((r["item"], r["quantity"]) for r in d.fields["rows"]))
        for d in _all(results)
    ]


def of_epcis(results: list[Reading]) -> list[Any]:
    """Return the same of events, one for each line, that name their order; their identities must all differ."""
    documents = _all(results)
    if len({document.id for document in documents}) != len(documents):
        raise SystemExit("two events have one identity")
    said: dict[str, list[tuple[str, str]]] = {}
    for one in (document.fields for document in documents):
        order, quantity = one["transactions"]["desadv"][0]["id"], one["quantities"][0]
        item = made.ITEMS[(int(order[-6:]) + int(quantity["gtin"][-3:-1])) % len(made.ITEMS)]
        said.setdefault(order, []).append((item, str(quantity["quantity"])))
    return list(said.items())


def saying(shipments: list[made.Plain], of: Callable[[list[Reading]], list[Any]]) -> Callable[[list[Reading]], object]:
    """Return the proof that documents, looked at by ``of``, say what the shipments said."""
    expected = meant(shipments)

    def right(results: list[Reading]) -> object:
        if (found := of(results)) != expected:
            raise SystemExit("documents do not say what the shipments said")
        return found

    return right


def picking(shipments: list[made.Plain], lines: int) -> Callable[[list[Said]], object]:
    """Return the proof that the first ``lines`` of each shipment are said to be picked, and nothing is amiss."""
    expected = [
        _said(s["order"], ((str(li["line"]), str(li["quantity"])) for li in s["lines"][:lines])) for s in shipments
    ]

    def right(results: list[Said]) -> object:
        if any(said.refused or said.findings or said.shadowed for said in results):
            raise SystemExit("a message for the bench is not said whole")
        if [_picked(said) for said in results] != expected:
            raise SystemExit("milestones do not say what the shipments said")
        return [[(event.owner, event.business_key, str(event.body)) for event in said.events] for said in results]

    return right


def _picked(said: Said) -> Fact:
    bodies = [event.body for event in said.events if isinstance(event.body, PickConfirmed)]
    return _said(said.events[0].owner, ((body.line, str(body.quantity)) for body in bodies))
