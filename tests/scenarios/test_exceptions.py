"""Exceptions as objects (S79): type, severity, queue, SLA clock, open → acknowledged → resolved, and by whom."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import milepost.workflow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts import verbs
from milepost.contracts.controls import DataQualityFound, PostingRetried
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingAnswered
from milepost.contracts.reports import ExceptionRaised
from milepost.tests.scenarios.story import clock, opened, published, then, told, under
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import at
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.walk import accepted
from milepost.workflow import step
from milepost.workflow.decision import Decision, Problem
from milepost.workflow.evolve import Arrival
from milepost.workflow.exception_types import TABLE
from milepost.workflow.exceptions import exception_id, problems
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules
from milepost.workflow.said import Said

RELEASE = s.released("O-1", 0, s.line("A", "ITEM-2", 10))
PICK = s.picked("O-1", 10, "A", 10)
OTHER_PICK = s.picked("O-1", 10, "A", 4)
GONE = s.departed("O-1", 50, "S-1")
CONFLICT = exception_id("O-1", Problem("CONFLICT", PICK.business_key, "error", "", ""))
SLA = {"error": 3600}
ODD = s.say("O-1", "odd/1", 20, DataQualityFound(field="weight", value="heavy"))
ODD_ID = exception_id("O-1", Problem("DATA_QUALITY", "odd/1", "info", "", ""))


def acknowledged(minutes: int, exception: str, actor: str = "ada") -> Event:
    return s.word("O-1", minutes, verbs.Acknowledged(actor=actor, exception=exception))


def assigned(minutes: int, exception: str, queue: str) -> Event:
    return s.word("O-1", minutes, verbs.Assigned(actor="ada", reason="theirs", exception=exception, queue=queue))


def snoozed(minutes: int, exception: str, until: int) -> Event:
    return s.word("O-1", minutes, verbs.Snoozed(actor="ada", reason="monday", exception=exception, until=at(until)))


def test_every_type_in_the_code_is_in_the_table() -> None:
    """No rule opens an exception whose severity, system and way to close are not in the one table; nor does the table
    keep types that nothing opens."""
    said: set[str] = set()
    for path in Path(milepost.workflow.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in ("Problem", "Hold", "_refused", "_missing", "_due", "_shown", "_problem"):
                    said.add(str(node.args[0].value))
    types = {one for one in said if re.fullmatch(r"[A-Z][A-Z_]+", one)}
    assert types > {"CONFLICT", "MANUAL", "SHIP_CONFIRM_LATE", "UNKNOWN_CUSTOMER"}
    assert types <= TABLE.keys(), types - TABLE.keys()


def test_every_row_says_how_it_closes() -> None:
    """Each type says what it means and how it closes, by itself or by a person's word."""
    for name, row in TABLE.items():
        assert row.means, name
        assert row.closes.startswith("by "), name
        assert row.queue, name


BY_ITSELF = {name for name, row in TABLE.items() if not row.releasable and not row.steps}


@pytest.mark.parametrize("name", sorted(TABLE.keys() - BY_ITSELF))
def test_a_persons_release_or_skip_ends_it(name: str) -> None:
    """Every type that a person can end is ended by the release of its cause, or by the skip of any of its steps, and
    by no word about another cause."""
    problem = Problem(name, "CAUSE", "error", "desk", "text", ("EVIDENCE",))
    row = TABLE[name]

    def open_after(said: Said) -> bool:
        return problem in problems(Record("O-1"), Decision(problems=[problem], said=said))

    assert open_after(Said(released={"OTHER"}, skips={"milestone/other": "ada"}))
    if row.releasable:
        assert not open_after(Said(released={"CAUSE"}))
    for one in row.steps:
        assert not open_after(Said(skips={one: "ada"}))


