"""May the load leave while its carrier has not confirmed? One word of the policy answers (docs/rules.md, Loads)."""

from __future__ import annotations

from typing import Literal

from milepost.contracts.instructions import LoadingReleased
from milepost.contracts.money import shown
from milepost.contracts.verbs import Overridden
from milepost.workflow.carriage import Carriage
from milepost.workflow.decision import Deadline, Decision, Problem, Telling
from milepost.workflow.people import accepted_overrides

Provisional = Literal["no", "too_valuable", "in_force", "rejected_late"]


def provisional(now: Carriage) -> Provisional:
    """Say whether the load leaves for the contract carrier, since nobody had confirmed when it was time.

    ``rejected_late``: it was let go, and then the carrier said no: what was accrued has no ground any more.
    """
    if now.policy.load_and_depart != "provisional" or not now.overdue or now.binding is not None:
        return "no"
    if not now.plan.members:
        return "no"
    if _too_valuable(now):
        return "too_valuable"
    return "rejected_late" if _rejected_late(now) else "in_force"


def may_leave(now: Carriage, decision: Decision) -> None:
    """Tell the warehouse to load when a carrier, confirmed or provisional, is there; show what is missing."""
    if now.policy.load_and_depart == "allow":
        return
    if now.confirm_by is not None and now.plan.members:
        decision.deadlines.append(Deadline("confirm", now.load, now.confirm_by))
    judged = provisional(now)
    _release(now, judged, decision)
    if judged != "no":
        decision.problems.append(_shown(now, judged))
    elif now.overdue and now.binding is None and now.plan.members and now.policy.load_and_depart != "provisional":
        text = "the load is due and no carrier has confirmed: it must not leave"
        decision.problems.append(Problem("CARRIER_UNCONFIRMED", now.load, "error", "transport-desk", text,
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
    carrier, cause, since = now.policy.provisional_carrier, f"provisional/{now.load}", now.confirm_by
    if judged == "too_valuable":
        worth = shown(_value_minor(now), now.policy.provisional_currency)
        text = f"no carrier has confirmed, and goods worth {worth} do not leave provisionally"
        until = f"a carrier accepts the load, or control.release names {cause} where the policy lets a person approve"
        return Problem("PROVISIONAL_VALUE", cause, "warning", "finance-desk", text, since=since, until=until)
    until = "a carrier accepts the load"
    if judged == "rejected_late":
        text = f"the load was let go with {carrier}; then its tender was rejected: who carries it at what cost?"
        since = now.highest.at if now.highest else since
        return Problem("CARRIER_REJECTED_LATE", cause, "error", "transport-desk", text, since=since, until=until)
    text = f"nobody had confirmed in time: the load leaves with {carrier} at its contract rate"
    return Problem("SHIPPED_PROVISIONALLY", cause, "info", "transport-desk", text, since=since, until=until)


def _rejected_late(now: Carriage) -> bool:
    last = now.highest
    if last is None or last.answer != "rejected" or last.at is None or now.confirm_by is None:
        return False
    return last.at > now.confirm_by


def _too_valuable(now: Carriage) -> bool:
    """Above the maximum nobody may let it go; above the smaller limit a person may."""
    value, policy = _value_minor(now), now.policy
    if policy.provisional_value_max_minor and value > policy.provisional_value_max_minor:
        return True
    above = policy.provisional_approval_above_minor
    return bool(above) and value > above and not _approved(now, value)


def _approved(now: Carriage, value: int) -> bool:
    if f"provisional/{now.load}" in now.counted.released:
        return True
    said = accepted_overrides(now.counted, now.policy) if now.counted.by.get(Overridden) else []
    return any(word.field == "provisional_value" and word.amount_minor >= value for _, _, word in said)


def _value_minor(now: Carriage) -> int:
    return sum(member.value_minor for member in now.plan.members)
