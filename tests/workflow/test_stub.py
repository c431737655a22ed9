"""A closed order shrinks to a stub, and a late fact opens it again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from milepost.tests.workflow import laws
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.life_orders import ORDER
from milepost.tests.workflow.lives import UNHELD, Life, lives, seeds
from milepost.tests.workflow.profile import counterexample, law
from milepost.tests.workflow.runs import started
from milepost.workflow.record import Record
from milepost.workflow.stub import NotClosed, stub

SHIPPED = ("picked", "departed")


def comes_back(life: Life, seed: int, shrink: Callable[[Record], Record]) -> None:
    """Come to rest, shrink what can be shrunk, read all facts again from the journal, then a late new fact.

    The posting lane's command log has expired meanwhile: only the stub knows.
    """
    world = started(life, seed).drain().answer_holds()
    shell = world.shell
    for owner, record in list(shell.durable.items()):
        try:
            shell.durable[owner] = shell.hot[owner] = shrink(record)
        except NotClosed:
            continue
    world.posting.log.clear()
    world.posting.commands.clear()
    world.erp.strict = False
    shell.chunk_max = 10_000
    shell.read = [0 if n != 6 else at for n, at in enumerate(shell.read)]  # receipts are in the stub
    shell.committed = list(shell.read)
    world.drain().answer_holds()
    world.will_say([s.departed(ORDER, 90, f"{ORDER}-LATE", n=1)])
    world.drain().answer_holds()
    laws.at_rest(world)


@law
@given(lives(among=UNHELD, always=SHIPPED), seeds)
def test_a_stub_knows_what_was_posted(life: Life, seed: int) -> None:
    """An order that shrank to its stub and is opened again by its journal and a late fact posts nothing twice."""
    comes_back(life, seed, stub)


def test_a_stub_without_documents_posts_again() -> None:
    """The documents in the stub are needed: without them some life ends with a document posted twice."""

    @counterexample(200)
    @given(lives(among=UNHELD, always=SHIPPED), seeds)
    def search(life: Life, seed: int) -> None:
        comes_back(life, seed, lambda record: Record(stub(record).key))

    with pytest.raises(AssertionError):
        search()