def test_the_types_that_only_their_cause_ends_are_few_and_named() -> None:
    """What no release ends has its own way out, each shown by a story: master data and currency by a later order, a
    conflict by a resolution, a rejection by a retry, a decision that failed by one that does not, a closed order's news
    by its journal. What concerns a partner is no order's decision: its lane, its gateway or a person's word ends it."""
    of_partners = {
        "DELIVERY_FAILED", "DELIVERY_REFUSED", "DELIVERY_UNACKNOWLEDGED", "DELIVERY_UNKNOWN", "OWNERSHIP_VIOLATION",
        "SOURCE_PAUSED", "UNMAPPED_STATUS", "WEBHOOK_GAP",
    }  # fmt: skip
    assert of_partners | {
        "AMOUNT_TOO_LARGE", "COMPENSATION_FAILED", "CONFLICT", "DECISION_FAILED", "ORDER_NOT_REOPENED",
        "POSTING_REJECTED", "RECORD_TOO_LARGE", "RETURN_UNAPPROVED", "TRANSPORT_MODE", "TRANSPORT_WEIGHT",
        "UNKNOWN_CUSTOMER", "UNKNOWN_ITEM", "UNKNOWN_SITE", "UNKNOWN_SUPPLIER",
    } == BY_ITSELF  # fmt: skip


def test_s79_from_open_over_acknowledged_to_resolved_by_a_person() -> None:
    """S79: given two payloads under one key, an exception opens at the data steward's; somebody takes it on, gives it
    to the warehouse desk, and a third resolves it: each change is published, and at last who resolved it and how."""
    for world in told(RELEASE, PICK, OTHER_PICK, tellings=6):
        one = published(world, "CONFLICT")
        assert (one.status, one.severity, one.queue, one.system) == ("open", "error", "data-steward", "people")
        assert one.opened_at == at(10)
        assert (one.stage, len(one.evidence)) == ("released", 2)
        then(world, acknowledged(20, CONFLICT), assigned(25, CONFLICT, "warehouse-desk"))
        one = published(world, "CONFLICT")
        assert (one.status, one.acknowledged_by, one.queue) == ("acknowledged", "ada", "warehouse-desk")
        then(world, s.resolved("O-1", 70, PICK))
        one = published(world, "CONFLICT")
        assert (one.open, one.status, one.resolution, one.resolved_by) == (False, "resolved", "resolved", "ada")


def test_the_last_word_counts_by_its_time() -> None:
    """Assigned twice, the later word stands, whichever arrived first."""
    for world in told(RELEASE, PICK, OTHER_PICK, assigned(25, CONFLICT, "late"), assigned(24, CONFLICT, "early")):
        assert published(world, "CONFLICT").queue == "late"


def test_an_exception_left_too_long_escalates_once() -> None:
    """Its SLA clock runs from its cause; past it the exception is overdue and goes up one queue. A pause for a snooze
    moves the clock by as long as it lasted."""
    rules = under(sla_s=SLA, escalates_to={"data-steward": "head-of-data"})
    for world in told(RELEASE, PICK, OTHER_PICK, rules=rules, tellings=4):
        assert published(world, "CONFLICT").due_at == at(70)
        then(world, snoozed(20, CONFLICT, 50))
        one = published(world, "CONFLICT")
        assert (one.status, one.snoozed_until, one.due_at) == ("snoozed", at(50), at(100))
        clock(world, 51)
        assert (published(world, "CONFLICT").status, published(world, "CONFLICT").overdue) == ("open", False)
        clock(world, 101)
        one = published(world, "CONFLICT")
        assert (one.overdue, one.queue) == (True, "head-of-data")
        then(world, s.resolved("O-1", 120, PICK))
        assert opened(world, "O-1") == set()


def test_an_acknowledgement_wakes_what_was_snoozed() -> None:
    """Snoozed, and then taken on: the later word counts, and a snooze after it puts it to sleep again."""
    for world in told(RELEASE, PICK, OTHER_PICK, snoozed(20, CONFLICT, 500), acknowledged(30, CONFLICT), tellings=3):
        one = published(world, "CONFLICT")
        assert (one.status, one.snoozed_until) == ("acknowledged", None)
        then(world, snoozed(40, CONFLICT, 600))
        assert published(world, "CONFLICT").status == "snoozed"
        clock(world, 601)
        assert published(world, "CONFLICT").status == "acknowledged"


def test_no_patience_no_clock() -> None:
    """Where the policy gives a severity no time, nothing falls due."""
    for world in told(RELEASE, PICK, OTHER_PICK, rules=under(sla_s={"critical": 60}), tellings=3):
        assert published(world, "CONFLICT").due_at is None


