"""Who travels on a load: its plan, and the optimiser's rows that changed it since, by the source's time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from milepost.contracts.tms import LoadPlanned, Member, MemberAssigned
from milepost.workflow.record import Fact

if TYPE_CHECKING:
    from milepost.workflow.counted import Counted

_Row = tuple[str, Fact, MemberAssigned]


def standing_plans(counted: Counted) -> dict[str, LoadPlanned]:
    """Return the standing plan of each load, with those aboard as its members in the order of (order, shipment).

    The highest plan version stands. A row changes it if it is the later word of the two; of the rows of one shipment
    the highest version counts. An order sees only its own members and rows, and finds the same of itself.
    """
    if not counted.by.get(LoadPlanned):
        return {}
    found: dict[str, tuple[Fact, LoadPlanned]] = {}
    for _, fact, plan in counted.standing(LoadPlanned):
        if plan.load not in found or plan.version >= found[plan.load][1].version:
            found[plan.load] = fact, plan
    rows = _rows(counted)
    return {load: _changed(fact, plan, rows.get(load, ())) for load, (fact, plan) in found.items()}


def aboard(plans: dict[str, LoadPlanned], load: str, shipment: str) -> bool:
    """Say whether a shipment travels on a load, as far as its plan is known: without one whoever speaks is believed."""
    return load not in plans or any(member.shipment == shipment for member in plans[load].members)


def _rows(counted: Counted) -> dict[str, list[_Row]]:
    """Return the standing row of each shipment, by load."""
    if not counted.by.get(MemberAssigned):
        return {}
    highest: dict[tuple[str, str, str], _Row] = {}
    for row in counted.standing(MemberAssigned):
        of = row[2].load, row[2].order_id, row[2].shipment
        if of not in highest or row[2].version >= highest[of][2].version:
            highest[of] = row
    found: dict[str, list[_Row]] = {}
    for row in highest.values():
        found.setdefault(row[2].load, []).append(row)
    return found


def _changed(fact: Fact, plan: LoadPlanned, rows: list[_Row] | tuple[()]) -> LoadPlanned:
    if len(plan.members) < 2 and not rows:
        return plan
    aboard = {(m.order_id, m.shipment): m for m in plan.members}
    for _, said, row in rows:
        of = row.order_id, row.shipment
        if said.occurred_at <= fact.occurred_at:
            continue
        if row.aboard:
            aboard[of] = _member(row, aboard.get(of))
        else:
            aboard.pop(of, None)
    return msgspec.structs.replace(plan, members=tuple(aboard[of] for of in sorted(aboard)))


def _member(row: MemberAssigned, planned: Member | None) -> Member:
    """What the row does not know of weight and value (zero), the plan may."""
    return Member(
        order_id=row.order_id, shipment=row.shipment,
        weight_grams=row.weight_grams or (planned.weight_grams if planned else 0),
        value_minor=row.value_minor or (planned.value_minor if planned else 0),
    )  # fmt: skip
