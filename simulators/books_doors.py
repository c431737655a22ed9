"""What the door took off an invoice, and the credits and claims that follow from it.

Part of the independent books: written from the domain's rules and the physical truth, without the workflow's code.
"""

from __future__ import annotations

from typing import NamedTuple

from milepost.simulators.books_dates import day_at
from milepost.simulators.plan import DoorNote, OrderPlan, Shipment
from milepost.simulators.practices_transport import damage

NOT_DELIVERED = ("refused", "short", "lost", "wrong_product")
CARRIERS_FAULT = ("short", "damaged", "lost")

CREDIT = ("revenue", "receivable")
CLAIM = ("carrier_claims", "claimed_losses")


class Paper(NamedTuple):
    """A document in units: ``sides`` are its debit and credit accounts; at price or at cost. ``cause``: who it waits
    for, in vain."""

    chain: str
    date: str
    quantities: dict[str, int]
    at_price: bool
    sides: tuple[str, str]
    cause: str = ""


class Door(NamedTuple):
    """One shipment at the door. By line: ``billed`` units, those ``left_out`` of the proof and never billed, those
    ``refused``, and damaged ones that were ``credited``; ``notes``: the exceptions that count."""

    notes: tuple[DoorNote, ...]
    billed: dict[str, int]
    left_out: dict[str, int]
    refused: dict[str, int]
    credited_damage: dict[str, int]
    credits: dict[str, int]  # by key of the exception


def door_of(plan: OrderPlan, shipment: Shipment, shipped: dict[str, int]) -> Door:
    """Return what the door made of the ``shipped`` units by line."""
    notes = _counted(shipment, shipped)
    delivered = {line: quantity - _units(notes, line, NOT_DELIVERED) for line, quantity in shipped.items()}
    billed = dict(shipped)
    if plan.terms == "on_delivery":
        signed = dict(shipment.signed or ())
        billed = {n: min(q, signed.get(n, 0)) if signed else q for n, q in delivered.items()}
    left_out = {n: delivered[n] - billed[n] if plan.terms == "on_delivery" else 0 for n in shipped}
    credits = _credits(plan, notes, dict(left_out))
    damaged = {note.line: 0 for note in notes}
    for note in notes:
        damaged[note.line] += credits.get(note.key, 0) if note.code == "damaged" else 0
    refused = {line: _units(notes, line, ("refused",)) for line in shipped}
    return Door(notes, billed, left_out, refused, damaged, credits)


def door_papers(plan: OrderPlan, shipment: Shipment, door: Door, invoiced: bool, on_load: bool) -> list[Paper]:
    """Return the credits of what was billed in vain, and the claims on the carrier of the load."""
    papers = []
    for note in door.notes:
        day = day_at(note.at, shipment.node)
        units = door.credits.get(note.key, 0)
        if units and invoiced:
            papers.append(Paper(f"customer_credit/{note.key}", day, {note.line: units}, True, CREDIT))
        if on_load and note.code in CARRIERS_FAULT:
            papers.append(Paper(f"carrier_claim/{note.key}", day, {note.line: note.quantity}, False, CLAIM))
    return papers


def _counted(shipment: Shipment, shipped: dict[str, int]) -> tuple[DoorNote, ...]:
    """Return the exceptions that count: in their order, none beyond what the ones before it left of its line."""
    left, counted = dict(shipped), []
    for note in sorted(shipment.notes, key=lambda note: (note.at, note.key)):
        if note.taken_back_at is None and note.quantity <= left.get(note.line, 0):
            left[note.line] -= note.quantity
            counted.append(note)
    return tuple(counted)


def _credits(plan: OrderPlan, notes: tuple[DoorNote, ...], left_out: dict[str, int]) -> dict[str, int]:
    """Return the units that each exception credits. Damaged ones are first taken for those that were never billed."""
    credits = {}
    for note in notes:
        if note.code == "damaged":
            if damage(plan.customer) == "credit":
                unbilled = min(note.quantity, left_out[note.line])
                left_out[note.line] -= unbilled
                credits[note.key] = note.quantity - unbilled
        elif plan.terms == "on_goods_issue":
            credits[note.key] = note.quantity
    return credits


def _units(notes: tuple[DoorNote, ...], line: str, codes: tuple[str, ...]) -> int:
    return sum(note.quantity for note in notes if note.line == line and note.code in codes)
