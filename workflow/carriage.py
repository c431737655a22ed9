"""A load as its facts tell it, gathered once for all the rules that decide on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from milepost.contracts.controls import DeadlineFired
from milepost.contracts.tms import LoadPlanned, PickedUp
from milepost.workflow.calendars import subtract_working
from milepost.workflow.counted import Counted
from milepost.workflow.rules import Policy, Reference
from milepost.workflow.tenders import UNKNOWN_CARRIER, Tender, current, tenders


@dataclass(slots=True, frozen=True)
class Carriage:
    """All that the rules of a load look at. ``plan``: the standing one, with those aboard as its members.

    ``policy``: as it is for the plan's lane, service and node. ``binding``: the tender that binds. ``confirm_by``: when
    the carrier had to be known; None without such a rule or a cut-off. ``overdue``: that moment has passed.
    ``picked_up_by``: the key of the first pick-up that stands; empty while the load has not left.
    """

    load: str
    counted: Counted
    policy: Policy
    reference: Reference
    plan: LoadPlanned
    tenders: list[Tender]
    binding: Tender | None
    confirm_by: datetime | None
    overdue: bool
    picked_up_by: str

    @property
    def highest(self) -> Tender | None:
        return self.tenders[-1] if self.tenders else None


def carriage(load: str, counted: Counted, plan: LoadPlanned, policy: Policy, reference: Reference) -> Carriage:
    """Return the situation of a planned load."""
    found = tenders(counted, load, policy, reference)
    confirm_by = _confirm_by(plan, found, policy, reference)
    overdue = confirm_by is not None and passed(counted, "confirm", load, confirm_by)
    pick_ups = counted.standing(PickedUp)
    picked_up_by = pick_ups[0][0] if pick_ups else ""
    return Carriage(load, counted, policy, reference, plan, found, current(found), confirm_by, overdue, picked_up_by)


def passed(counted: Counted, kind: str, subject: str, due: datetime) -> bool:
    """Say whether the clock is known to have passed ``due``: a deadline of this subject fired then or later."""
    bodies = (cast(DeadlineFired, fact.body) for _, fact in counted.by.get(DeadlineFired, ()))
    return any(b.kind == kind and b.subject == subject and b.due >= due for b in bodies)


def _confirm_by(plan: LoadPlanned, found: list[Tender], policy: Policy, reference: Reference) -> datetime | None:
    """The policy's time before the cut-off, over the opening hours of the carrier that is asked first."""
    if policy.load_and_depart == "allow" or plan.cut_off is None:
        return None
    ranked = policy.tender_carriers[0] if policy.tender_carriers else ""
    first = found[0].offer.carrier if found else ranked
    calendar = reference.carriers.get(first, UNKNOWN_CARRIER).calendar
    return subtract_working(plan.cut_off, policy.confirm_before_s, calendar)
