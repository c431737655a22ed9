"""A load's facts on their way to its orders: each fact once to each member, under a derived id.

A fact of the load is told to all its members; a row of the optimiser, of which there may be thousands, to its order.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from milepost.contracts import controls, tms, wms
from milepost.contracts.events import Event, payload_digest
from milepost.contracts.identifiers import digest
from milepost.workflow.decision import Decision
from milepost.workflow.load import for_order
from milepost.workflow.record import Fact, Joined, Place, Record, way

# What an order may learn from its load. Rates stay with the load.
FANNED = (
    tms.LoadPlanned, tms.MemberAssigned, tms.TenderOffered, tms.TenderAccepted, tms.TenderRejected, tms.TenderExpired,
    tms.TenderWithdrawn, tms.PickedUp, tms.InTransit, tms.EtaChanged, tms.Arrived, wms.Reversed,
    controls.ConflictResolved, controls.LinkStands,
)  # fmt: skip


def fan_out(record: Record, decision: Decision, place: Place | None) -> list[Event]:
    """Record how far each member was told and return the events for them; a new member hears everything."""
    events: list[Event] = []
    news = News(record)
    for member in decision.members:
        joined = record.members.get(member)
        upto = joined.upto if joined else 0
        if upto == record.version:
            continue
        events += told(member, record, (f for f in news.of(member) if f[1].version > upto))
        record.members[member] = Joined(record.version, _places(joined, record.version, place))
    return events


def _places(joined: Joined | None, version: int, place: Place | None) -> tuple[Place, ...]:
    """Return the places that tell the member everything when read again; most tell it their own facts alone."""
    before = joined.places if joined else ()
    usual = joined is not None and joined.upto == version - 1
    return before if usual or place is None else (*before, place)


def fan_out_again(record: Record, replayed: set[Place]) -> list[Event]:
    """Return again what was fanned out for the places that are being read again."""
    events: list[Event] = []
    news = News(record)
    for member, joined in record.members.items():
        whole = not replayed.isdisjoint(joined.places)
        events += told(member, record, (f for f in news.of(member) if whole or f[1].place in replayed))
    return events


_Told = tuple[str, Fact]  # under its key


class News:
    """What orders may learn from a load's record: some of it all of them, some of it only those it is about."""

    def __init__(self, record: Record) -> None:
        self._all: list[_Told] = []
        self._own: dict[str, list[_Told]] = {}
        concerned = {
            key: _orders(variants)
            for key, variants in record.facts.items()
            if type(variants[0].body) is tms.MemberAssigned
        }
        for key, fact in _facts(record):
            about = concerned.get(_subject(key, fact))
            if about is None:
                self._all.append((key, fact))
            for order in about or ():
                self._own.setdefault(order, []).append((key, fact))

    def of(self, member: str) -> list[_Told]:
        """Return what ``member`` may learn."""
        return self._all + self._own.get(member, [])


def _orders(variants: tuple[Fact, ...]) -> tuple[str, ...]:
    """Return the orders that the rows under one key name."""
    return tuple(dict.fromkeys(f.body.order_id for f in variants if isinstance(f.body, tms.MemberAssigned)))


def _subject(key: str, fact: Fact) -> str:
    """Return the key of the fact that this one is about: of a reversal or a resolution, what it names."""
    if isinstance(fact.body, wms.Reversed):
        return fact.body.reverses
    return fact.body.key if isinstance(fact.body, controls.ConflictResolved) else key


def _facts(record: Record) -> Iterable[tuple[str, Fact]]:
    for key, variants in record.facts.items():
        for fact in variants:
            if isinstance(fact.body, controls.ConflictResolved):
                chosen = _chosen(record, fact.body)
                if chosen is not None:  # it can be told once both are known, whichever came last
                    yield key, fact if fact.version >= chosen.version else _moved(fact, chosen)
            elif isinstance(fact.body, tms.MemberAssigned) and len(variants) > 1:
                yield key, _moved(fact, max(variants, key=lambda f: f.version))  # whom it concerns may have grown
            elif isinstance(fact.body, FANNED):
                yield key, fact


def _chosen(record: Record, resolution: controls.ConflictResolved) -> Fact | None:
    """Return the payload that a resolution names, if orders know of that key at all."""
    for fact in record.facts.get(resolution.key, ()):
        if isinstance(fact.body, FANNED) and payload_digest(fact.occurred_at, fact.body) == resolution.payload:
            return fact
    return None


def _moved(fact: Fact, to: Fact) -> Fact:
    return msgspec.structs.replace(fact, version=to.version, place=to.place)


def _mine(record: Record, fact: Fact, member: str) -> Fact:
    """Return the fact as ``member`` sees it; a resolution names the payload by the digest it has there."""
    if not isinstance(fact.body, controls.ConflictResolved):
        return for_order(fact, member)
    chosen = for_order(_chosen(record, fact.body) or fact, member)
    body = msgspec.structs.replace(fact.body, payload=payload_digest(chosen.occurred_at, chosen.body))
    return Fact(fact.occurred_at, body, fact.source)


def told(member: str, record: Record, facts: Iterable[tuple[str, Fact]]) -> list[Event]:
    """Return the facts as events owned by ``member``."""
    events = []
    for key, fact in facts:
        mine = _mine(record, fact, member)
        id_ = digest(record.key, member, key, payload_digest(mine.occurred_at, mine.body), *way(fact))
        events.append(
            Event(event_id=id_, business_key=key, owner=member, occurred_at=mine.occurred_at, source=fact.source,
                  partner="milepost", correlation_id=record.key, via=fact.via, body=mine.body)
        )  # fmt: skip
    return events
