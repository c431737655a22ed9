"""Laws of `why`: its smallest set releases the posting, and nothing smaller of its menu does."""

from __future__ import annotations

import os
from collections import Counter
from itertools import combinations
from random import Random

import pytest
from milepost.contracts.events import Event
from milepost.contracts.identifiers import is_load
from milepost.contracts.verbs import CompensationOrdered, Skipped
from milepost.tests.workflow import life_inbound
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES
from milepost.tests.workflow.lives import BY_HAND, life, whole, without
from milepost.tests.workflow.walk import accepted
from milepost.workflow import step
from milepost.workflow.evolve import Arrival
from milepost.workflow.outbox import chains
from milepost.workflow.record import Record, decode, encode
from milepost.workflow.why import SET_MAX, after, waiting, why

HELD_ORDERS = 1000
SEED = int(os.environ.get("WHY_SEED", "1"))
# A receipt of an order that also goes out is due only while its release is contested: nothing releases it.
GOING_OUT = without(*life_inbound.TRAITS, *BY_HAND)
HELD = ("short", "held", "pick_contested", "departure_contested", "short_elsewhere", "release_contested")


def _told(record: Record, events: list[Event]) -> Record:
    """The tests' own way to rest: facts, then acceptance of whatever is commanded, one command at a time."""
    record, said = step.step(record, [Arrival(e) for e in events], RULES, 1)
    commands = list(said.commands)
    while commands:
        record, said = step.step(record, [Arrival(accepted(commands.pop(0)))], RULES, 1)
        commands += said.commands
    return record


def _drawn(rng: Random) -> Record:
    """Draw an order at rest whose life is likely to be held somewhere."""
    some = [*rng.sample(GOING_OUT, rng.randint(2, 14)), "picked", "departed", "loaded", rng.choice(HELD)]
    drawn = life(whole(some), [rng.randint(1, 6) for _ in range(8)])
    owner = rng.choice([o for o in drawn.owners() if not is_load(o)])
    facts = drawn.of(owner)
    rng.shuffle(facts)
    return _told(Record(owner), facts)


def _posted(record: Record, chain: str) -> bool:
    want = step.decide(record, RULES).ought.get(chain)
    live = chains(record).get(chain)
    return want is not None and live is not None and [e.document for e in live.live] == [want.document]


def test_the_smallest_set_releases_and_no_smaller_one_does() -> None:
    """Of 1,000 random held orders, feeding the smallest set posts the held document, and no smaller set of the menu
    does; repeat a run with WHY_SEED."""
    rng, sizes, unanswered = Random(SEED), Counter[int](), Counter[str]()
    asked = 0
    while asked < HELD_ORDERS:
        record = _drawn(rng)
        decision = step.decide(record, RULES)
        held = [chain for chain in waiting(record, decision) if decision.blocked(chain)]
        if not held:
            continue
        asked += 1
        chain, before = rng.choice(held), encode(record)
        found = why(record, RULES, chain)
        assert encode(record) == before, "asking changed the record"
        assert found.state == "held", f"seed {SEED}: {found}"
        assert found.failing, f"seed {SEED}: {found}"
        if found.smallest is None:
            unanswered[decision.holds[0].type] += 1
            continue
        sizes[len(found.smallest)] += 1
        again = decode(before)
        assert _posted(_told(again, [m.event for m in found.smallest]), chain), f"seed {SEED}: {found.smallest}"
        for size in range(len(found.smallest)):
            for fewer in combinations(found.menu, size):
                assert not _posted(_told(decode(before), [m.event for m in fewer]), chain), f"seed {SEED}: {fewer}"
    print(f"why: seed {SEED}, {asked} held orders, sizes {dict(sizes)}, more than {SET_MAX} moves: {dict(unanswered)}")
    assert sum(unanswered.values()) < HELD_ORDERS // 10  # held by more causes than an answer may name


def test_what_is_not_due_says_what_would_make_it_due() -> None:
    """An invoice on delivery of a shipment that left waits for its proof of delivery, and for nothing else."""
    facts = [s.released("O-1", 0, s.line("A", "ITEM-2", 5), terms="on_delivery"), s.picked("O-1", 10, "A", 5),
             s.departed("O-1", 50, "S-1")]  # fmt: skip
    found = why(_told(Record("O-1"), facts), RULES, "customer_invoice/S-1")
    assert found.state == "not_due"
    assert found.smallest is not None
    assert [m.event.business_key for m in found.smallest] == ["pod/S-1"]
    assert [m.whose for m in found.smallest] == ["TMS"]


