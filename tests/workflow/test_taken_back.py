"""Reversals that are taken back, and a load whose work is done."""

from __future__ import annotations

from itertools import permutations

from milepost.contracts.postings import PostingAnswered
from milepost.contracts.wms import Reversed
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record
from milepost.workflow.settle import command_of
from milepost.workflow.stage import transaction_state
from milepost.workflow.step import decide, step


def test_a_reversal_taken_back_undoes_nothing() -> None:
    """In any order of arrival, a departure whose reversal was itself reversed stands, and so does its goods issue."""
    left = s.departed("O-1", 30, "S1")
    undone = s.undone(left, 40)
    back = s.say("O-1", f"rev/{undone.business_key}", 50, Reversed(reverses=undone.business_key))
    facts = [s.released("O-1", 0, s.line("A", "ITEM-1", 5)), s.picked("O-1", 20, "A", 5), left, undone]
    for order in permutations(facts):
        record, _ = step(Record("O-1"), [Arrival(e) for e in order], RULES, 1)
        assert decide(record, RULES).ought == {}
        for place in range(len(order) + 1):
            with_back = [*order[:place], back, *order[place:]]
            record, _ = step(Record("O-1"), [Arrival(e) for e in with_back], RULES, 1)
            assert "goods_issue/S1" in decide(record, RULES).ought


def test_a_load_with_its_accrual_booked_is_confirmed() -> None:
    """A load's transaction is complete when its carrier is confirmed and the accrual accepted by the ERP."""
    plan = s.planned("L-1", 1, 1, ("O-1", "S1"))
    offer, yes = s.offered("L-1", 10, 1, 99_000, 60), s.answered("L-1", 15, 1, "accepted")
    record, said = step(Record(plan.owner), [Arrival(plan), Arrival(offer), Arrival(yes)], RULES, 1)
    assert transaction_state(record, decide(record, RULES)) == "pending"
    (entry,) = record.outbox.values()
    body = PostingAnswered(outcome="accepted", command=command_of(record, entry), document_number="D1")
    record, _ = step(record, [Arrival(s.say(plan.owner, "receipt/1", 20, body))], RULES, 1)
    assert said.commands[0].id == entry.id
    assert transaction_state(record, decide(record, RULES)) == "confirmed"
