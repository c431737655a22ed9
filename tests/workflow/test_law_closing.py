"""Every exception that opens can close; which types the lives opened is printed, and the rest have their stories."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from milepost.contracts.controls import Finding, PostingChecked
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.closing import closing_moves
from milepost.tests.workflow.known_rules import RULES
from milepost.tests.workflow.life_orders import ORDER
from milepost.tests.workflow.lives import Life, life, lives, seeds
from milepost.tests.workflow.people import LATER
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import started
from milepost.tests.workflow.seen import SUMMARY
from milepost.workflow import step
from milepost.workflow.evolve import Arrival
from milepost.workflow.exception_types import TABLE

OPENED: Counter[str] = Counter()
TESTS = Path(__file__).parent.parent
# What waits for a deployment or a change of the program ends with that.
NOT_A_MOVE = ("DECISION_DRIFT", "DECISION_FAILED", "RECORD_TOO_LARGE")


@law
@given(lives(refused=True), seeds)
def test_whatever_opens_can_close(lived: Life, seed: int) -> None:
    """For each exception open at rest, with holds and after they were answered, a person's word, a missing fact or
    one taken back closes it."""
    world = started(lived, seed, rejecting=True)
    world.retrying = False
    world.drain()
    for _ in range(2):
        for record in world.shell.hot.values():
            for id_, raised in record.raised.items():
                if raised.open and raised.type not in NOT_A_MOVE:
                    OPENED[raised.type] += 1
                    assert closing_moves(record, RULES, id_) is not None, f"{record.key}: {raised}"
        world.answer_holds()


FINDINGS = {"missing": "POSTING_MISSING", "twice": "POSTING_TWICE", "other_amount": "POSTING_DIFFERS"}


@pytest.mark.parametrize("finding", FINDINGS)
def test_what_the_posting_pass_finds_opens_and_closes(finding: Finding) -> None:
    """A finding of the posting pass shows under its name, until a person has seen to it."""
    record = started(life(("picked", "picked_whole", "departed")), 1).drain().record(ORDER)
    posting = next(iter(record.outbox.values()))
    found = PostingChecked(posting=posting.id, finding=finding, documents=(posting.number, "ERP-99"))
    record, said = step.step(record, [Arrival(s.word(ORDER, LATER, found))], RULES, 1)
    (shown,) = [e for e in said.exceptions if e.open]
    assert shown.type == FINDINGS[finding]
    assert closing_moves(record, RULES, shown.id) is not None


def test_more_loaded_than_picked_opens_and_closes() -> None:
    """A load report of more than was picked shows as OVER_LOADED, and ends when its source takes it back."""
    record = started(life(("picked", "loaded_much")), 1).drain().record(ORDER)
    (id_,) = [id_ for id_, r in record.raised.items() if r.open and r.type == "OVER_LOADED"]
    assert closing_moves(record, RULES, id_) is not None


def test_every_type_is_opened_somewhere() -> None:
    """Every type of the table was opened by the lives of this run, or is named by a test of its own."""
    SUMMARY.append("opened: " + ", ".join(f"{name} {n}" for name, n in sorted(OPENED.items())))
    rest = sorted(TABLE.keys() - OPENED.keys())
    SUMMARY.append(f"opened by stories alone: {', '.join(rest)}")
    told = "".join(path.read_text() for path in TESTS.rglob("test_*.py"))
    assert not [name for name in rest if f'"{name}"' not in told]