def test_what_a_person_released_is_not_raised_again_for_the_same_cause() -> None:
    """A source's odd value, once seen and released, stays closed whatever else comes; another value opens anew."""
    for world in told(RELEASE, ODD, tellings=6):
        then(world, s.let_go("O-1", 30, "odd/1"))
        one = published(world, "DATA_QUALITY")
        assert (one.resolution, one.resolved_by) == ("released", "ada")
        then(world, PICK, GONE)
        assert opened(world, "O-1") == set()
        then(world, s.say("O-1", "odd/2", 60, DataQualityFound(field="weight", value="light")))
        assert published(world, "DATA_QUALITY", "odd/2").open


def test_what_cleared_by_itself_says_so() -> None:
    """A missing departure that is reported after all is cleared, by nobody."""
    for world in told(RELEASE, PICK, s.delivered("O-1", 90, "S-1"), tellings=4):
        assert published(world, "MISSING_MILESTONE").open
        then(world, GONE)
        one = published(world, "MISSING_MILESTONE")
        assert (one.resolution, one.resolved_by) == ("cleared", "")


@law
@given(st.permutations([
    RELEASE, PICK, OTHER_PICK, ODD, acknowledged(20, CONFLICT), acknowledged(30, CONFLICT, "bob"),
    assigned(31, CONFLICT, "desk-2"), snoozed(40, ODD_ID, 90), s.let_go("O-1", 41, "nothing/1"),
]), st.integers(1, 4))  # fmt: skip
def test_any_order_of_words_and_facts_ends_alike(events: list[Event], chunk: int) -> None:
    """Words and facts in any order and chunks: what stands published at the end is the same, and each publication
    differs from the one before it."""
    record, rules = Record("O-1"), under(sla_s=SLA)
    last: dict[str, ExceptionRaised] = {}
    for start in range(0, len(events), chunk):
        record, said = _step(record, rules, *events[start : start + chunk])
        for one in said.exceptions:
            assert one != last.get(one.id)
            last[one.id] = one
    left = {(e.type, e.cause): (e.status, e.queue, e.acknowledged_by, e.due_at, e.snoozed_until)
            for e in last.values() if e.open}  # fmt: skip
    assert left == {
        ("CONFLICT", PICK.business_key): ("acknowledged", "desk-2", "bob", at(70), None),
        ("DATA_QUALITY", "odd/1"): ("snoozed", "data-steward", "", None, at(90)),
        ("CONTROL_UNKNOWN", s.let_go("O-1", 41, "nothing/1").business_key): ("open", "order-desk", "", None, None),
    }  # fmt: skip


def _step(record: Record, rules: Rules, *events: Event) -> tuple[Record, step.Outputs]:
    return step.step(record, [Arrival(e) for e in events], rules, 1)


def test_a_rejection_is_retried_by_a_person_or_skipped() -> None:
    """S79: a rejected posting is open until a person's retry is accepted, or until they vouch that it was booked by
    hand; the news says which."""
    record, said = _step(Record("O-1"), under(), RELEASE, PICK, GONE)
    no = PostingAnswered(outcome="rejected", command=said.commands[0], code="ACCOUNT_LOCKED")
    refusal = s.say("O-1", "receipt/no", 60, no)
    record, refused = _step(record, under(), refusal)
    (one,) = refused.exceptions
    assert (one.type, one.queue, one.system) == ("POSTING_REJECTED", "finance-desk", "ERP")
    retry = s.word("O-1", 80, PostingRetried(actor="bob", reason="open", posting=said.commands[0].id, attempt=0))
    again, said_again = _step(record, under(), retry)
    assert [e.resolution for e in said_again.exceptions] == ["retried"]
    again, closing = _step(again, under(), accepted(said_again.commands[0]))
    assert not [e for e in closing.exceptions if e.open]
    skip = s.word("O-1", 80, verbs.Skipped(actor="eve", reason="booked by hand", step=said.commands[0].chain))
    _, skipped = _step(record, under(), skip)
    assert [(e.resolution, e.resolved_by) for e in skipped.exceptions] == [("skipped", "eve")]
