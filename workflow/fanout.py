"""A load's facts on their way to its orders: each fact once to each member, under a derived id."""

from __future__ import annotations

from collections.abc import Iterable

from milepost.contracts import controls, tms, wms
from milepost.contracts.events import Event, payload_digest
from milepost.contracts.identifiers import digest
from milepost.workflow.decision import Decision
from milepost.workflow.load import for_order
from milepost.workflow.record import Fact, Joined, Place, Record

# What an order may learn from its load. Rates stay with the load.
FANNED = (
    tms.LoadPlanned, tms.TenderOffered, tms.TenderAccepted, tms.TenderRejected, tms.TenderExpired, tms.TenderWithdrawn,
    tms.PickedUp, tms.InTransit, tms.EtaChanged, tms.Arrived, wms.Reversed, controls.ConflictResolved,
)  # fmt: skip


def fan_out(record: Record, decision: Decision, place: Place | None) -> list[Event]:
    """Record how far each member was told and return the events for them; a new member hears everything."""
    events: list[Event] = []
    for member in decision.members:
        joined = record.members.get(member)
        upto = joined.upto if joined else 0
        if upto == record.version:
            continue
        events += told(member, record, (f for f in _facts(record) if f[1].version > upto))
        record.members[member] = Joined(record.version, joined.place if joined else place)
    return events


def fan_out_again(record: Record, replayed: set[Place]) -> list[Event]:
    """Return again what was fanned out for the places that are being read again."""
    events: list[Event] = []
    for member, joined in record.members.items():
        whole = joined.place in replayed
        events += told(member, record, (f for f in _facts(record) if whole or f[1].place in replayed))
    return events


def _facts(record: Record) -> Iterable[tuple[str, Fact]]:
    return ((key, f) for key, variants in record.facts.items() for f in variants if isinstance(f.body, FANNED))


def told(member: str, record: Record, facts: Iterable[tuple[str, Fact]]) -> list[Event]:
    """Return the facts as events owned by ``member``."""
    events = []
    for key, fact in facts:
        mine = for_order(fact, member)
        id_ = digest(record.key, member, key, payload_digest(mine.occurred_at, mine.body))
        events.append(
            Event(event_id=id_, business_key=key, owner=member, occurred_at=mine.occurred_at, source=fact.source,
                  partner="milepost", correlation_id=record.key, body=mine.body)
        )  # fmt: skip
    return events
