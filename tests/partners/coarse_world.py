"""Two hundred simulated orders whose warehouses say only what every form of report can say: see words_coarse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import msgspec
from milepost.contracts.events import Event
from milepost.contracts.wms import Departed, GoodsReceived, PickConfirmed, PickShort, Reversed
from milepost.runtime.rules_files import load_rules
from milepost.simulators.life import Lives, lives
from milepost.tests.partners.shipped import ROOT
from milepost.tests.partners.words_coarse import Came, Left, Line, Told
from milepost.workflow.evolve import Arrival
from milepost.workflow.oracle import ought_of
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules
from milepost.workflow.step import step

SEED, ORDERS = 11, 200
RULES: Rules = load_rules(ROOT / "policies", ROOT / "reference", "test")


@cache
def world() -> Lives:
    return lives(SEED, ORDERS)


@cache
def others() -> tuple[Event, ...]:
    """What the ERP, transport and people say."""
    return tuple(act.event for act in world().acts if not act.event.source.startswith("wms"))


@cache
def told() -> tuple[Told, ...]:
    """What the warehouses have to tell: shipments that left and receipts, in the order of their times."""
    by_owner: dict[str, list[Event]] = {}
    for act in world().acts:
        if act.event.source.startswith("wms"):
            by_owner.setdefault(act.event.owner, []).append(act.event)
    found: list[Told] = [one for owner, events in by_owner.items() for one in _of_owner(owner, events)]
    return tuple(sorted(found, key=lambda one: (one.at, one.order)))


def _of_owner(owner: str, events: list[Event]) -> Iterator[Told]:
    undone = {event.body.reverses for event in events if isinstance(event.body, Reversed)}
    standing = [event for event in events if event.business_key not in undone]
    for event in standing:
        if isinstance(event.body, GoodsReceived):
            lines = tuple((one.line, one.quantity) for one in event.body.lines)
            at = event.occurred_at.replace(microsecond=0)
            yield Came(owner, event.body.node, event.body.receipt, at, lines)
    left = [event for event in standing if isinstance(event.body, Departed)]
    for n, event in enumerate(left):
        first = all(other.body.node != event.body.node for other in left[:n])
        yield _left(owner, event, standing, left, first)


def _left(owner: str, event: Event, standing: list[Event], left: list[Event], first: bool) -> Left:
    gone: Departed = event.body
    node = gone.node
    quantities = {one.line: one.quantity for one in gone.lines} or _rest(node, standing, left)
    shorts = [e.body for e in standing if isinstance(e.body, PickShort) and e.body.node == node and first]
    short: dict[str, int] = {}
    for one in shorts:
        short[one.line] = short.get(one.line, 0) + one.quantity
    lines = tuple(
        Line(line, f"ITEM-{line}", quantities.get(line, 0), short.get(line, 0)) for line in {**quantities, **short}
    )
    return Left(owner, node, gone.shipment, event.occurred_at.replace(microsecond=0), lines)


def _rest(node: str, standing: list[Event], left: list[Event]) -> dict[str, int]:
    """Return what the node picked and no shipment that names its lines took."""
    found: dict[str, int] = {}
    for event in standing:
        if isinstance(event.body, PickConfirmed) and event.body.node == node:
            found[event.body.line] = found.get(event.body.line, 0) + event.body.quantity
    for event in left:
        for one in event.body.lines if event.body.node == node else ():
            found[one.line] = found.get(one.line, 0) - one.quantity
    return {line: quantity for line, quantity in found.items() if quantity > 0}


def commands(events: list[Event]) -> dict[str, str]:
    """Return every posting that ought to exist after ``events``: by owner and chain its document, by id each command.

    The loads' facts reach their orders as in the running system.
    """
    ought = ought_of(events, RULES)
    found: dict[str, str] = {}
    for owner, decision in ought.decisions.items():
        for chain, one in decision.ought.items():
            found[f"{owner} {chain}"] = msgspec.json.encode(one.document).decode()
    return found | dict(_commanded(events))


def _commanded(events: list[Event]) -> Iterator[tuple[str, str]]:
    by_owner: dict[str, list[Event]] = {}
    for event in events:
        by_owner.setdefault(event.owner, []).append(event)
    for owner, own in by_owner.items():
        _, out = step(Record(owner), [Arrival(event) for event in own], RULES, 1)
        for one in out.commands:
            yield f"command {one.id}", f"{one.chain} {msgspec.json.encode(one.document).decode()}"


def by(partner: str, form: Callable[[Told], bytes], hear: Callable[..., list[Event]]) -> list[Event]:
    """Return all events of the world, the warehouses' by way of ``partner``'s messages."""
    return [*others(), *(event for n, one in enumerate(told()) for event in hear(partner, form(one), f"m{n}"))]
