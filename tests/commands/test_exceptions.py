"""Laws of what people see of exceptions: grouped by what keeps orders back, and the same without the topic."""

from __future__ import annotations

from collections.abc import Callable

from milepost.commands.exceptions import columns, grouped, shows
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingAnswered
from milepost.contracts.reports import ExceptionRaised
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES
from milepost.workflow.evolve import Arrival
from milepost.workflow.exceptions_shown import exceptions_shown
from milepost.workflow.outbox import state
from milepost.workflow.record import Record
from milepost.workflow.settle import command_of
from milepost.workflow.step import decide, step

EACH = 20  # orders of each of the five causes
ATTRIBUTED_MIN = 0.95  # S68


def _began(order: str) -> list[Event]:
    return [s.released(order, 0, s.line("A", "ITEM-2", 5)), s.picked(order, 10, "A", 5), s.departed(order, 50, "S")]


def _short(order: str) -> list[Event]:
    return [s.released(order, 0, s.line("A", "ITEM-2", 5)), s.picked(order, 10, "A", 3), s.short(order, 11, "A", 2)]


def _contested(order: str) -> list[Event]:
    return [s.released(order, 0, s.line("A", "ITEM-2", 5)), s.picked(order, 10, "A", 5), s.picked(order, 10, "A", 4)]


def _blocked(order: str) -> list[Event]:
    return [*_began(order), s.credit_blocked(order, 20)]


def _no_departure(order: str) -> list[Event]:
    """Its site was given five minutes for the departure after the loading; nothing came."""
    start = [s.released(order, 0, s.line("A", "ITEM-2", 5), lane="impatient"), s.picked(order, 10, "A", 5),
             s.loaded(order, 40, "S")]  # fmt: skip
    record, _ = step(Record(order), [Arrival(e) for e in start], RULES, 1)
    due = next(d for d in decide(record, RULES).deadlines if d.kind == "ship_confirm")
    minutes = (due.due - start[0].occurred_at).seconds // 60
    return [*start, s.clock(order, due.kind, due.subject, minutes)]


STUCK: dict[tuple[str, str, str], Callable[[str], list[Event]]] = {
    ("in_fulfilment", "SHORT_PICK", "people"): _short,
    ("released", "CONFLICT", "people"): _contested,
    ("shipped", "CREDIT_BLOCK", "ERP"): _blocked,
    ("shipped", "POSTING_REJECTED", "ERP"): _began,
    ("in_fulfilment", "SHIP_CONFIRM_LATE", "WMS"): _no_departure,
}


def _refused(record: Record) -> Record:
    """The ERP's books do not take what is open."""
    answers = []
    for entry in (e for e in record.outbox.values() if state(e) == "open"):
        body = PostingAnswered(
            outcome="rejected", command=command_of(record, entry), code="LOCKED", text="item is locked"
        )
        answers.append(Arrival(s.say(record.key, f"receipt/{entry.id}/0/rejected", 60, body)))
    return step(record, answers, RULES, 1)[0]


def _stuck(order: str, cause: str, facts: list[Event]) -> tuple[Record, list[ExceptionRaised]]:
    record, said = step(Record(order), [Arrival(e) for e in facts], RULES, 1)
    if cause == "POSTING_REJECTED":
        record = _refused(record)
    return record, said.exceptions


def test_orders_stuck_for_five_reasons_are_told_apart() -> None:
    """Of 100 orders stuck for five reasons, at least 95 stand in the group of their stage, cause and system."""
    why = {f"O-{n}-{i}": (cause, story) for n, (cause, story) in enumerate(STUCK.items()) for i in range(EACH)}
    found: list[ExceptionRaised] = []
    for order, ((_, type_, _), story) in why.items():
        record, _ = _stuck(order, type_, story(order))
        found += exceptions_shown(record, decide(record, RULES))
    groups = grouped(one for one in found if shows(one))
    right = sum(order in groups.get(cause, []) for order, (cause, _) in why.items())
    assert right >= ATTRIBUTED_MIN * len(why), {key: len(owners) for key, owners in groups.items()}
    assert [len(o) for o in groups.values()] == sorted((len(o) for o in groups.values()), reverse=True)


def test_records_tell_what_their_topic_tells() -> None:
    """Exceptions that follow from a record are those that its lane published, to the letter."""
    for (_, type_, _), story in STUCK.items():
        if type_ == "POSTING_REJECTED":
            continue
        record, published = _stuck("O-1", type_, story("O-1"))
        told = {one.id: one for one in published}
        assert {one.id: one for one in exceptions_shown(record, decide(record, RULES))} == told
        assert type_ in {one.type for one in told.values()}


def test_what_is_resolved_is_still_told_as_resolved() -> None:
    """A conflict that a person resolved is shown with them and how, and is nobody's move."""
    facts = _contested("O-1")
    record, _ = step(Record("O-1"), [Arrival(e) for e in facts], RULES, 1)
    record, _ = step(record, [Arrival(s.resolved("O-1", 90, facts[1]))], RULES, 1)
    (one,) = (e for e in exceptions_shown(record, decide(record, RULES)) if e.type == "CONFLICT")
    assert not shows(one)
    assert "resolved by ada (resolved)" in columns(one)
