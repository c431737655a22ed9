"""The runs that laws are tried on: one life, one schedule, one kind of trouble. Each raises when a law breaks."""

from __future__ import annotations

from random import Random

from milepost.tests.workflow import laws
from milepost.tests.workflow.lives import Life
from milepost.tests.workflow.world import World
from milepost.workflow import step
from milepost.workflow.evolve import Arrival, evolve
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules


def started(
    life: Life, seed: int, *, unknown: bool = True, rejecting: bool = False, crash: float = 0.0, doubling: bool = False
) -> World:
    """Return a world some way into the life."""
    world = World(life.events, seed, crash=crash)
    posting = world.posting
    posting.unknown, posting.rejecting, posting.doubling = unknown, rejecting, doubling
    world.erp.strict = not doubling
    return world.run(Random(seed).randint(0, 150))


def converges(life: Life, seed: int, **trouble: float) -> World:
    """Come to rest, first with holds open and then with all of them answered; the laws of rest hold both times."""
    world = started(life, seed, **trouble).drain()  # type: ignore[arg-type]
    laws.held(world)
    laws.nothing_lost(world)
    world.answer_holds()
    laws.at_rest(world)
    laws.nothing_lost(world)
    return world


def commutes(life: Life, owner: str, seed: int, rules: Rules) -> None:
    """At every prefix of the life, the same set of facts decides the same, however it came."""
    rng, events = Random(seed), life.of(owner)
    rng.shuffle(events)
    one = Record(owner)
    for n, event in enumerate(events, 1):
        one, _ = evolve(one, [Arrival(event)], rules)
        one.version += 1
        other = scattered(owner, events[:n], rng, rules)
        assert laws.facts_of(one) == laws.facts_of(other)
        assert laws.view(step.decide(one, rules)) == laws.view(step.decide(other, rules))


def scattered(owner: str, events: list[object], rng: Random, rules: Rules) -> Record:
    """Return the record of the events in another order, some twice, in chunks."""
    mixed = events + [e for e in events if rng.random() < 0.3]
    rng.shuffle(mixed)
    record, at = Record(owner), 0
    while at < len(mixed):
        size = rng.randint(1, 6)
        record, _ = evolve(record, [Arrival(e) for e in mixed[at : at + size]], rules)  # type: ignore[arg-type]
        record.version += 1
        at += size
    return record


def replays(world: World) -> None:
    """At rest, read everything again: at the same places after a crash, then as duplicates at new places."""
    world.ticking = False
    ids, sent = set(world.command_ids), world.posting.sent
    told = set(world.instructions), set(world.notices), set(world.exceptions)
    world.shell.committed = [0] * len(world.shell.committed)
    world.shell.crash()
    world.drain()
    assert world.command_ids == ids, "a replay found new commands"
    assert world.posting.sent == sent, "a replay posted"
    assert (set(world.instructions), set(world.notices), set(world.exceptions)) == told, "a replay told something new"
    _duplicates_say_nothing(world)


def _duplicates_say_nothing(world: World) -> None:
    published = world.published
    for log in world.shell.logs[:5] + world.shell.logs[6:]:  # ticks are no facts
        for event in list(log):
            world.shell.append(event)  # type: ignore[arg-type]
    sizes = [len(log) for log in world.shell.logs]
    world.drain()
    assert world.published == published, "a duplicate was answered"
    assert [len(log) for log in world.shell.logs] == sizes, "a duplicate was fanned out"
