"""Small rules of the tests' own: two policies and one set of master data, in force from known moments.

What the lives try of practices is a lane each: the order's release names it, or the load's plan.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from milepost.workflow.rules import Calendar, Item, ModeLimit, Policy, Reference, Rules, Site, Special

MORNING = datetime(2026, 1, 30, 8, tzinfo=UTC)  # two days before a period ends
NORTH, SOUTH, EAST = "DC-NORTH", "DC-SOUTH", "DC-EAST"


def at(minutes: int) -> datetime:
    """Return the moment ``minutes`` after the start of the tests' day."""
    return MORNING + timedelta(minutes=minutes)


HOLDING = Policy(version="holding", effective_from=datetime(2020, 1, 1, tzinfo=UTC), orphan_after_s=3600)
SHIPPING_SHORT = Policy(
    version="shipping-short", effective_from=at(50), short_pick="ship_short", late_accept="ignore", orphan_after_s=3600
)
# Practices of orders, by lane.
ORDER_LANES: dict[str, dict[str, object]] = {
    "reallocating": {"short_pick": "reallocate", "reallocate_to": (NORTH, SOUTH)},
    "back_ordering": {"short_pick": "back_order", "over_delivery_percent": 20},
    "cancelling_rest": {"short_pick": "cancel_remainder"},
    "substituting": {"short_pick": "substitute", "substitutes": {"ITEM-2": "ITEM-1"}},
    "impatient": {
        "shortage_within_s": 600, "pod_within_s": 3600, "cancel_answer_within_s": 600, "milestone_within_s": 3600,
        "ship_confirm_within_s": 300, "receipt_within_s": 600, "sla_s": {"warning": 1800},
        "escalates_to": {"warehouse-desk": "order-desk"}, "fallback": "poll",
    },
    "careful": {"return_approval": "person", "damage": "replace", "limits_minor": {"ada": 500, "chief": 10**9}},
}  # fmt: skip
_ASKED: dict[str, object] = {"tender_carriers": ("CARRIER-1", "CARRIER-2"), "tenders_max": 3}
# Practices of loads, by lane. The deadline is ten minutes before the cut-off.
LOAD_LANES: dict[str, dict[str, object]] = {
    "confirmed_only": {"load_and_depart": "hold", "confirm_before_s": 600},
    "provisional": {
        "load_and_depart": "provisional", "confirm_before_s": 600, "provisional_carrier": "CARRIER-9",
        "provisional_rate_minor": 777, "provisional_approval_above_minor": 2000, "freight_split": "value",
    },
    "asking": _ASKED | {"load_and_depart": "hold", "confirm_before_s": 600},
    "retendering": _ASKED | {"load_and_depart": "retender", "confirm_before_s": 600, "same_carrier_again": True},
}  # fmt: skip
AT_EAST = {"inbound_grace_s": 600, "over_receipt_percent": 50, "fallback": "poll"}
SPECIAL = (
    *(Special(lane=lane, set=knobs) for lane, knobs in (ORDER_LANES | LOAD_LANES).items()),
    Special(site=EAST, set=AT_EAST),
)
IN_FORCE = [msgspec.structs.replace(policy, special=SPECIAL) for policy in (HOLDING, SHIPPING_SHORT)]
MASTER = Reference(
    version="master",
    effective_from=datetime(2020, 1, 1, tzinfo=UTC),
    customers=frozenset({"C001", "C002"}),
    sites={
        NORTH: Site(),
        SOUTH: Site(),
        EAST: Site(calendar=Calendar(time_zone="Asia/Tokyo"), wave_cut_offs=("18:00", "23:30"), cancel_until="picked"),
    },
    items={"ITEM-1": Item(100), "ITEM-2": Item(2000), "ITEM-3": Item(10, (EAST, NORTH))},
    transport={m: ModeLimit(1_000_000) for m in ("ltl", "ftl", "pickup", "ocean")} | {"parcel": ModeLimit(30_000)},
    needs_planning=frozenset({"ltl", "ftl", "ocean"}),
    suppliers=frozenset({"SUPPLIER-1"}),
)
RULES = Rules(IN_FORCE, [MASTER], tenant="test")
