"""Whether an order is closed: nothing is to come of it any more, so that its record may shrink to a stub."""

from __future__ import annotations

from collections.abc import Iterator

from milepost.workflow import reporting, telling
from milepost.workflow.decision import Decision
from milepost.workflow.journalled import content
from milepost.workflow.outbox import state
from milepost.workflow.record import Place, Record
from milepost.workflow.rules import Rules
from milepost.workflow.settle import settle
from milepost.workflow.stage import COMPLETE, transaction_state

_ENDED = frozenset((*COMPLETE, "cancelled"))


def closed(record: Record, decision: Decision, rules: Rules) -> bool:
    """Say whether the order has come to its end, by its stage and its documents, and is quiet."""
    if decision.stage not in _ENDED or transaction_state(record, decision) not in ("confirmed", "compensated"):
        return False
    return quiet(record, decision, rules)


def quiet(record: Record, decision: Decision, rules: Rules) -> bool:
    """Say whether nothing is open, held, shown, awaited or still to say: until another fact comes, nothing follows.

    ``decision`` is the one on ``record`` under ``rules``. Where it differs from the last one made, that is a drift: it
    must be shown with the next fact, so the record stays whole.
    """
    if record.failed or record.pending or record.due_s or decision.holds or decision.migrating:
        return False
    if any(raised.open for raised in record.raised.values()) or any(state(e) == "open" for e in record.outbox.values()):
        return False
    if record.decided not in ("", content(decision)):
        return False
    if any(deadline.key not in record.facts for deadline in reporting.due(record, decision)):
        return False
    return not _says(record.copy(), decision, rules)


def _says(trial: Record, decision: Decision, rules: Rules) -> bool:
    """Say whether anything would be commanded or told now."""
    return bool(
        settle(trial, decision, rules.tenant, None)
        or telling.instruct(trial, decision, None)
        or telling.notify(trial, decision, None)
        or reporting.problems(trial, decision)
    )


def places(record: Record) -> Iterator[Place]:
    """Yield every place the record answers for when it is read again; a stub answers for none."""
    yield from record.ticked
    for variants in record.facts.values():
        yield from (fact.place for fact in variants if fact.place)
    for entry in record.outbox.values():
        yield from (place for place in (entry.place, *(a.place for a in entry.receipts)) if place)
    for told in record.told.values():
        yield from (place for place in (told.place, told.answered_at) if place)
    yield from (raised.place for raised in record.raised.values() if raised.place)
    for joined in record.members.values():
        yield from joined.places
