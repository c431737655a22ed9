"""Losses beyond a crash: the changelog itself, a stale writer's record."""

from __future__ import annotations

from functools import reduce
from random import Random

from hypothesis import given
from milepost.contracts.events import Event
from milepost.tables.records import merge
from milepost.tests.workflow import laws
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.life_orders import ORDER
from milepost.tests.workflow.lives import UNHELD, Life, lives, seeds
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import started
from milepost.tests.workflow.world import FAR
from milepost.workflow.record import decode, encode

FLAPPED = ("picked", "departed", "departure_reversed")


def loses_its_changelog(life: Life, seed: int, closing: bool = False) -> None:
    """Lose every record and every receipt; facts are read to their end before the first step; the ERP's log stands.

    What the clock said, records and the journal alone know: it passes the same moment before and after the loss.
    """
    world = started(life, seed, closing=closing).drain().answer_holds()
    for n in (21, 22):  # away and back again, so that equal documents were posted and reversed before
        world.will_say([_gone(n)])
        world.drain().answer_holds()
        world.will_say([s.undone(_gone(n), 200 + n)])
        world.drain().answer_holds()
    world.will_say([_gone(23)])
    world.drain().answer_holds()
    world.shell.tick(FAR)
    world.drain().answer_holds()
    world.shell.logs[6] = []
    world.shell.chunk_max = 10_000
    world.shell.lose()
    world.erp.strict = False
    world.drain()
    world.shell.tick(FAR)
    world.drain().answer_holds()
    world.will_say([s.undone(_gone(23), 230)])
    world.drain().answer_holds()
    laws.at_rest(world)


def _gone(n: int) -> Event:
    return s.departed(ORDER, 50, f"{ORDER}-S1", n=n)


def recovers_a_stale_record(life: Life, seed: int) -> None:
    """A stopped owner's old record is the last one in the changelog."""
    world = started(life, seed)
    old = {key: encode(record) for key, record in world.shell.durable.items()}
    world.run(Random(seed).randint(0, 80)).drain()
    for key, record in world.shell.durable.items():
        log = [encode(record), old.get(key, encode(record))]
        world.shell.durable[key] = decode(reduce(lambda a, b: merge("orders", key, a, b), log))
    world.shell.crash()
    world.drain().answer_holds()
    laws.at_rest(world)


@law
@given(lives(among=UNHELD, always=FLAPPED), seeds)
def test_a_lost_changelog_is_learned_back_from_answers(life: Life, seed: int) -> None:
    """Receipts carry the command and a known id is answered with its reversal: after losing every record and receipt,
    the facts read to their end, the clock heard and the command log's answers bring the ERP to what ought to be."""
    loses_its_changelog(life, seed)


@law
@given(lives(among=UNHELD, always=FLAPPED), seeds)
def test_what_was_dated_anew_is_learned_back(life: Life, seed: int) -> None:
    """The same where months were closed meanwhile and postings stand in the first open one."""
    loses_its_changelog(life, seed, closing=True)


@law
@given(lives(), seeds)
def test_recovery_keeps_the_highest_epoch_and_version(life: Life, seed: int) -> None:
    """An old record that comes last in the changelog is passed over, and the ERP comes to what ought to be."""
    recovers_a_stale_record(life, seed)
