"""What came back: its stock, and the credits that are due for it.

Part of the independent books: written from the domain's rules and the physical truth, without the workflow's code.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from milepost.simulators.books_dates import day_at
from milepost.simulators.books_doors import CREDIT, Door, Paper
from milepost.simulators.plan import OrderPlan, Shipment
from milepost.simulators.plan_returns import Inspection, ReturnCase
from milepost.simulators.practices_transport import return_needs_approval

_INTO: Final = {
    "restock": "inventory", "scrap": "scrapped_goods", "repair": "inventory_in_repair", "vendor": "vendor_returns",
}  # fmt: skip
_NEVER_THERE: Final = ("short", "lost", "wrong_product")


class _Back(NamedTuple):
    case: ReturnCase
    inspection: Inspection


def returnable(shipped: dict[str, int], door: Door) -> dict[str, int]:
    """Return how many units of each line can come back: those that are not lost on the way."""
    gone = dict.fromkeys(shipped, 0)
    for note in door.notes:
        gone[note.line] += note.quantity if note.code in _NEVER_THERE else 0
    return {line: quantity - gone[line] for line, quantity in shipped.items()}


def stays_unapproved(plan: OrderPlan, case: ReturnCase) -> bool:
    """Say whether the credit waits for ever for a person."""
    return return_needs_approval(plan.customer) and bool(case.requests) and case.approved_at is None


def return_papers(
    plan: OrderPlan, shipment: Shipment, shipped: dict[str, int], door: Door, invoiced: bool
) -> list[Paper]:
    """Return the stock that came in again and the credits for it, inspection by inspection in their order."""
    papers = []
    room = returnable(shipped, door)
    # Units for which nothing is owed any more: they come back before any others do.
    settled = {n: door.refused[n] + door.credited_damage.get(n, 0) + door.left_out[n] for n in shipped}
    for case, one in _in_order(plan, shipment):
        fits = one.quantity <= room.get(case.line, 0)
        units = one.quantity if fits else room.get(case.line, 0) if one.accepted_at else 0
        if not units:
            continue
        room[case.line] -= units
        day = day_at(plan.reported(case.node, one.at), case.node)
        sides = (_INTO[one.disposition], "cost_of_goods_sold")
        papers.append(Paper(f"stock_return/{one.key}", day, {case.line: units}, False, sides))
        free = min(units, settled[case.line])
        settled[case.line] -= free
        if invoiced and units > free:
            cause = case.requests[-1].key if stays_unapproved(plan, case) else ""
            quantities = {case.line: units - free}
            papers.append(Paper(f"customer_credit/{one.key}", day, quantities, True, CREDIT, cause))
    return papers


def _in_order(plan: OrderPlan, shipment: Shipment) -> list[_Back]:
    came = [
        _Back(case, one)
        for case in plan.returns
        if case.shipment == shipment.shipment
        for one in case.inspections
        if one.reversed_at is None
    ]
    return sorted(came, key=lambda back: (plan.reported(back.case.node, back.inspection.at), back.inspection.key))
