"""Orders and loads that get stuck on purpose, each for one cause: what their partners say, and where they must show.

They stand on the rules that are delivered: customers, items and policies are those of policies/ and reference/.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import msgspec
from milepost.contracts.events import Event
from milepost.contracts.orders import OrderLine
from milepost.tests.workflow import saying as s

HOLDS = "C030"
"""A customer with whom nothing was agreed for shortages: a person decides."""
LATER = timedelta(hours=80)
"""After so long the carriers have let their tenders expire, and nobody has released the orphans' orders."""
Group = tuple[str, str, str]
"""Stage, cause, system."""


class Stuck(NamedTuple):
    owner: str
    group: Group
    events: tuple[Event, ...]
    rejected: bool = False
    """Whether the ERP has to reject its goods issue."""


def planted(minutes: int) -> list[Stuck]:
    """Return them all; their stories begin ``minutes`` after the tests' day."""
    return [*_unknown(minutes), *_short(minutes), *_conflicting(minutes), *_rejected(minutes), *_tenders(minutes),
            *_held(minutes), *_over_picked(minutes), *_orphans(minutes)]  # fmt: skip


def _released(order: str, minutes: int, *, customer: str = HOLDS, item: str = "ITEM-001") -> Event:
    line = OrderLine(line="A", item=item, quantity=10, unit_price_minor=1000, unit_cost_minor=400, node=s.NORTH)
    return s.released(order, minutes, line, customer=customer, mode="pickup")


def _unknown(m: int) -> Iterator[Stuck]:
    for n in range(3):
        order = f"PL-CUSTOMER-{n}"
        yield Stuck(order, ("rejected", "UNKNOWN_CUSTOMER", "ERP"), (_released(order, m, customer="C999"),))
    for n in range(2):
        order = f"PL-ITEM-{n}"
        yield Stuck(order, ("rejected", "UNKNOWN_ITEM", "ERP"), (_released(order, m, item="ITEM-999"),))


def _short(m: int) -> Iterator[Stuck]:
    for n in range(4):
        order = f"PL-SHORT-{n}"
        events = (_released(order, m), s.picked(order, m + 30, "A", 6), s.short(order, m + 31, "A", 4))
        yield Stuck(order, ("in_fulfilment", "SHORT_PICK", "people"), events)


def _conflicting(m: int) -> Iterator[Stuck]:
    for n in range(2):
        order = f"PL-CONFLICT-{n}"
        events = (_released(order, m), s.picked(order, m + 30, "A", 10), s.picked(order, m + 30, "A", 4))
        yield Stuck(order, ("released", "CONFLICT", "people"), events)


def _rejected(m: int) -> Iterator[Stuck]:
    for n in range(3):
        order = f"PL-REJECTED-{n}"
        gone = (s.picked(order, m + 30, "A", 10), s.departed(order, m + 60, f"S-{order}"))
        yield Stuck(order, ("shipped", "POSTING_REJECTED", "ERP"), (_released(order, m), *gone), rejected=True)


def _tenders(m: int) -> Iterator[Stuck]:
    for n in range(2):
        load = f"PL-{n}"
        events = (s.planned(load, m, 1), s.asked(load, m + 10, 1, "CARR-A", 100_00, m + 60))
        yield Stuck(f"load/{load}", ("tendered", "TENDER_UNANSWERED", "TMS"), events)


def _held(m: int) -> Iterator[Stuck]:
    for n in range(2):
        order = f"PL-HELD-{n}"
        yield Stuck(order, ("released", "MANUAL", "people"), (_released(order, m), s.held(order, m + 5)))


def _over_picked(m: int) -> Iterator[Stuck]:
    for n in range(2):
        order = f"PL-OVER-{n}"
        events = (_released(order, m), s.picked(order, m + 30, "A", 15))
        yield Stuck(order, ("in_fulfilment", "OVER_PICKED", "WMS"), events)


def _orphans(m: int) -> Iterator[Stuck]:
    for n in range(2):
        order = f"PL-ORPHAN-{n}"
        yield Stuck(order, ("parked", "ORPHAN_EVENT", "ERP"), (s.picked(order, m + 30, "A", 10),))


def as_messages(stuck: list[Stuck]) -> list[tuple[str, bytes]]:
    """Return key and value of every message, in the order in which they are sent."""
    return [(event.owner, msgspec.json.encode(event)) for one in stuck for event in one.events]
