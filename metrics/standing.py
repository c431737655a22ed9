"""How one order or load stands: its stage and state, what holds it, and what is open on it, where, in whose system."""

from __future__ import annotations

from typing import NamedTuple, get_args

from milepost.contracts.reports import Severity
from milepost.workflow.decision import Decision
from milepost.workflow.exception_types import NOT_REOPENED, type_of
from milepost.workflow.exceptions_shown import exceptions_shown
from milepost.workflow.record import Record
from milepost.workflow.remembered import last_of
from milepost.workflow.rules import Rules
from milepost.workflow.stage import transaction_state
from milepost.workflow.step import decision_if_any
from milepost.workflow.stub import Stub

NO_STAGE = "none"
SEVERITIES: tuple[str, ...] = get_args(Severity)  # from the mildest


class Stuck(NamedTuple):
    """An open exception that is somebody's move now: a snoozed one is nobody's."""

    stage: str
    cause: str
    system: str
    severity: str


class Standing(NamedTuple):
    """``status`` is empty for a stub, which is counted as closed by other means; each hold and cause is named once."""

    stage: str
    status: str
    holds: tuple[str, ...] = ()
    stuck: tuple[Stuck, ...] = ()


def standing(record: Record | Stub, rules: Rules) -> Standing | None:
    """Return how the owner stands; None of one that is not there, and of a stub that could always be opened."""
    if isinstance(record, Stub):
        row = type_of(NOT_REOPENED)
        stuck = Stuck(NO_STAGE, NOT_REOPENED, row.system, row.severity)
        return Standing(NO_STAGE, "", (), (stuck,)) if record.failed else None
    if not record.version:
        return None
    decision = None if record.failed else last_of(record, rules) or decision_if_any(record, rules)
    if decision is None:
        return _undecided(record)
    holds = tuple(sorted({hold.type for hold in decision.holds}))
    return Standing(decision.stage, transaction_state(record, decision), holds, _stuck(record, decision))


def _stuck(record: Record, decision: Decision) -> tuple[Stuck, ...]:
    """What ``milepost exceptions --group`` counts of this owner, once each, with how grave it is at most."""
    if not any(raised.open for raised in record.raised.values()):
        return ()
    found: dict[tuple[str, str, str], str] = {}
    for shown in exceptions_shown(record, decision):
        if shown.open and shown.status not in ("snoozed", "resolved"):
            group = (shown.stage or NO_STAGE, shown.type, shown.system or NO_STAGE)
            found[group] = max(found.get(group, SEVERITIES[0]), shown.severity, key=SEVERITIES.index)
    return tuple(sorted(Stuck(*group, severity) for group, severity in found.items()))


def _undecided(record: Record) -> Standing:
    """Nothing can be decided: what was open stays open, as grave as its type; its stage is not known any more."""
    rows = {raised.type: type_of(raised.type) for raised in record.raised.values() if raised.open}
    stuck = (Stuck(NO_STAGE, cause, row.system, row.severity) for cause, row in rows.items())
    return Standing(NO_STAGE, "parked", (), tuple(sorted(stuck)))
