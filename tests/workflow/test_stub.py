"""A closed order shrinks to a stub: duplicates say nothing to it, and news opens it again."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts.events import Event
from milepost.tests.workflow import laws
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES
from milepost.tests.workflow.life_orders import ORDER
from milepost.tests.workflow.lives import UNHELD, Life, life, lives, seeds
from milepost.tests.workflow.profile import counterexample, law
from milepost.tests.workflow.shell import TICKS
from milepost.tests.workflow.shrinking import REOPENED, ShrinkingShell, shrinking, some_way
from milepost.tests.workflow.world import World
from milepost.workflow import stub as stubs
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import HARD_LIMIT_BYTES, Place, Record, encode
from milepost.workflow.reopening import answer, journalled, not_reopened, open_again
from milepost.workflow.step import Outputs, step
from milepost.workflow.stub import NotClosed, Stub, encode_stub, is_stub, news, placeless, reopened, stub, took_in

CLOSING = ("picked", "departed", "delivered")  # what an order needs to be closed one day


def at_rest(life: Life, seed: int, *, crash: float = 0.0, shrink: Callable[..., Stub] = stub) -> tuple[World, int]:
    """Live to the end with orders shrinking whenever they may, hear late news, and come to rest."""
    world, shell = shrinking(life, seed, crash=crash, shrink=shrink)
    some_way(world, seed).drain().answer_holds()
    world.crash = crash
    world.will_say([s.departed(ORDER, 90, f"{ORDER}-LATE", n=1), *life.events])
    world.drain().answer_holds()
    times = shell.opened
    shell.open_all()
    laws.at_rest(world)
    laws.nothing_lost(world)
    return world, times


@law
@given(lives(always=CLOSING), seeds)
def test_shrinking_at_any_moment_changes_nothing(life: Life, seed: int) -> None:
    """Whenever orders shrink once they may, and whatever comes then, the ERP holds at rest what ought to exist."""
    at_rest(life, seed)


@law
@given(lives(among=UNHELD, always=CLOSING), seeds)
def test_shrinking_and_crashes(life: Life, seed: int) -> None:
    """The same where the lane is killed at any moment: before the request, the answer or the outputs were published."""
    at_rest(life, seed, crash=0.05)
