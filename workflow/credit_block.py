"""A customer's credit block holds the release of invoices, and nothing else."""

from __future__ import annotations

from milepost.contracts.orders import CreditBlocked, CreditCleared
from milepost.workflow.decision import Decision, Hold
from milepost.workflow.situation import Situation


def credit_blocked(now: Situation, decision: Decision) -> None:
    """Hold the order's invoices while the source's last word is a block.

    A hold without an invoice yet blocks nothing, and the first one when it comes. Goods that left stay issued.
    """
    blocks = now.counted.standing(CreditBlocked)
    if not blocks:
        return
    cleared = now.counted.standing(CreditCleared)
    key, fact, _ = blocks[-1]
    if key in now.counted.released or (
        cleared and (cleared[-1][1].occurred_at, cleared[-1][0]) > (fact.occurred_at, key)
    ):
        return
    invoices = frozenset(chain for chain in decision.ought if chain.startswith("customer_invoice/"))
    until = f"order.credit_cleared of the source, or control.release names {key}"
    decision.holds.append(Hold("CREDIT_BLOCK", key, invoices, "credit-desk", until, "CB1 customer's credit is blocked",
                               corrects=True))  # fmt: skip
