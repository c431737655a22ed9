"""A record on which nothing can be decided, for a while."""

from __future__ import annotations

from random import Random

import pytest
from milepost.contracts.controls import DataQualityFound
from milepost.tests.workflow import laws, people
from milepost.tests.workflow.lives import Life
from milepost.tests.workflow.runs import started
from milepost.tests.workflow.saying import say
from milepost.tests.workflow.world import World
from milepost.workflow import step, telling
from milepost.workflow.decision import Decision
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules


def poisoned(life: Life, seed: int, crash: float = 0.0) -> None:
    """For a while decide raises for one owner: its facts are kept, its decisions stand, and then it catches up."""
    rng = Random(seed)
    owner = rng.choice(life.owners())
    world = started(life, seed, crash=crash)
    before = set(world.shell.hot[owner].outbox) if owner in world.shell.hot else set()
    with pytest.MonkeyPatch.context() as patch:
        _poison(patch, owner, halfway=rng.random() < 0.5)
        body = DataQualityFound(field="date", value="odd")
        world.shell.append(say(owner, f"quality/{owner}/odd", people.LATER, body))
        world.run(rng.randint(50, 100))
        _kept(world, owner, before)
    world.shell.append(say(owner, f"quality/{owner}/even", people.LATER, DataQualityFound(field="date", value="even")))
    world.drain().answer_holds()
    record = world.record(owner)
    assert not any(r.open for r in record.raised.values() if r.type == "DECISION_FAILED")
    laws.at_rest(world)
    laws.nothing_lost(world)


def _poison(patch: pytest.MonkeyPatch, owner: str, halfway: bool) -> None:
    """Raise in decide, or only when settle has already filled the outbox."""
    if halfway:
        instruct = telling.instruct
        patch.setattr(telling, "instruct", lambda r, d, p: 1 // 0 if r.key == owner else instruct(r, d, p))
        return
    for name in ("decide_order", "decide_load"):
        original = getattr(step, name)

        def raising(record: Record, rules: Rules, original: object = original) -> Decision:
            if record.key == owner:
                raise ZeroDivisionError("poison")
            return original(record, rules)  # type: ignore[operator, no-any-return]

        patch.setattr(step, name, raising)


def _kept(world: World, owner: str, before: set[str]) -> None:
    record = world.shell.hot.get(owner)
    if record is None or not record.failed:
        return  # the odd fact is still under way
    assert set(record.outbox) <= before | world.command_ids, "commands were invented"
    assert any(r.open for r in record.raised.values() if r.type == "DECISION_FAILED")
