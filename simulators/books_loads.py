"""What a load ought to have cost, and which of its shipments ought to be confirmed: the rules of tenders, once more.

Part of the independent books: written from the domain's rules and the physical truth, without the workflow's code.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from milepost.contracts.identifiers import load_key
from milepost.simulators.books_dates import month_at
from milepost.simulators.ledger import Row, Rows, add
from milepost.simulators.plan_loads import LoadPlan, LoadStory, Tender
from milepost.simulators.practices_transport import (
    CONFIRM_BEFORE_S,
    PROVISIONAL_CURRENCY,
    PROVISIONAL_MINOR,
    late_accept_counts,
    unconfirmed,
)
from milepost.simulators.working_time import before


def current_tender(tenders: tuple[Tender, ...], lane: str) -> Tender | None:
    """Return the tender that binds: of those accepted and not taken back, the latest attempt.

    An acceptance after the expiry binds nobody if the load had been offered again, or where lateness is not forgiven.
    """
    return max((t for t in tenders if _binds(t, tenders, lane)), key=lambda t: t.attempt, default=None)


def waits_for_carrier(plan: LoadPlan) -> bool:
    """Say whether goods that left on the load wait for ever for a carrier's word."""
    needed = unconfirmed(plan.story.lane) in ("hold", "retender")
    return needed and current_tender(plan.tenders, plan.story.lane) is None


def confirm_deadline(story: LoadStory) -> datetime | None:
    """Return by when a carrier must have confirmed; None of a load without a cut-off."""
    if story.cut_off is None:
        return None
    return before(story.tenders[0].carrier, story.cut_off, timedelta(seconds=CONFIRM_BEFORE_S))


def _provisional_on(plan: LoadPlan) -> datetime | None:
    """Return when the contract carrier was charged in advance: a deadline passed without a carrier's word."""
    due, last = confirm_deadline(plan.story), max(plan.tenders, key=lambda tender: tender.attempt)
    if unconfirmed(plan.story.lane) != "provisional" or due is None or not plan.aboard:
        return None
    return None if last.rejected_at and last.rejected_at > due else due


def _binds(tender: Tender, tenders: tuple[Tender, ...], lane: str) -> bool:
    accepted_at = tender.accepted_at
    if accepted_at is None or tender.withdrawn_at is not None:
        return False
    if tender.rejected_at and tender.rejected_at > accepted_at:
        return False
    offered_again = any(other.attempt > tender.attempt for other in tenders)
    late = accepted_at > tender.expires_at
    return not (late and (offered_again or not late_accept_counts(lane)))


def freight(plan: LoadPlan) -> Rows:
    """Return the accrual of the load's freight with the carrier that binds, dated by its acceptance, and the charges of
    carriers that came in vain, dated by the withdrawal."""
    tender, rows, load = current_tender(plan.tenders, plan.story.lane), Rows(), plan.story.load
    for unused in plan.tenders:
        if unused.withdrawn_at:
            chain = f"freight_charge/{load}/{unused.tender}"
            _book(rows, plan, chain, unused.charge_minor, unused.currency, unused.withdrawn_at)
    if tender and tender.accepted_at:
        amount = _agreed(plan) or tender.amount_minor
        _book(rows, plan, f"freight_accrual/{load}", amount, tender.currency, tender.accepted_at)
    elif provisional_at := _provisional_on(plan):
        amount = _agreed(plan) or PROVISIONAL_MINOR
        _book(rows, plan, f"freight_accrual/{load}", amount, PROVISIONAL_CURRENCY, provisional_at)
    return rows


def _agreed(plan: LoadPlan) -> int:
    """Return the amount that a person agreed, if theirs or another's word was enough for it."""
    agreed = plan.story.agreed
    return agreed.amount_minor if agreed and (agreed.suffices or agreed.approved_at) else 0


def _book(rows: Rows, plan: LoadPlan, chain: str, amount: int, currency: str, at: datetime) -> None:
    period = month_at(at, plan.story.node)
    for account, sign in (("freight_expense", 1), ("accrued_freight", -1)):
        add(rows, Row(load_key(plan.story.load), chain, account, currency, period), sign * amount)