def test_a_document_that_lives_needs_nothing() -> None:
    """A posted goods issue has no failing predicate and an empty set; one under way waits for the ERP alone."""
    facts = [s.released("O-1", 0, s.line("A", "ITEM-2", 5)), s.picked("O-1", 10, "A", 5), s.departed("O-1", 50, "S-1")]
    rested = _told(Record("O-1"), facts)
    assert why(rested, RULES, "goods_issue/S-1")[1:3] == ("posted", ())
    open_, _ = step.step(Record("O-1"), [Arrival(e) for e in facts], RULES, 1)
    found = why(open_, RULES, "goods_issue/S-1")
    assert (found.state, found.smallest) == ("under_way", ())
    assert {f.whose for f in found.failing} == {"ERP"}


def test_the_trial_rests_like_the_lane() -> None:
    """The trial's perfect ERP brings a record to the same documents as answers that come one by one."""
    rng = Random(SEED)
    for _ in range(100):
        record = _drawn(rng)
        events = [s.let_go(record.key, 90_000, hold.cause) for hold in step.decide(record, RULES).holds]
        one, other = _told(record, events), after(record, RULES, events)
        assert _documents(one) == _documents(other)


def _documents(record: Record) -> dict[str, set[str]]:
    return {posting: {answer.outcome for answer in entry.receipts} for posting, entry in record.outbox.items()}


BEGAN = (s.released("O-1", 0, s.line("A", "ITEM-2", 5)), s.picked("O-1", 10, "A", 5), s.departed("O-1", 50, "S-1"))
CAREFUL = (s.released("O-1", 0, s.line("A", "ITEM-2", 5), lane="careful"), *BEGAN[1:])
SKIPPED = s.word("O-1", 5, Skipped(actor="ada", reason="by hand", step="goods_issue/S-1"))
UNDONE = s.word("O-1", 90, CompensationOrdered(actor="ada", reason="wrong goods"))
BOUGHT = (s.inbound("P-1", 0, s.goods_in("A", "ITEM-2", 10, 100)), s.received("P-1", 50, "R-1", A=11))
BACK = (s.return_requested("O-1", 80, "RMA", "S-1", A=2), s.inspected("O-1", 90, "RMA", "S-1", "A", 2))
# What waits for a person → the verb that lets it go.
WAITING: dict[str, tuple[tuple[Event, ...], str, str]] = {
    "a blocked credit": ((*BEGAN, s.credit_blocked("O-1", 20)), "customer_invoice/S-1", "order.credit_cleared"),
    "a person's hold": ((*BEGAN, s.held("O-1", 20)), "goods_issue/S-1", "control.release"),
    "a short pick": ((BEGAN[0], s.picked("O-1", 10, "A", 3), s.short("O-1", 11, "A", 2), BEGAN[2]), "goods_issue/S-1",
                     "control.shortage"),
    "two truths of a pick": ((*BEGAN, s.picked("O-1", 10, "A", 4)), "goods_issue/S-1", "control.resolve"),
    "a return to approve": ((*CAREFUL, *BACK), f"customer_credit/{BACK[1].business_key}", "control.approve"),
    "more received than bought": (BOUGHT, "goods_receipt/R-1", "control.override"),
    "what was undone": ((*BEGAN, UNDONE), "goods_issue/S-1", "control.release"),
    "what a person vouches for": ((*BEGAN, SKIPPED), "goods_issue/S-1", "control.release"),
}  # fmt: skip


@pytest.mark.parametrize(("facts", "chain", "verb"), WAITING.values(), ids=WAITING)
def test_whatever_waits_for_a_person_has_its_move(facts: tuple[Event, ...], chain: str, verb: str) -> None:
    """One move of the menu lets it go, and it is the one that the rules name."""
    record = _told(Record(facts[0].owner), list(facts))
    found = why(record, RULES, chain)
    assert found.failing
    assert found.smallest is not None, found
    assert [m.event.body.__struct_config__.tag for m in found.smallest] == [verb]
    assert _posted(_told(decode(encode(record)), [m.event for m in found.smallest]), chain)


def test_no_cause_is_named_twice() -> None:
    """A hold of a document and of its ground is one failing predicate."""
    found = why(_told(Record("O-1"), [*BEGAN, s.held("O-1", 20)]), RULES, "customer_invoice/S-1")
    assert len(found.failing) == len(set(found.failing))
    assert sum(f.predicate == "nothing holds it" for f in found.failing) == 1


def test_nobody_waits_for_what_a_person_vouches_for() -> None:
    """A skipped chain is not among those that wait, and what stands on it goes."""
    record = _told(Record("O-1"), [*BEGAN, SKIPPED])
    assert waiting(record, step.decide(record, RULES)) == []
    assert _posted(record, "customer_invoice/S-1")
