"""The last decision of a hot record, used again while only facts came from which nothing follows.

An economy, not a state: a record read from its bytes remembers nothing and decides the same (a law of the tests).
"""

from __future__ import annotations

from collections.abc import Iterable

from milepost.contracts import tms, wms
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingAnswered
from milepost.workflow.decision import Decision
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules

# Facts that are shown on the timeline and the ladder; answers to us are no facts of the decision at all.
WEIGHTLESS = frozenset(
    {
        wms.WavePlanned, wms.InstructionAnswered, tms.ShipmentCreated, tms.FreightRated, tms.CarrierAssigned,
        tms.InTransit, tms.EtaChanged, tms.Arrived, tms.Tracked, PostingAnswered,
    }
)  # fmt: skip


def remember(record: Record, rules: Rules, decision: Decision) -> None:
    """Keep ``decision`` beside this copy of the record; it is not part of its bytes. Nobody may change it after."""
    record.__dict__["decided"] = (rules, decision)


def last_of(record: Record, rules: Rules) -> Decision | None:
    """Return the decision remembered with this copy of the record, if it was made under these very rules."""
    known_rules, decision = record.__dict__.get("decided", (None, None))
    return decision if known_rules is rules else None


def weightless(last: Decision, after: Record, added: Iterable[Event]) -> bool:
    """Say whether ``last`` is also the decision on ``after``, which has the facts ``added`` as well.

    A parked owner's deadline hangs on every fact, a second payload of any key is a conflict, what partners answer to a
    cancellation decides what is told next, and a silent site is heard of by its wave.
    """
    if last.stage == "parked" or (last.asks and any(type(e.body) is wms.InstructionAnswered for e in added)):
        return False
    silent = any(d.kind == "milestone" for d in last.deadlines)
    return all(
        type(e.body) in WEIGHTLESS
        and len(after.facts.get(e.business_key, ())) < 2
        and not (silent and type(e.body) is wms.WavePlanned)
        for e in added
    )


def decides_alike(last: Decision | None, decision: Decision) -> bool:
    """Say whether two decisions on one record want and hold the same, so that their digest is the same."""
    if last is decision:
        return True
    return last is not None and last.ought == decision.ought and last.holds == decision.holds


def settles_alike(last: Decision, decision: Decision, before: Record, record: Record) -> bool:
    """Say whether settle would send nothing: all it reads is as it was when it last ran, and it is idempotent."""
    return (
        record.outbox == before.outbox
        and decides_alike(last, decision)
        and last.retries == decision.retries
        and last.extras == decision.extras
        and last.skipped == decision.skipped
    )


def tells_alike(last: Decision, decision: Decision, before: Record, record: Record) -> bool:
    """Say whether others need not be told anything: all that is read for it is as it was when they last were."""
    return (
        record.told == before.told
        and last.tellings == decision.tellings
        and last.notices == decision.notices
        and last.stays == decision.stays
        and last.asks == decision.asks
    )


def quiet(known: Decision, before: Record, record: Record) -> bool:
    """Say whether nothing at all follows from facts that left the decision ``known`` as it was.

    A person's word may have named one of them, and a migration or a link is the step's own to see to.
    """
    if known.said is not None or known.migrating or known.linked:
        return False
    return record.outbox == before.outbox and record.told == before.told
