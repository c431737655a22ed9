"""What would close an open exception: the words of persons and the facts of partners, tried one after the other."""

from __future__ import annotations

from collections.abc import Iterator

from milepost.contracts import orders, tms, wms
from milepost.contracts.events import Body, Event
from milepost.contracts.identifiers import is_load
from milepost.contracts.verbs import Overridden, Skipped
from milepost.tests.workflow import people
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import NORTH
from milepost.tests.workflow.people import LATER
from milepost.workflow.exception_types import type_of
from milepost.workflow.record import Raised, Record
from milepost.workflow.rules import Rules
from milepost.workflow.why import after

WHEN = LATER + 10
Moves = tuple[Event, ...]


def closing_moves(record: Record, rules: Rules, id_: str) -> Moves | None:
    """Return the first moves of the list that close the exception, None where none do."""
    for moves in _tried(record, record.raised[id_]):
        raised = after(record, rules, moves).raised[id_]
        if not raised.open:
            return moves
    return None


def _tried(record: Record, raised: Raised) -> Iterator[Moves]:
    """Yield what a person says, what its source takes back, and what is missing; in the end what takes all back."""
    singles = [*_said(record, raised), *_reported(record), *_taken_back(record, raised.cause)]
    yield from ((event,) for event in singles)
    for said in _said(record, raised):
        yield from ((said, event) for event in _reported(record))


def _said(record: Record, raised: Raised) -> Iterator[Event]:
    owner, cause = record.key, raised.cause
    facts = record.facts.get(cause, ())
    if raised.type != "CONFLICT" or facts:
        yield people.answer_to(record, raised.type, cause)
    if raised.type != "CONFLICT":
        yield s.let_go(owner, WHEN, cause)
    yield s.approved(owner, WHEN, cause, "chief")
    steps = [*type_of(raised.type).steps, *(e.chain for e in record.outbox.values() if e.id == cause)]
    for step in steps:
        yield s.word(owner, WHEN, Skipped(actor="ada", reason="looked", step=step))
    for entry in (e for e in record.outbox.values() if e.id == cause):
        yield from (e for e in people.retries(record) if getattr(e.body, "posting", "") == entry.id)
    for field in ("return_excess", "receipt_excess"):
        yield s.word(owner, WHEN, Overridden(actor="chief", reason="taken", field=field, subject=cause))


def _reported(record: Record) -> Iterator[Event]:
    """Known data, a plan that knows all, a carrier that accepts, a shipment that leaves, arrives or is excepted."""
    owner = record.key
    if is_load(owner):
        yield from _of_load(record, owner.removeprefix("load/"))
        return
    yield s.released(owner, WHEN, s.line("A", "ITEM-2", 6), s.line("B", "ITEM-1", 6), version=900, customer="C002")
    yield s.inbound(owner, WHEN, s.goods_in("A", "ITEM-2", 900, 999), s.goods_in("B", "ITEM-1", 900, 8),
                    s.goods_in("C", "ITEM-1", 900, 8), version=901)  # fmt: skip
    said: list[Body] = [fact.body for variants in record.facts.values() for fact in variants]
    shipments = sorted({b.shipment for b in said if isinstance(b, wms.Loaded | wms.Departed | tms.Delivered)})
    for shipment in shipments:
        yield s.departed(owner, WHEN, shipment, n=900)
        yield s.delivered(owner, WHEN, shipment)
    yield s.credit_cleared(owner, WHEN, n=900)
    yield s.cancelled(owner, WHEN, "chief")


def _of_load(record: Record, load: str) -> Iterator[Event]:
    said: list[Body] = [fact.body for variants in record.facts.values() for fact in variants]
    members = [m for b in said if isinstance(b, tms.LoadPlanned) for m in b.members][:1]
    aboard = tuple(tms.Member(order_id=m.order_id, shipment=m.shipment, weight_grams=1, value_minor=1) for m in members)
    body = tms.LoadPlanned(load=load, version=900, members=aboard, node=NORTH)
    yield s.say(record.key, f"load/{load}/v900", WHEN, body)
    for offer in (b for b in said if isinstance(b, tms.TenderOffered)):
        yield s.answered(load, 1, offer.attempt, "accepted")


def _taken_back(record: Record, cause: str) -> Iterator[Event]:
    """The word that a fact did not stand, of the cause first and then of every other milestone."""
    keys = [cause] * (cause in record.facts) + [k for k in record.facts if k != cause]
    for key in keys:
        for fact in record.facts[key][:1]:
            if isinstance(fact.body, orders.CancelRequested) or fact.source not in ("person", "milepost"):
                yield s.say(record.key, f"rev/{key}", WHEN, wms.Reversed(reverses=key))
