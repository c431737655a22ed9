"""Facts kept under an owner that nobody released, sent on to the order they belong to: a person's link.

Like a load's facts to its orders: each once, under a derived id, and those that come later follow. They may be linked
on from there; in a ring of links each record takes a fact once, so that no ring goes round for ever.
"""

from __future__ import annotations

from collections.abc import Iterable

from milepost.contracts import controls, tms, verbs
from milepost.contracts.events import Event, payload_digest
from milepost.contracts.identifiers import digest, is_load, part
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Decision
from milepost.workflow.record import Fact, Joined, Place, Record, way

VIA = " via "  # in a fact's source: the owner under which it was first kept
# Milepost's own words about this owner, the link itself, and plans, whose members only their source can correct.
_STAY = (
    controls.DeadlineFired, controls.RulesPinned, controls.DecisionDrifted, controls.PostingChecked,
    verbs.RulesMigrated, verbs.MigrationOrdered, verbs.Linked, verbs.Acknowledged, verbs.Assigned, verbs.Snoozed,
    tms.LoadPlanned, tms.MemberAssigned,
)  # fmt: skip


def link(record: Record, counted: Counted, decision: Decision) -> bool:
    """Say whether a person sent these facts to an order; the last word stands. Only for what nobody released."""
    said = [w for w in counted.standing(verbs.Linked) if w[0] not in counted.released]
    target = said[-1][2].order_id if said else record.key
    if is_load(record.key) or is_load(target) or target == record.key:
        return False
    decision.linked, decision.stage = target, "linked"
    return True


def link_out(record: Record, target: str, place: Place | None) -> list[Event]:
    """Record how far the order was told and return the events for it; at first it hears everything."""
    joined = record.members.get(target)
    upto = joined.upto if joined else 0
    if upto == record.version:
        return []
    before = joined.places if joined else ()
    usual = joined is not None and upto == record.version - 1
    record.members[target] = Joined(record.version, before if usual or place is None else (*before, place))
    return _sent(record, target, (f for f in _facts(record) if f[1].version > upto))


def link_out_again(record: Record, replayed: set[Place]) -> list[Event]:
    """Return again what was sent on for the places that are being read again."""
    events: list[Event] = []
    for target, joined in record.members.items():
        whole = not replayed.isdisjoint(joined.places)
        told = (f for f in _facts(record) if f[1].version <= joined.upto and (whole or f[1].place in replayed))
        events += _sent(record, target, told)
    return events


def _facts(record: Record) -> Iterable[tuple[str, Fact]]:
    for key, variants in record.facts.items():
        for fact in variants:
            if not isinstance(fact.body, _STAY):
                yield key, fact


def _sent(record: Record, target: str, facts: Iterable[tuple[str, Fact]]) -> list[Event]:
    return [
        Event(event_id=digest(record.key, target, key, payload_digest(fact.occurred_at, fact.body), *way(fact)),
              business_key=key, owner=target, occurred_at=fact.occurred_at, source=_source(record, fact),
              partner="milepost", correlation_id=record.key, via=fact.via, body=fact.body)
        for key, fact in facts
    ]  # fmt: skip


def _source(record: Record, fact: Fact) -> str:
    return fact.source if VIA in fact.source else f"{part(fact.source or 'milepost')}{VIA}{part(record.key)}"
