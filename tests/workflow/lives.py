"""Hypothesis strategies of lives: the external facts of one to three orders and of the load that carries them.

A life is a set of traits, so that a failing one shrinks to the few turns that matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec
from hypothesis import strategies as st
from milepost.contracts import orders, tms, wms
from milepost.contracts.events import Event
from milepost.contracts.identifiers import load_key
from milepost.contracts.tms import LoadPlanned, TenderOffered
from milepost.contracts.wms import Departed, PickConfirmed
from milepost.tests.workflow import life_desk, life_door, life_inbound, life_loads, life_orders, life_short_words
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import ORDER_LANES, at
from milepost.tests.workflow.life_loads import LOAD, LoadLife
from milepost.tests.workflow.life_orders import NUMBERS, ORDER, PARTIAL, OrderLife, contested
from milepost.workflow.fanout import FANNED
from milepost.workflow.load import for_order
from milepost.workflow.record import Fact

TRAITS_MAX = 22
FEW = 60  # traits that need no theme

_CONTESTED: dict[str, Callable[[Event], bool]] = {
    "pick_contested": lambda e: isinstance(e.body, PickConfirmed),
    "departure_contested": lambda e: isinstance(e.body, Departed),
    "offer_contested": lambda e: isinstance(e.body, TenderOffered),
    "plan_contested": lambda e: isinstance(e.body, LoadPlanned),
    "release_contested": lambda e: e.business_key.endswith("/v1") and e.owner == ORDER,
}
_TAKEN_BACK: dict[str, type] = {
    "allocation_reversed": wms.Allocated, "pack_reversed": wms.Packed, "loading_reversed": wms.Loaded,
    "wave_reversed": wms.WavePlanned, "short_reversed": wms.PickShort, "cancel_reversed": orders.CancelRequested,
    "exception_reversed": tms.DeliveryExcepted, "coming_back_reversed": wms.ReturnReceived,
    "request_reversed": orders.ReturnRequested, "block_reversed": orders.CreditBlocked,
    "acceptance_reversed": tms.TenderAccepted, "rejection_reversed": tms.TenderRejected,
    "offer_reversed": tms.TenderOffered, "plan_reversed": LoadPlanned, "release_reversed": orders.OrderReleased,
    "amendment_reversed": orders.OrderAmended, "reversal_reversed": wms.Reversed,
}  # fmt: skip
PARTNERS = ("sites_refuse", "sites_silent")  # how sites answer when asked to stop: see people.answering
SHAPES = ("planned", "consolidated", "three_orders")
CONTESTED = (*_CONTESTED, "pick_resolved")
USUAL = (*life_orders.TRAITS, *life_loads.TRAITS, *SHAPES)  # what happens to most
ALL = (*USUAL, *life_short_words.TRAITS, *life_desk.TRAITS, *life_door.TRAITS, *life_inbound.TRAITS, *_TAKEN_BACK,
       *PARTNERS, *CONTESTED)  # fmt: skip
HELD = ("short", "short_elsewhere", "held", "load_held", "credit_blocked", "credit_blocked_again", "held_node",
        "held_shipment", "held_invoices", "held_credits", "careful", "confirmed_only", "asking",
        "retendering")  # fmt: skip
_MOST = ("departed", "delivered", "loaded", "second_node", "picked_whole", "on_delivery", "own_value", "planned")
THEMES: tuple[frozenset[str], ...] = tuple(
    frozenset(theme)
    for theme in (
        ALL, USUAL, USUAL,
        (*_MOST, *life_short_words.TRAITS, *life_desk.TRAITS, *ORDER_LANES, *PARTIAL, "short", "short_elsewhere",
         "routed", "short_released", "short_reversed", "allocated", "amended", "departure_reversed",
         "cancelled_by_erp"),
        (*_MOST, *life_loads.TRAITS, *SHAPES, *_TAKEN_BACK, "departure_reversed", "late_policy"),
        (*_MOST, *life_door.TRAITS, *life_desk.TRAITS, "careful", "impatient", "delivery_excepted", "damaged", "lost",
         "returned", "return_requested", "came_back", "inspected", "inspected_again", "inspection_reversed",
         "delivery_reversed", "second_shipment", *_TAKEN_BACK),
        (*life_inbound.TRAITS, *life_desk.TRAITS, "unreleased", "cancelled_by_erp", "held", "hold_released"),
        (*_MOST, "cancelled_by_erp", "cancelled_by_person", "sites_refuse", "sites_silent", "impatient", "routed",
         "waved", "allocated", "packed", "departure_reversed", "cancel_reversed", *_TAKEN_BACK),
    )
)  # fmt: skip
UNHELD = tuple(t for t in ALL if t not in (*CONTESTED, *HELD))


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
                     if e.owner == load_key(LOAD) and isinstance(e.body, FANNED)
                     and getattr(e.body, "order_id", owner) == owner]  # fmt: skip
        return mine

    def members(self) -> list[tms.Member]:
        return [m for e in self.events if isinstance(e.body, LoadPlanned) for m in e.body.members]

    def __repr__(self) -> str:
        return f"Life({', '.join(sorted(self.traits))}; {len(self.events)} facts)"


def _for(event: Event, order: str) -> Event:
    mine = for_order(Fact(event.occurred_at, event.body), order)
    return msgspec.structs.replace(event, owner=order, body=mine.body)


BY_HAND = ("issue_skipped", "invoice_skipped", "accrual_skipped")  # a person books these, so that nobody else does
UNDONE = ("compensated", "issue_compensated", "load_compensated")  # a person wants gone what ought to exist


def without(*traits: str, among: tuple[str, ...] = ALL) -> tuple[str, ...]:
    """Return ``among`` but for some."""
    return tuple(t for t in among if t not in traits)


def life(traits: Iterable[str], numbers: list[int] | None = None) -> Life:
    """Return the life with these traits."""
    has, n = frozenset(traits), numbers or [3, 4, 5, 6, 1, 2, 1, 4]
    first = OrderLife(ORDER, has, n)
    events = first.events()
    events += life_short_words.facts(ORDER, first.has, n, first.second)
    events += life_door.facts(ORDER, first.has, n)
    events += life_inbound.facts(ORDER, first.has, n)
    events += life_desk.facts(ORDER, first.has, n)
    members = [(ORDER, shipment) for shipment in first.shipments()]
    others = ["O-2"] * ("consolidated" in has) + ["O-3"] * ("three_orders" in has)
    for order in others:
        plain = OrderLife(order, has & {"picked", "departed", "loaded", "on_delivery", "delivered"}, n[::-1])
        events += plain.events()
        members.append((order, f"{order}-S1"))
    if "planned" in has:
        events += LoadLife(LOAD, has, members, n).events()
    for trait, kind in _TAKEN_BACK.items():
        if trait in has:
            events += _taken_back(events, kind)
    for trait, wanted in _CONTESTED.items():
        if trait in has:
            events += contested(events, trait, wanted)
    if "pick_resolved" in has and "pick_contested" in has:
        picks = [e for e in events if isinstance(e.body, PickConfirmed)]
        events += [s.resolved(e.owner, 75, e) for e in picks[:1]]
    return Life(has, tuple(events))


def _taken_back(events: list[Event], kind: type) -> list[Event]:
    """Return the word that the first fact of a kind did not stand, said a minute after it."""
    found = next((e for e in events if isinstance(e.body, kind)), None)
    return [s.undone(found, 1 + int((found.occurred_at - at(0)).total_seconds()) // 60)] if found else []


_NEEDS = life_orders.NEEDS | life_loads.NEEDS | life_short_words.NEEDS | life_desk.NEEDS | life_door.NEEDS
_NEEDS |= life_inbound.NEEDS


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

    Two of three lives keep to one theme beside what happens to most. In one of five an effect may lack its cause: an
    acceptance of what was never offered.
    """
    theme = THEMES[draw(st.integers(0, len(THEMES) + len(THEMES) // 2)) % len(THEMES)] if len(among) > FEW else among
    pool = tuple(t for t in among if t in theme) or among
    size = draw(st.integers(0, min(TRAITS_MAX, len(pool))))
    some = draw(st.lists(st.sampled_from(pool), unique=True, min_size=size, max_size=size))
    bad = [draw(st.sampled_from(life_orders.REFUSED))] if refused and draw(st.integers(0, 5)) == 5 else []
    numbers = draw(st.lists(st.integers(1, 6), min_size=NUMBERS, max_size=NUMBERS))
    traits = {*some, *always, *bad}
    if draw(st.integers(0, 4)):
        traits |= whole(traits) & {*among, *always}
    return life(traits, numbers)


seeds = st.integers(0, 2**32 - 1)
