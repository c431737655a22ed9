"""When commands and receipts are lost with the records: facts and the ERP's list give back what is posted."""

from __future__ import annotations

from datetime import datetime
from random import Random

import pytest
from hypothesis import given, settings
from milepost.commands.replay_erp import AtErp
from milepost.commands.replay_lost_orders import rebuilt_from
from milepost.runtime.erp.protocol import ErpDocument
from milepost.tests.workflow import people
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import MORNING
from milepost.tests.workflow.life_orders import ORDER
from milepost.tests.workflow.lives import UNHELD, Life, life, lives, seeds
from milepost.tests.workflow.lost import Retained
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.shell import TICKS
from milepost.tests.workflow.world import World
from milepost.workflow.outbox import chains, state
from milepost.workflow.rebuilding import Heard
from milepost.workflow.step import decide

EXAMPLES = 100
PROVISIONAL = ("picked", "planned", "cut_off", "provisional")
TICKS_AT_REST = 2  # what is posted because of one deadline may be another's ground


def list_of(world: World) -> list[ErpDocument]:
    """Return the ERP's list: references and numbers, nothing of what the documents stand for."""
    return [
        ErpDocument(number=number, reference=c.id, kind="", owner=c.owner, date="", period="",
                    reverses=c.reverses_document)
        for number, c in world.erp.booked
    ]  # fmt: skip


def last_tick(world: World) -> datetime:
    """Let the clock stand where it came to, until every deadline it has passed has fired; it ticks without end."""
    world.ticking = False
    now = max((one for one in world.shell.logs[TICKS] if isinstance(one, datetime)), default=MORNING)
    for _ in range(TICKS_AT_REST):
        world.shell.tick(now)
        world.drain().answer_holds()
    return now


def learned_back(life: Life, seed: int, *, asking: bool = True, clock: bool = True) -> None:
    """Lose everything but the sources' facts, the ticks and the ERP; what is put together books nothing, and believes
    live of each chain what stands there un-reversed. ``clock``: whether the last tick is heard."""
    world = World(life.events, seed)
    world.answers = people.answering(life.traits)
    kept = Retained(world)
    world.drain().answer_holds()
    for n in (21, 22):  # away and back again: equal documents are posted and reversed before
        gone = s.departed(ORDER, 50, f"{ORDER}-S1", n=n)
        world.will_say([gone])
        world.drain()
        world.will_say([s.undone(gone, 200 + n)])
        world.drain().answer_holds()
    world.will_say([s.departed(ORDER, 50, f"{ORDER}-S1", n=23)])
    world.drain().answer_holds()
    now = last_tick(world)
    at_erp = AtErp(list_of(world) if asking else [])
    facts = world.shell.logs[:TICKS]
    for owner, heard in kept.heard(Random(seed), journal=False).items():
        arrivals = [a for a in heard.arrivals if any(a.event is one for log in facts for one in log)]
        record, _, _ = rebuilt_from(owner, Heard(arrivals), world.shell.rules, 9, at_erp, now if clock else None)
        again = [e.chain for e in record.outbox.values() if state(e) == "open"]
        assert not again, f"{owner} would be booked again: {again}"
        decision = decide(record, world.shell.rules)
        believed = {name: {e.number for e in chain.live} for name, chain in chains(record).items()}
        standing = {name: {b.number for b in booked} for (o, name), booked in world.erp.live.items() if o == owner}
        for name in (decision.ought.keys() | believed.keys() | standing.keys()) - decision.skipped:
            stands = standing.get(name, set())
            assert believed.get(name, set()) == stands, f"{owner} {name}: {believed.get(name)} live, {stands} stands"
            assert (name in decision.ought) == bool(stands), f"{owner} {name} ought to be as it stands"


@settings(law, max_examples=EXAMPLES)
@given(lives(among=UNHELD, always=("picked",)), seeds)
def test_what_the_erp_lists_is_not_booked_again(life: Life, seed: int) -> None:
    """Whatever ought to exist is found at the ERP under its derived id, however often it was reversed before, and the
    number believed live is that of the document that stands."""
    learned_back(life, seed)


def test_the_document_that_stands_is_told_from_those_reversed_before() -> None:
    """Of equal documents posted one after the other, the record knows as live the one that stands at the ERP."""
    for seed in range(5):
        learned_back(life(["picked"]), seed)


def test_without_the_clock_what_a_deadline_had_posted_is_not_known() -> None:
    """The law bites: an accrual that only the clock's passing explains stands at the ERP, and no record knows it."""
    with pytest.raises(AssertionError, match="freight_accrual/L-1: None live"):
        _provisional(clock=False)


def test_what_a_deadline_had_posted_is_known() -> None:
    """With the last tick heard, an accrual that only the clock's passing explains is found at the ERP."""
    _provisional(clock=True)


def _provisional(clock: bool) -> None:
    for seed in range(20):
        learned_back(life(PROVISIONAL), seed, clock=clock)


def test_without_the_list_it_would_be() -> None:
    """The law bites: from facts alone everything would be sent once more."""
    with pytest.raises(AssertionError, match="would be booked again"):
        learned_back(life(["picked", "departed"]), 1, asking=False)


def test_what_no_record_knows_is_left_to_a_person() -> None:
    """A document under a reference that follows from no fact is named, not judged."""
    foreign = ErpDocument(number="1", reference="by hand", kind="", owner="O-1", date="", period="")
    assert AtErp([foreign]).standing() == [foreign]
