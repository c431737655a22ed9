"""What becomes of an order's short picks: decisions of persons, units found elsewhere, later, or as another item."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import get_args

from milepost.contracts.events import Event
from milepost.contracts.verbs import Shortfall
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import NORTH, SOUTH

OUTCOMES: tuple[Shortfall, ...] = get_args(Shortfall)


def facts(order: str, has: Callable[[str], bool], n: list[int], second: str) -> Iterator[Event]:
    """Yield what follows the short pick of line A at NORTH, and of line B at ``second``."""
    short, elsewhere = s.short(order, 23, "A", n[5]), s.short(order, 23, "B", n[6], second)
    for number, outcome in enumerate(OUTCOMES):
        if has(f"decided_{outcome}"):
            yield s.decided(short, 41 + (number + n[0]) % len(OUTCOMES), outcome, n=number,
                            node=SOUTH if outcome == "reallocate" else "",
                            item="ITEM-1" if outcome == "substitute" else "")  # fmt: skip
    if has("decided_badly"):
        yield s.decided(short, 47, "reallocate", node="DC-MOON", n=9)
    if has("decided_elsewhere"):
        yield s.decided(elsewhere, 48, OUTCOMES[n[6] % len(OUTCOMES)], node=NORTH, item="ITEM-2")
    if has("substitute_approved"):
        yield s.approved(order, 42, short.business_key)
    if has("taken_over"):
        yield s.picked(order, 46, "A", n[5], SOUTH, n=3)
    if has("picked_later"):
        yield s.picked(order, 47, "A", n[5], n=4)
    if has("substitute_picked"):
        yield s.picked(order, 48, "A~ITEM-1", n[5])


TRAITS: tuple[str, ...] = (
    *(f"decided_{outcome}" for outcome in OUTCOMES), "decided_badly", "decided_elsewhere", "substitute_approved",
    "taken_over", "picked_later", "substitute_picked",
)  # fmt: skip
NEEDS = dict.fromkeys(TRAITS, "short") | {"decided_elsewhere": "short_elsewhere"}
