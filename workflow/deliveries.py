"""What happened at the door: exceptions by quantity, what may be billed, credits and claims (docs/rules.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from milepost.contracts.documents import CarrierClaim, DocumentLine
from milepost.contracts.identifiers import part
from milepost.contracts.tms import DeliveryCode, DeliveryExcepted
from milepost.workflow.counted import Counted
from milepost.workflow.credits import At, Credits
from milepost.workflow.dates import site_date
from milepost.workflow.decision import Decision, Ought, Problem
from milepost.workflow.shipments import Shipment
from milepost.workflow.situation import Situation

NOT_DELIVERED: frozenset[DeliveryCode] = frozenset({"refused", "short", "lost", "wrong_product"})
CLAIMED: frozenset[DeliveryCode] = frozenset({"short", "damaged", "lost"})
MOVES_MONEY = NOT_DELIVERED | CLAIMED
GONE: frozenset[DeliveryCode] = frozenset({"short", "lost", "wrong_product"})
"""Of these the ordered goods cannot come back."""


@dataclass(slots=True, frozen=True)
class Excepted:
    """An exception at the door that counts: so many units of one line of one shipment."""

    key: str
    at: datetime
    code: DeliveryCode
    where: At
    quantity: int


@dataclass(slots=True)
class Delivery:
    """What delivery exceptions take from each (shipment, line), by code; exceeding ones are left out.

    ``exceeding``: key → what is wrong with it, in words. ``credits``, ``damage_credited``: filled when credits are
    decided, for the returns that come after.
    """

    counted: list[Excepted] = field(default_factory=list)
    taken: dict[At, dict[str, int]] = field(default_factory=dict)
    exceeding: dict[str, str] = field(default_factory=dict)
    credits: Credits | None = None
    damage_credited: dict[At, int] = field(default_factory=dict)

    def units(self, where: At, codes: frozenset[DeliveryCode]) -> int:
        """Return the units that exceptions of these codes take from a shipment's line."""
        return sum(n for code, n in self.taken.get(where, {}).items() if code in codes)


def delivery(counted: Counted, shipments: list[Shipment]) -> Delivery:
    """Return what the delivery exceptions of the order come to, in the order of the sources' time."""
    found = Delivery()
    if not counted.by.get(DeliveryExcepted):
        return found
    left = {(s.id, line): quantity for s in shipments for line, quantity in s.quantities.items()}
    for key, fact, said in counted.standing(DeliveryExcepted):
        if said.code not in MOVES_MONEY or not said.line or not said.quantity:
            continue
        where = (said.shipment, said.line)
        if said.quantity > left.get(where, 0):
            found.exceeding[key] = (
                f"{said.code} {said.quantity} of line {said.line}, shipment {said.shipment}: {left.get(where, 0)} left"
            )
            continue
        left[where] -= said.quantity
        found.counted.append(Excepted(key, fact.occurred_at, said.code, where, said.quantity))
        by_code = found.taken.setdefault(where, {})
        by_code[said.code] = by_code.get(said.code, 0) + said.quantity
    return found


def billable(shipment: Shipment, terms: str, found: Delivery) -> dict[str, int]:
    """Return the quantities of a shipment that are invoiced under ``terms``."""
    if terms != "on_delivery" or not (found.taken or shipment.proven):
        return shipment.quantities
    arrived = {
        line: quantity - found.units((shipment.id, line), NOT_DELIVERED)
        for line, quantity in shipment.quantities.items()
    }
    if not shipment.proven:
        return arrived
    stated = proven(shipment)
    return {line: min(quantity, stated.get(line, 0)) for line, quantity in arrived.items()}


def proven(shipment: Shipment) -> dict[str, int]:
    """Return what the proof of delivery states, by line."""
    stated: dict[str, int] = {}
    for one in shipment.proven:
        stated[one.line] = stated.get(one.line, 0) + one.quantity
    return stated


