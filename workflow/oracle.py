"""One pass over all facts with a perfect ERP: what ought to be booked when everything has arrived (laws, oracle a)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from milepost.contracts.documents import journal_of
from milepost.contracts.events import Event
from milepost.contracts.identifiers import is_load
from milepost.contracts.postings import PostingAnswered
from milepost.contracts.wms import InstructionAnswered
from milepost.workflow.decision import Decision
from milepost.workflow.evolve import Arrival, evolve
from milepost.workflow.fanout import fan_out
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules
from milepost.workflow.step import decide, fired

PERIOD_CHARS = 7  # YYYY-MM
DOCUMENT = "document"

RowKey = tuple[str, str, str, str, str]  # owner, chain, account, currency, period


@dataclass(slots=True)
class Ought:
    """``rows``: net in minor units by (owner, chain, account, currency, period); of documents without amounts the
    count under the account ``document``. ``blocked``: chains a hold still stops. ``stages`` by owner."""

    rows: dict[RowKey, int] = field(default_factory=dict)
    blocked: set[tuple[str, str]] = field(default_factory=set)
    stages: dict[str, str] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)


def ought_of(events: Iterable[Event], rules: Rules, until: datetime | None = None) -> Ought:
    """Return what follows from ``events``, in whatever order and number they come; answers to us are passed over.

    Facts of loads reach their orders here as they do in the running system. With ``until`` the clock passes that
    moment when all has been said: deadlines that are open then fire.
    """
    groups: dict[str, list[Event]] = {}
    for event in events:
        if not isinstance(event.body, PostingAnswered | InstructionAnswered):
            groups.setdefault(event.owner, []).append(event)
    for owner in [owner for owner in groups if is_load(owner)]:
        record, decision = _decided(owner, groups[owner], rules, until)
        for fanned in fan_out(record, decision, None):
            groups.setdefault(fanned.owner, []).append(fanned)
    result = Ought()
    for owner in sorted(groups):
        _, decision = _decided(owner, groups[owner], rules, until)
        result.stages[owner], result.decisions[owner] = decision.stage, decision
        _book(owner, decision, result)
    return result


def _decided(owner: str, events: list[Event], rules: Rules, until: datetime | None) -> tuple[Record, Decision]:
    record, _ = evolve(Record(owner), [Arrival(event) for event in events], rules)
    record.version = 1
    while until is not None and (due := fired(record, rules, until, None)):
        record, _ = evolve(record, due, rules)
    return record, decide(record, rules)


def _book(owner: str, decision: Decision, result: Ought) -> None:
    for chain, ought in decision.ought.items():
        if decision.blocked(chain) or (ought.requires and decision.blocked(ought.requires)):
            result.blocked.add((owner, chain))
        period = ought.document.date[:PERIOD_CHARS]
        journal = journal_of(ought.document)
        for line in journal:
            key = (owner, chain, line.account, line.currency, period)
            result.rows[key] = result.rows.get(key, 0) + line.amount_minor
        if not journal:
            result.rows[(owner, chain, DOCUMENT, "", period)] = 1
