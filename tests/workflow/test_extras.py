"""Where the ERP enforces no unique references: what was booked twice is found and reversed."""

from __future__ import annotations

from hypothesis import given
from milepost.contracts.controls import PostingChecked
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES
from milepost.tests.workflow.lives import Life, lives, seeds
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import doubled
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record
from milepost.workflow.step import step


@law
@given(lives(), seeds)
def test_a_document_too_many_is_reversed(life: Life, seed: int) -> None:
    """After posting passes, what was booked twice under one id is undone, the net is what ought to be, and the
    exceptions have closed."""
    doubled(life, seed)


def test_a_person_closes_a_finding() -> None:
    """What the posting pass found stays open until a release names it, for nothing else can say that it was mended."""
    found = s.say("O-1", "checked/P/missing/1", 5, PostingChecked(posting="P", finding="missing"))
    record, _ = step(Record("O-1"), [Arrival(s.released("O-1", 0, s.line("A", "ITEM-1", 1)))], RULES, 1)
    record, shown = step(record, [Arrival(found)], RULES, 1)
    _, after = step(record, [Arrival(s.let_go("O-1", 6, found.business_key))], RULES, 1)
    assert [(e.type, e.open) for e in shown.exceptions + after.exceptions] == [
        ("POSTING_MISSING", True), ("POSTING_MISSING", False),
    ]  # fmt: skip
