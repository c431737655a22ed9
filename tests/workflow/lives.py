"""Hypothesis strategies of lives: the external facts of one to three orders and of the load that carries them.

A life is a set of traits, so that a failing one shrinks to the few turns that matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec
from hypothesis import strategies as st
from milepost.contracts import tms
from milepost.contracts.events import Event
from milepost.contracts.identifiers import load_key
from milepost.contracts.tms import LoadPlanned, TenderOffered
from milepost.contracts.wms import Departed, PickConfirmed
from milepost.tests.workflow import life_loads, life_orders
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.life_loads import LOAD, LoadLife
from milepost.tests.workflow.life_orders import NUMBERS, ORDER, OrderLife, contested
from milepost.workflow.load import for_order
from milepost.workflow.record import Fact

TRAITS_MAX = 22

_CONTESTED: dict[str, Callable[[Event], bool]] = {
    "pick_contested": lambda e: isinstance(e.body, PickConfirmed),
    "departure_contested": lambda e: isinstance(e.body, Departed),
    "offer_contested": lambda e: isinstance(e.body, TenderOffered),
    "plan_contested": lambda e: isinstance(e.body, LoadPlanned),
    "release_contested": lambda e: e.business_key.endswith("/v1") and e.owner == ORDER,
}
SHAPES = ("planned", "consolidated", "three_orders")
CONTESTED = (*_CONTESTED, "pick_resolved")
ALL = (*life_orders.TRAITS, *life_loads.TRAITS, *SHAPES, *CONTESTED)
UNHELD = tuple(t for t in ALL if t not in (*CONTESTED, "short", "short_elsewhere", "held", "load_held"))


@dataclass(frozen=True)
class Life:
    """The traits and the external facts that follow from them; persons' answers to what happens are not among them."""

    traits: frozenset[str]
    events: tuple[Event, ...]

    def owners(self) -> list[str]:
        return sorted({e.owner for e in self.events})

    def of(self, owner: str) -> list[Event]:
        """Return all that ``owner`` will hear, what its load passes on to it included."""
        mine = [e for e in self.events if e.owner == owner]
        if owner != load_key(LOAD) and any(m.order_id == owner for m in self.members()):
            mine += [_for(e, owner) for e in self.events
                     if e.owner == load_key(LOAD) and getattr(e.body, "order_id", owner) == owner]  # fmt: skip
        return mine

    def members(self) -> list[tms.Member]:
        return [m for e in self.events if isinstance(e.body, LoadPlanned) for m in e.body.members]

    def __repr__(self) -> str:
        return f"Life({', '.join(sorted(self.traits))}; {len(self.events)} facts)"


def _for(event: Event, order: str) -> Event:
    mine = for_order(Fact(event.occurred_at, event.body), order)
    return msgspec.structs.replace(event, owner=order, body=mine.body)


def life(traits: Iterable[str], numbers: list[int] | None = None) -> Life:
    """Return the life with these traits."""
    has, n = frozenset(traits), numbers or [3, 4, 5, 6, 1, 2, 1, 4]
    first = OrderLife(ORDER, has, n)
    events = first.events()
    members = [(ORDER, shipment) for shipment in first.shipments()]
    others = ["O-2"] * ("consolidated" in has) + ["O-3"] * ("three_orders" in has)
    for order in others:
        plain = OrderLife(order, has & {"picked", "departed", "loaded", "on_delivery", "delivered"}, n[::-1])
        events += plain.events()
        members.append((order, f"{order}-S1"))
    if "planned" in has:
        events += LoadLife(LOAD, has, members, n).events()
    for trait, wanted in _CONTESTED.items():
        if trait in has:
            events += contested(events, trait, wanted)
    if "pick_resolved" in has and "pick_contested" in has:
        picks = [e for e in events if isinstance(e.body, PickConfirmed)]
        events += [s.resolved(e.owner, 75, e) for e in picks[:1]]
    return Life(has, tuple(events))


_NEEDS = life_orders.NEEDS | life_loads.NEEDS


def whole(traits: Iterable[str]) -> set[str]:
    """Return the traits with those they presuppose: an answer needs an offer, an offer a load."""
    found = set(traits)
    while missing := {_NEEDS[t] for t in found if t in _NEEDS} - found:
        found |= missing
    return found | ({"planned"} if found & {*life_loads.TRAITS, "consolidated", "three_orders"} else set())


@st.composite
def lives(
    draw: st.DrawFn, among: tuple[str, ...] = ALL, always: tuple[str, ...] = ("picked",), refused: bool = False
) -> Life:
    """Draw a life with some of the traits ``among`` and all of ``always``; one in six refused, when asked for.

    In one of five an effect may lack its cause: an acceptance of what was never offered.
    """
    size = draw(st.integers(0, min(TRAITS_MAX, len(among))))
    some = draw(st.lists(st.sampled_from(among), unique=True, min_size=size, max_size=size))
    bad = [draw(st.sampled_from(life_orders.REFUSED))] if refused and draw(st.integers(0, 5)) == 5 else []
    numbers = draw(st.lists(st.integers(1, 6), min_size=NUMBERS, max_size=NUMBERS))
    traits = {*some, *always, *bad}
    if draw(st.integers(0, 4)):
        traits |= whole(traits) & {*among, *always}
    return life(traits, numbers)


seeds = st.integers(0, 2**32 - 1)