def credit_and_claim(now: Situation, found: Delivery, decision: Decision) -> None:
    """Add the credits and carrier claims of delivery exceptions, and show what went wrong."""
    if not now.counted.by.get(DeliveryExcepted):
        return
    _show(now, found, decision)
    if not found.counted:
        return
    found.credits = credits = Credits(now, decision)
    shipments = {s.id: s for s in now.shipments}
    carried = {m.shipment for plan in now.plans.values() for m in plan.members if m.order_id == now.id}
    unproven: dict[At, int] = {}
    for one in found.counted:
        shipment = shipments[one.where[0]]
        date = site_date(one.at, shipment.node, now.snapshot.reference)
        if one.code == "damaged":
            _damaged(now, one, shipment, date, unproven, found, decision)
        elif now.snapshot.header.terms != "on_delivery":
            credits.credit(one.key, one.where, one.quantity, one.code, date, "CR1 billed and not delivered")
        if one.code in CLAIMED and shipment.id in carried:
            _claim(now, one, date, decision)


def _damaged(
    now: Situation, one: Excepted, shipment: Shipment, date: str, unproven: dict[At, int], found: Delivery,
    decision: Decision,
) -> None:  # fmt: skip
    """Credit damaged units that were billed; those that the proof leaves out never were."""
    if now.snapshot.at_site(shipment.node).damage == "replace":
        text = f"send {one.quantity} of line {one.where[1]} once more: they stay billed"
        cause = f"replace/{part(one.key)}"  # to have seen the damage is not to have replaced it
        decision.problems.append(
            Problem("DAMAGE_TO_REPLACE", cause, "warning", "customer-desk", text, (one.key,), one.at,
                    f"control.release names {cause}, when replaced")
        )  # fmt: skip
        return
    credits = found.credits or Credits(now, decision)
    arrived = shipment.quantities[one.where[1]] - found.units(one.where, NOT_DELIVERED)
    gap = unproven.get(one.where, max(0, arrived - credits.billed(one.where)))
    unproven[one.where] = max(0, gap - one.quantity)
    billed = max(0, one.quantity - gap)
    taken = credits.credit(one.key, one.where, billed, one.code, date, "CR2 billed and damaged")
    found.damage_credited[one.where] = found.damage_credited.get(one.where, 0) + taken


def _claim(now: Situation, one: Excepted, date: str, decision: Decision) -> None:
    """What the carrier owes stands beside the freight, which stays payable."""
    shipment, name = one.where
    line = next(n for n in now.demand.lines if n.line == name)
    header = now.snapshot.header
    claimed = DocumentLine(line=name, item=line.item, quantity=one.quantity,
                           amount_minor=one.quantity * line.unit_cost_minor)  # fmt: skip
    document = CarrierClaim(date=date, shipment=shipment, reason=one.code, currency=header.currency,
                            company=header.company, lines=(claimed,))  # fmt: skip
    chain = f"carrier_claim/{part(one.key)}"
    decision.ought[chain] = Ought(chain, document, "CL1 lost or damaged on a load", (now.snapshot.key, one.key),
                                  requires=f"goods_issue/{part(shipment)}")  # fmt: skip


def _show(now: Situation, found: Delivery, decision: Decision) -> None:
    """Every exception is shown until a person has seen to it or its source takes it back."""
    for key, fact, bad in now.counted.standing(DeliveryExcepted):
        until = f"control.release names {key}, or its source takes it back"
        if key in found.exceeding:
            problem = Problem("EXCEPTION_EXCEEDS", key, "warning", "customer-desk", found.exceeding[key],
                              since=fact.occurred_at, until=f"{until}, or as much is shipped")  # fmt: skip
        else:
            what = f"{bad.code} {bad.quantity or ''} {bad.line and f'of line {bad.line}'} {bad.text}"
            problem = Problem("DELIVERY_EXCEPTION", key, "warning", "customer-desk", " ".join(what.split()),
                              since=fact.occurred_at, until=until)  # fmt: skip
        decision.problems.append(problem)
