"""May the load leave while its carrier has not confirmed? One word of the policy answers (docs/rules.md, Loads)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from milepost.contracts.identifiers import part
from milepost.contracts.instructions import LoadingReleased
from milepost.contracts.money import shown
from milepost.contracts.verbs import Overridden
from milepost.workflow.carriage import Carriage
from milepost.workflow.decision import Deadline, Decision, Problem, Telling
from milepost.workflow.people import accepted_overrides

Provisional = Literal["no", "forbidden", "unapproved", "in_force", "rejected_late"]


def provisional(now: Carriage) -> Provisional:
    """Say whether the load leaves for the contract carrier, since nobody had confirmed when it was time.

    ``forbidden``, ``unapproved``: the goods are worth too much, for anybody or until a person approves.
    ``rejected_late``: it was let go, and then the carrier said no: what was accrued has no ground any more.
    """
    if now.policy.load_and_depart != "provisional" or not now.overdue or now.binding is not None:
        return "no"
    if not now.plan.members:
        return "no"
    return _barred(now) or ("rejected_late" if _rejected_late(now) else "in_force")


def may_leave(now: Carriage, decision: Decision) -> None:
    """Tell the warehouse to load when a carrier, confirmed or provisional, is there; show what is missing."""
    if now.policy.load_and_depart == "allow":
        decision.stays.add("wms/load")  # nobody is told to stop what was let go under another practice
        return
    if now.confirm_by is not None and now.plan.members:
        decision.deadlines.append(_deadline(now, now.confirm_by))
    judged = provisional(now)
    _release(now, judged, decision)
    if judged != "no":
        decision.problems.append(_shown(now, judged))
    elif now.overdue and now.binding is None and now.plan.members and now.policy.load_and_depart != "provisional":
        text = "the load is due and no carrier has confirmed: it must not leave"
        assert now.confirm_by is not None
        cause = _deadline(now, now.confirm_by).key
        decision.problems.append(Problem("CARRIER_UNCONFIRMED", cause, "error", "transport-desk", text,
                                         since=now.confirm_by, until="a carrier accepts the load"))  # fmt: skip


def _release(now: Carriage, judged: Provisional, decision: Decision) -> None:
    """A truck let go provisionally may have left when the rejection comes: only a person stops it then."""
    unbound = judged in ("in_force", "rejected_late")
    if not now.plan.members or (now.binding is None and not unbound):
        return
    carrier = now.binding.offer.carrier if now.binding else now.policy.provisional_carrier
    body = LoadingReleased(load=now.load, node=now.plan.node, carrier=carrier, provisional=unbound,
                           shipments=tuple(sorted({m.shipment for m in now.plan.members})))  # fmt: skip
    rule = "IS6 provisional carrier" if unbound else "IS5 carrier confirmed"
    decision.tellings.append(Telling("wms/load", "wms", body, rule))


def _shown(now: Carriage, judged: Provisional) -> Problem:
    """Its cause is the deadline; of what a person may approve it is the name that the approval names."""
    assert now.confirm_by is not None
    carrier, cause, since = now.policy.provisional_carrier, _deadline(now, now.confirm_by).key, now.confirm_by
    until = "a carrier accepts the load"
    if judged in ("forbidden", "unapproved"):
        if judged == "unapproved":
            cause = _approval(now)
            until = f"{until}, or control.release names {cause}"
        worth = shown(_value_minor(now), now.policy.provisional_currency)
        text = f"no carrier has confirmed, and goods worth {worth} do not leave provisionally"
        return Problem("PROVISIONAL_VALUE", cause, "warning", "finance-desk", text, since=since, until=until)
    if judged == "rejected_late":
        text = f"the load was let go with {carrier}; then its tender was rejected: who carries it at what cost?"
        since = (now.highest.at if now.highest else None) or since
        return Problem("CARRIER_REJECTED_LATE", cause, "error", "transport-desk", text, since=since, until=until)
    text = f"nobody had confirmed in time: the load leaves with {carrier} at its contract rate"
    return Problem("SHIPPED_PROVISIONALLY", cause, "info", "transport-desk", text, since=since, until=until)


def _deadline(now: Carriage, due: datetime) -> Deadline:
    return Deadline("confirm", now.load, due)


def _rejected_late(now: Carriage) -> bool:
    last = now.highest
    if last is None or last.answer != "rejected" or last.at is None or now.confirm_by is None:
        return False
    return last.at > now.confirm_by


def _barred(now: Carriage) -> Provisional | None:
    """Above the maximum nobody may let it go; above the smaller limit a person may."""
    value, policy = _value_minor(now), now.policy
    if policy.provisional_value_max_minor and value > policy.provisional_value_max_minor:
        return "forbidden"
    above = policy.provisional_approval_above_minor
    return "unapproved" if above and value > above and not _approved(now, value) else None


def _approved(now: Carriage, value: int) -> bool:
    if _approval(now) in now.counted.released:
        return True
    said = accepted_overrides(now.counted, now.policy) if now.counted.by.get(Overridden) else []
    return any(word.field == "provisional_value" and word.amount_minor >= value for _, _, word in said)


def _approval(now: Carriage) -> str:
    """Return what a person's release names to let the load leave."""
    return f"provisional/{part(now.load)}"


def _value_minor(now: Carriage) -> int:
    return sum(member.value_minor for member in now.plan.members)
