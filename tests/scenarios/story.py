"""A story: the same facts in any order, and what must be true at the end of every telling."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
from milepost.contracts.events import Event
from milepost.contracts.instructions import Instruction
from milepost.contracts.reports import ExceptionRaised
from milepost.tests.workflow.known_rules import HOLDING, MASTER, RULES, at
from milepost.tests.workflow.people import taken
from milepost.tests.workflow.world import World
from milepost.workflow.decision import Decision
from milepost.workflow.rules import Rules
from milepost.workflow.view import OrderView, order_view

TELLINGS = 12
Answers = Callable[[Instruction], Event | None]


def under(**knobs: object) -> Rules:
    """Return rules with one policy: the usual one, with these knobs set otherwise."""
    return Rules([msgspec.structs.replace(HOLDING, **knobs)], [MASTER], tenant="test")


def told(
    *events: Event, tellings: int = TELLINGS, crash: float = 0.02, rules: Rules = RULES, answers: Answers = taken
) -> Iterator[World]:
    """Yield the world at rest after each telling: other orders, duplicates, lost answers, a crash now and then.

    ``answers``: what partners say to each instruction; that they take it, unless a story says otherwise.
    """
    for seed in range(tellings):
        world = World(events, seed, rules, crash=crash)
        world.ticking, world.answers = False, answers
        world.posting.unknown = True
        yield world.run(40).drain()


def then(world: World, *events: Event) -> World:
    """Let more happen and come to rest again."""
    world.will_say(events)
    return world.drain()


def ledger(world: World, owner: str = "") -> dict[str, int]:
    """Return the ERP's net by account in minor units, of one owner or of all."""
    found: dict[str, int] = {}
    for (of, _, account, _, _), amount in world.erp.net().items():
        if owner in ("", of):
            found[account] = found.get(account, 0) + amount
    return found


def view(world: World, owner: str) -> OrderView:
    return order_view(world.record(owner), world.shell.rules)


def decision(world: World, owner: str) -> Decision:
    return world.decisions()[owner]


def opened(world: World, owner: str) -> set[str]:
    """Return the types of the open exceptions."""
    return {r.type for r in world.record(owner).raised.values() if r.open}


def recipients(world: World) -> list[str]:
    """Return who was instructed, once per instruction."""
    return sorted(i.recipient for i in world.instructions.values())


def booked(world: World, kind: str) -> int:
    """Return how many documents of a kind the ERP ever booked, reversals not counted."""
    return sum(b.command.chain.startswith(kind) and not b.command.reverses for b in world.erp.booked)


def published(world: World, type_: str, cause: str = "") -> ExceptionRaised:
    """Return the exception of a type (and cause) as it was last published."""
    (found,) = [e for e in world.shown.values() if e.type == type_ and cause in ("", e.cause)]
    return found


def clock(world: World, minutes: int) -> World:
    """Let the time pass ``minutes`` after the start of the day, and come to rest again."""
    world.shell.tick(at(minutes))
    return world.drain()
