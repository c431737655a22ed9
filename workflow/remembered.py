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
        tms.InTransit, tms.EtaChanged, tms.Arrived, PostingAnswered,
    }
)  # fmt: skip


def remember(record: Record, rules: Rules, decision: Decision) -> None:
    """Keep ``decision`` beside this copy of the record; it is not part of its bytes. Nobody may change it after."""
    record.__dict__["decided"] = (rules, decision)


def remembered(before: Record, after: Record, added: Iterable[Event], rules: Rules) -> Decision | None:
    """Return the decision on ``before`` when it is also that on ``after``, which has the facts ``added`` as well.

    A parked owner's deadline hangs on every fact, and a second payload of any key is a conflict.
    """
    known_rules, decision = before.__dict__.get("decided", (None, None))
    if decision is None or known_rules is not rules or decision.stage == "parked":
        return None
    for event in added:
        if type(event.body) not in WEIGHTLESS or len(after.facts.get(event.business_key, ())) > 1:
            return None
    return decision  # type: ignore[no-any-return]
