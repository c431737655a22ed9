"""All exceptions of one record as they stand, without their topic: for whoever has records and rules only."""

from __future__ import annotations

from milepost.contracts.reports import ExceptionRaised
from milepost.workflow.decision import Decision
from milepost.workflow.exceptions import exception_id, problems
from milepost.workflow.record import Record
from milepost.workflow.reporting import closed, shown, standing


def exceptions_shown(record: Record, decision: Decision) -> list[ExceptionRaised]:
    """Return the last word on every exception of the record, as it was or would be published; open ones first."""
    current = {exception_id(record.key, problem): problem for problem in problems(record, decision)}
    open_ = [
        shown(record.key, id_, problem, standing(record, id_, problem, decision), decision.stage)
        for id_, problem in current.items()
    ]
    return open_ + [
        closed(record, id_, raised, decision) for id_, raised in record.raised.items() if id_ not in current
    ]
