"""How long exceptions were open, by the facts' own times: from the time of the cause to the fact that ended it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import get_args

from milepost.contracts.events import Event
from milepost.contracts.reports import Severity
from milepost.metrics.registry import Registry
from milepost.metrics.spans import Spans, seconds
from milepost.workflow.decision import Problem
from milepost.workflow.exceptions import exception_id, problems
from milepost.workflow.record import Record
from milepost.workflow.remembered import last_of
from milepost.workflow.rules import Rules
from milepost.workflow.step import Outputs, decision_if_any


class ExceptionSpans:
    """The histogram of one process, with a series for each severity from the start."""

    def __init__(self, registry: Registry, rules: Rules) -> None:
        self._rules = rules
        self._spans = Spans(registry, "exception_resolution_seconds", [(one,) for one in get_args(Severity)])

    def closed(self, before: Record, after: Record, news: Sequence[Event], said: Outputs) -> Mapping[str, str]:
        """Measure the exceptions that this step closed; return id -> the severity with which each stood.

        What it was follows from the record before the step, decided again where nobody remembers: closing is rare.
        """
        ended = [one.id for one in said.exceptions if _ended(one.id, before, after)]
        decision = (last_of(before, self._rules) or decision_if_any(before, self._rules)) if ended else None
        if decision is None:
            return {}
        stood = {exception_id(before.key, problem): problem for problem in problems(before, decision)}
        until = max((event.occurred_at for event in news), default=None)
        for problem in (stood[id_] for id_ in ended if id_ in stood):
            since = problem.since or next(_times(before, problem), None)
            if since is not None and until is not None:
                self._spans.observe(seconds(since, until), before.key, (problem.severity,))
        return {id_: stood[id_].severity for id_ in ended if id_ in stood}


def _ended(id_: str, before: Record, after: Record) -> bool:
    was, now = before.raised.get(id_), after.raised.get(id_)
    return was is not None and was.open and now is not None and not now.open


def _times(record: Record, problem: Problem) -> Iterator[datetime]:
    """The time of the newest fact that the problem names, where it bears none; of nothing named, of the newest fact."""
    named = [fact for key in (problem.cause, *problem.evidence) for fact in record.facts.get(key, ())]
    if named:
        yield max(fact.occurred_at for fact in named)
    elif problem.cause in record.outbox and record.outbox[problem.cause].since_s:
        yield datetime.fromtimestamp(record.outbox[problem.cause].since_s, UTC)
    elif record.facts:
        yield max(fact.occurred_at for variants in record.facts.values() for fact in variants)
