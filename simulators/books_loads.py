"""What a load ought to have cost, and which of its shipments ought to be confirmed: the rules of tenders, once more.

Part of the independent books: written from the domain's rules and the physical truth, without the workflow's code.
"""

from __future__ import annotations

from milepost.contracts.identifiers import load_key
from milepost.simulators.books_dates import month_at
from milepost.simulators.ledger import Row, Rows, add
from milepost.simulators.plan import LoadPlan, Tender


def current_tender(tenders: tuple[Tender, ...]) -> Tender | None:
    """Return the tender that binds: of those accepted and not taken back, the latest attempt.

    An acceptance after the expiry binds nobody if the load had been offered again.
    """
    return max((t for t in tenders if _binds(t, tenders)), key=lambda t: t.attempt, default=None)


def _binds(tender: Tender, tenders: tuple[Tender, ...]) -> bool:
    accepted_at = tender.accepted_at
    if accepted_at is None or tender.withdrawn_at is not None:
        return False
    if tender.rejected_at and tender.rejected_at > accepted_at:
        return False
    offered_again = any(other.attempt > tender.attempt for other in tenders)
    return not (accepted_at > tender.expires_at and offered_again)


def freight(plan: LoadPlan) -> Rows:
    """Return the accrual of the load's freight with the carrier that binds, dated by its acceptance."""
    tender, rows = current_tender(plan.tenders), Rows()
    if tender is None or tender.accepted_at is None:
        return rows
    load, period = plan.story.load, month_at(tender.accepted_at, plan.story.node)
    for account, sign in (("freight_expense", 1), ("accrued_freight", -1)):
        row = Row(load_key(load), f"freight_accrual/{load}", account, tender.currency, period)
        add(rows, row, sign * tender.amount_minor)
    return rows
