"""L2 and L3: at rest the ERP's net is what ought to be; while something is held, ledger and pending difference are."""

from __future__ import annotations

from hypothesis import given
from milepost.contracts.controls import DeadlineFired
from milepost.contracts.events import Event
from milepost.contracts.identifiers import is_load
from milepost.contracts.verbs import RulesMigrated
from milepost.contracts.wms import Reversed
from milepost.tests.workflow import laws
from milepost.tests.workflow.known_rules import RULES
from milepost.tests.workflow.lives import UNHELD, Life, lives, seeds
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import converges, started
from milepost.workflow import step
from milepost.workflow.record import Record
from milepost.workflow.stage import transaction_state


@law
@given(lives(refused=True), seeds)
def test_the_erp_comes_to_what_ought_to_be(life: Life, seed: int) -> None:
    """L2: under disorder, duplicates, lost and late answers, the ERP at rest holds what decide says ought to exist."""
    world = converges(life, seed)
    for owner, record in world.shell.hot.items():
        if not is_load(owner):
            state = transaction_state(record, step.decide(record, RULES))
            assert state not in ("compensating",), f"{owner} is {state} at rest"


@law
@given(lives(), seeds)
def test_held_postings_are_the_difference(life: Life, seed: int) -> None:
    """L3: with holds open, ledger plus pending difference is what ought to be, and no command passes a hold."""
    world = started(life, seed).drain()
    laws.held(world)
    for owner, decision in world.decisions().items():
        record = world.record(owner)
        assert not [e for e in step.settle(record.copy(), decision, "test", None) if decision.blocked(e.chain)]


@law
@given(lives(among=UNHELD, always=("picked", "departed")), seeds)
def test_one_pass_over_the_facts_is_the_oracle(life: Life, seed: int) -> None:
    """What the run booked equals decide after one pass over the life's facts in the order they were written, with
    what the clock said and the policies taken up, which only a run knows."""
    world = started(life, seed).drain()
    documents = {}
    for owner in life.owners():
        events = sorted(life.of(owner), key=lambda e: isinstance(e.body, Reversed)) + _own(world.record(owner))
        decision = step.decide(laws.one_pass(owner, events, RULES), RULES)
        documents |= {(owner, c): [o.document] for c, o in decision.ought.items()}
    by_hand = laws.vouched(world)
    assert laws.but_for(world.erp.standing(), by_hand) == laws.but_for(documents, by_hand)


def _own(record: Record) -> list[Event]:
    facts = [(key, fact) for key, variants in record.facts.items() for fact in variants]
    return [
        Event(event_id=key, business_key=key, owner=record.key, occurred_at=fact.occurred_at, source="own",
              body=fact.body)
        for key, fact in facts
        if isinstance(fact.body, DeadlineFired | RulesMigrated)
    ]  # fmt: skip
