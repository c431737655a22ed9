"""The runs that laws are tried on: one life, one schedule, one kind of trouble. Each raises when a law breaks."""

from __future__ import annotations

from random import Random

from milepost.contracts.controls import PostingChecked, PostingRetried
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingAnswered
from milepost.tests.workflow import laws, people
from milepost.tests.workflow.lives import Life
from milepost.tests.workflow.naive_erp import booking_date
from milepost.tests.workflow.shell import TICKS, TOPICS
from milepost.tests.workflow.world import World
from milepost.workflow import step
from milepost.workflow.evolve import Arrival, evolve
from milepost.workflow.outbox import COMPENSATION_TRIES
from milepost.workflow.record import Place, Record
from milepost.workflow.rules import Rules
from milepost.workflow.stage import transaction_state

REFUSED = ("POSTING_REJECTED", "COMPENSATION_FAILED")


def started(
    life: Life, seed: int, *, unknown: bool = True, rejecting: bool = False, crash: float = 0.0, doubling: bool = False,
    closing: bool = False,
) -> World:  # fmt: skip
    """Return a world some way into the life."""
    world = World(life.events, seed, crash=crash)
    world.answers = people.answering(life.traits)
    world.closing = closing
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
    arrivals = [Arrival(e, Place(0, offset)) for offset, e in enumerate(mixed)]  # type: ignore[arg-type]
    record = Record(owner)
    while arrivals:
        size = rng.randint(1, 6)
        record, _ = evolve(record, arrivals[:size], rules)
        record.version += 1
        arrivals = arrivals[size:]
    return record


def retried(life: Life, seed: int) -> None:
    """Rejections and retries of everything, wanted or not; every later attempt answers the one before, but for those
    of compensation, which tries again by itself."""
    world = converges(life, seed, rejecting=True)
    for record in world.shell.hot.values():
        assert not any(r.open and r.type in REFUSED for r in record.raised.values()), "an answered rejection"
        decision = step.decide(record, world.shell.rules)
        assert transaction_state(record, decision) != "failed" or decision.stage == "rejected"
    heard = [e for log in world.shell.logs for e in log if isinstance(e, Event)]
    answered = {(e.body.posting, e.body.attempt) for e in heard if isinstance(e.body, PostingRetried)}
    for command in (e.body.command for e in heard if isinstance(e.body, PostingAnswered)):
        alone = bool(command.reverses) and command.attempt < COMPENSATION_TRIES
        assert not command.attempt or alone or (command.id, command.attempt - 1) in answered


def closed(life: Life, seed: int) -> None:
    """Periods are closed one after the other while the life goes on: nothing is booked in a closed one, no person is
    needed, and the books say of each document's own day what they say with every period open."""
    world = converges(life, seed, closing=True)
    for record in world.shell.hot.values():
        assert not any(r.type in REFUSED for r in record.raised.values()), "a person was asked"
        for entry in record.outbox.values():
            assert entry.posting_date in ("", booking_date(world.posting.commands[entry.id])), "dated otherwise"


def doubled(life: Life, seed: int) -> None:
    """The ERP books some commands twice; a posting pass finds them until there are none."""
    world = started(life, seed, doubling=True)
    world.check_postings()
    world.drain().answer_holds()
    world.posting.doubling = False
    for _ in range(2):  # a pass finds what the last one's reversals had doubled
        world.check_postings()
        world.drain().answer_holds()
    laws.at_rest(world)
    for record in world.shell.hot.values():
        by_hand = step.decide(record, world.shell.rules).skipped
        twice = [r.cause for r in record.raised.values() if r.open and r.type == "POSTING_TWICE"]
        assert all(_chain_checked(record, key) in by_hand for key in twice), "shown though reversed"


def _chain_checked(record: Record, key: str) -> str:
    """Return the chain that a finding of the posting pass is about."""
    (fact,) = record.facts[key]
    assert isinstance(fact.body, PostingChecked)
    return record.outbox[fact.body.posting].chain


def replays(world: World) -> None:
    """At rest, read everything again: at the same places after a crash, then as duplicates at new places."""
    world.ticking = False
    ids, sent = set(world.command_ids), world.posting.sent
    told = set(world.instructions), set(world.notices), set(world.exceptions)
    ticks = world.shell.committed[TICKS]  # a tick read again may fire what was not known when it was read first
    world.shell.committed = [ticks if topic == TICKS else 0 for topic in range(len(TOPICS))]
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
