"""L6: after the loss of a changelog records are put together again from facts, receipts and own commands."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from milepost.contracts.postings import PostingAnswered
from milepost.contracts.wms import Departed
from milepost.tests.workflow import laws, people
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.lives import UNHELD, Life, life, lives, seeds
from milepost.tests.workflow.lost import Rebuild, Retained, put_together
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.world import World
from milepost.workflow.outbox import state
from milepost.workflow.rebuilding import Heard, rebuild, unposted
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules
from milepost.workflow.step import Outputs, decide

GONE = ("picked", "departed")
TURNS, NEXT_DAY = 60, 60 * 24


def world_of(life: Life, seed: int, crash: float = 0.0) -> tuple[World, Retained]:
    """Return a fresh world and what its topics will retain."""
    world = World(life.events, seed, crash=crash)
    world.answers = people.answering(life.traits)
    world.posting.unknown = True
    return world, Retained(world)


def comes_back(life: Life, seed: int, crash: float = 0.01) -> None:
    """At rest, what is put together is what was there."""
    world, kept = world_of(life, seed, crash)
    world.run(Random(seed).randint(0, 150)).drain().answer_holds()
    for owner, heard in kept.heard(Random(seed)).items():
        live = world.shell.hot[owner]
        again, _ = rebuild(owner, heard, world.shell.rules, live.epoch + 1)
        assert laws.facts_of(again) == laws.facts_of(live)
        assert laws.view(decide(again, world.shell.rules)) == laws.view(decide(live, world.shell.rules))
        assert {i: (state(e), e.number, e.sequence) for i, e in again.outbox.items()} == {
            i: (state(e), e.number, e.sequence) for i, e in live.outbox.items()
        }
        assert {i: (t.chain, t.answer) for i, t in again.told.items()} == {
            i: (t.chain, t.answer) for i, t in live.told.items()
        }
        assert {i for i, r in again.raised.items() if r.open} == {i for i, r in live.raised.items() if r.open}
        assert (again.version, again.epoch) == (live.version, live.epoch + 1)
        assert not unposted(again, heard.commands)


def survives(life: Life, seed: int, journal: bool, by: Rebuild = rebuild) -> None:
    """Lost in the middle of things and rebuilt, the life comes to its rest, never with two documents for one."""
    world, kept = world_of(life, seed, 0.01)
    world.run(Random(seed).randint(0, 250))
    unanswered(world, life)
    world.shell.lost = by is not rebuild  # wrong rules are to fail for what they post, not for how they number it
    put_together(world, kept, Random(seed), journal, by)
    world.drain().answer_holds()
    laws.at_rest(world)


def unanswered(world: World, life: Life) -> None:
    """Let commands go out that the ERP does not hear of yet, and let their grounds change in facts nobody has read."""
    for _ in range(TURNS):
        while world.late:
            world.shell.append(world.late.pop())
        world.shell.compute()
        world.shell.advance()
    for gone in [e for e in life.events if isinstance(e.body, Departed)]:
        world.shell.append(s.undone(gone, NEXT_DAY))
        world.shell.append(s.departed(gone.owner, NEXT_DAY, gone.body.shipment, node=gone.body.node, n=77))


@law
@given(lives(), seeds)
def test_at_rest_a_rebuilt_record_is_the_one_that_was_lost(life: Life, seed: int) -> None:
    """Facts, receipts, own commands and journal, mixed and doubled, give the same facts, decision, outbox, tellings and
    exceptions, in the same version under a higher epoch, with nothing left to post."""
    comes_back(life, seed)


@law
@given(lives(always=GONE), seeds)
def test_a_loss_in_the_middle_of_things_is_survived(life: Life, seed: int) -> None:
    """Lost with commands under way, records are rebuilt and the life comes to the books that ought to be."""
    survives(life, seed, journal=True)


@law
@given(lives(among=UNHELD, always=GONE), seeds)
def test_without_a_journal_facts_receipts_and_commands_will_do(life: Life, seed: int) -> None:
    """The same from the sources, receipts and own commands alone."""
    survives(life, seed, journal=False)


def settling_first(owner: str, heard: Heard, rules: Rules, epoch: int) -> tuple[Record, Outputs]:
    """The wrong rule: settle on the facts before receipts and own commands were read."""
    facts = [a for a in heard.arrivals if not isinstance(a.event.body, PostingAnswered)]
    early, said = rebuild(owner, Heard(facts), rules, epoch)
    late, more = rebuild(owner, heard, rules, epoch)
    late.outbox = early.outbox | late.outbox
    more.fanned += said.fanned
    return late, more


def reading_no_commands(owner: str, heard: Heard, rules: Rules, epoch: int) -> tuple[Record, Outputs]:
    """The wrong rule: facts and receipts alone."""
    return rebuild(owner, Heard(heard.arrivals, [], heard.journal), rules, epoch)


@pytest.mark.parametrize("wrong", [settling_first, reading_no_commands])
@pytest.mark.parametrize("journal", [True, False])
def test_settling_without_own_commands_is_found_out(wrong: Rebuild, journal: bool) -> None:
    """With facts settled before own commands are in, some life has two documents at once, or wrong books at rest."""
    with pytest.raises(AssertionError, match=r"two live documents|has .* ought"):
        _sixty_lives(journal, wrong)


def _sixty_lives(journal: bool, by: Rebuild) -> None:
    for seed in range(60):
        survives(life(GONE), seed, journal=journal, by=by)
