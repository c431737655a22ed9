"""What a load's freight ought to be at the ERP: the accrual, who it falls on, and trucks ordered and not used."""

from __future__ import annotations

from datetime import datetime

from milepost.contracts.documents import AccrualBasis, FreightAccrual
from milepost.contracts.identifiers import part
from milepost.contracts.money import shown
from milepost.contracts.tms import TenderWithdrawn
from milepost.contracts.verbs import Overridden
from milepost.workflow.carriage import Carriage
from milepost.workflow.dates import site_date
from milepost.workflow.decision import Decision, Ought, Problem
from milepost.workflow.freight_shares import falls_back, shares
from milepost.workflow.people import accepted_overrides
from milepost.workflow.tenders import Tender
from milepost.workflow.unconfirmed import provisional
from msgspec.structs import replace


def freight(now: Carriage, decision: Decision) -> None:
    """Accrue the freight of the tender that binds, or the provisional one; charge what was ordered and not used."""
    if now.binding is not None and now.binding.at is not None:
        _accepted(now, now.binding, now.binding.at, decision)
    elif now.confirm_by is not None and provisional(now) == "in_force":
        _provisional(now, now.confirm_by, decision)
    _not_used(now, decision)
    if decision.ought and _is_split(now) and falls_back(now.plan.members, now.policy.freight_split):
        text = f"nobody knows the {now.policy.freight_split} of what is aboard: the freight is split equally"
        decision.problems.append(Problem("SPLIT_FALLBACK", f"split/{part(now.load)}", "info", "finance-desk", text,
                                         until="the plan says what its shipments weigh or are worth"))  # fmt: skip


def _is_split(now: Carriage) -> bool:
    """Say whether shares are stated: before the pick-up whoever comes and goes would replace the document each time."""
    return bool(now.picked_up_by) and len(now.plan.members) > 1


def agreed_amount(now: Carriage, chain: str) -> tuple[int, str] | None:
    """Return (amount, fact key) of the last word of a person on the freight of ``chain``, or None.

    A word without a subject is about the load's accrual; a charge has to be named.
    """
    if not now.counted.by.get(Overridden):
        return None
    subjects = ("", chain) if chain.startswith("freight_accrual/") else (chain,)
    said = [(word.amount_minor, key) for key, _, word in accepted_overrides(now.counted, now.policy)
            if word.field == "freight_amount" and word.subject in subjects]  # fmt: skip
    return said[-1] if said else None


def _accepted(now: Carriage, tender: Tender, at: datetime, decision: Decision) -> None:
    offer, chain = tender.offer, f"freight_accrual/{part(now.load)}"
    document = _document(now, at, "accepted", offer.carrier, offer.tender, offer.currency, offer.amount_minor)
    _ought(now, chain, document, "FA1 tender accepted", tender.because, decision)


def _provisional(now: Carriage, at: datetime, decision: Decision) -> None:
    """Dated by the deadline itself, whenever the clock was heard to pass it."""
    policy, chain = now.policy, f"freight_accrual/{part(now.load)}"
    document = _document(now, at, "provisional", policy.provisional_carrier, "", policy.provisional_currency,
                         policy.provisional_rate_minor)  # fmt: skip
    _ought(now, chain, document, "FA2 unconfirmed at the deadline, contract rate", (), decision)


def _not_used(now: Carriage, decision: Decision) -> None:
    if not now.counted.by.get(TenderWithdrawn):
        return
    offers = {t.offer.tender: t.offer for t in now.tenders}
    for key, fact, back in now.counted.standing(TenderWithdrawn):
        offer = offers.get(back.tender)
        if offer is not None and back.charge_minor:
            chain = f"freight_charge/{part(now.load)}/{part(back.tender)}"
            document = _document(now, fact.occurred_at, "not_used", offer.carrier, offer.tender, offer.currency,
                                 back.charge_minor)  # fmt: skip
            _ought(now, chain, document, "FA3 truck ordered, not used", (key,), decision)


def _document(
    now: Carriage, at: datetime, basis: AccrualBasis, carrier: str, tender: str, currency: str, amount_minor: int
) -> FreightAccrual:
    """Return the document without its shares: they are made of the amount that stands in the end."""
    date = site_date(at, now.plan.node, now.reference)
    return FreightAccrual(date=date, load=now.load, carrier=carrier, tender=tender, currency=currency,
                          amount_minor=amount_minor, basis=basis)  # fmt: skip


def _ought(
    now: Carriage, chain: str, document: FreightAccrual, rule: str, because: tuple[str, ...], decision: Decision
) -> None:
    agreed = agreed_amount(now, chain)
    if agreed is not None:
        before = shown(document.amount_minor, document.currency)
        document = replace(document, amount_minor=agreed[0], basis="agreed")
        rule = f"FA4 agreed with the carrier, instead of {before}"
        because = (*because, agreed[1])
    if _is_split(now):
        split = shares(document.amount_minor, now.plan.members, now.policy.freight_split)
        document = replace(document, shares=split)
        rule, because = f"{rule}, split at the pick-up", (*because, now.picked_up_by)
    decision.ought[chain] = Ought(chain, document, rule, because)
