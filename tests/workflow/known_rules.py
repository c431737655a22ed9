"""Small rules of the tests' own: two policies and one set of master data, in force from known moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from milepost.workflow.rules import Item, ModeLimit, Policy, Reference, Rules, Site

MORNING = datetime(2026, 1, 30, 8, tzinfo=UTC)  # two days before a period ends
NORTH, SOUTH = "DC-NORTH", "DC-SOUTH"


def at(minutes: int) -> datetime:
    """Return the moment ``minutes`` after the start of the tests' day."""
    return MORNING + timedelta(minutes=minutes)


HOLDING = Policy(version="holding", effective_from=datetime(2020, 1, 1, tzinfo=UTC), orphan_after_s=3600)
SHIPPING_SHORT = Policy(
    version="shipping-short", effective_from=at(50), short_pick="ship_short", late_accept="ignore", orphan_after_s=3600
)
MASTER = Reference(
    version="master",
    effective_from=datetime(2020, 1, 1, tzinfo=UTC),
    customers=frozenset({"C001", "C002"}),
    sites={NORTH: Site(), SOUTH: Site()},
    items={"ITEM-1": Item(100), "ITEM-2": Item(2000)},
    transport={m: ModeLimit(1_000_000) for m in ("ltl", "ftl", "pickup", "ocean")} | {"parcel": ModeLimit(30_000)},
    needs_planning=frozenset({"ltl", "ftl", "ocean"}),
    suppliers=frozenset({"SUPPLIER-1"}),
)
RULES = Rules([HOLDING, SHIPPING_SHORT], [MASTER], tenant="test")
