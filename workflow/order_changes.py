"""What the ERP and the customer learn of a decided shortage (docs/rules.md, "Quantities")."""

from __future__ import annotations

from milepost.contracts.documents import OrderChange
from milepost.contracts.instructions import NoticeKind
from milepost.workflow.dates import site_date
from milepost.workflow.decision import Decision, Notice, Ought
from milepost.workflow.shortages import Shortage
from milepost.workflow.situation import Situation

_RULES = {
    "back_order": "OC1 short units are back-ordered",
    "cancel_remainder": "OC2 short units are cancelled",
    "substitute": "OC3 another item goes in place of short units",
}
_NOTICES: dict[str, NoticeKind] = {
    "back_order": "back_ordered", "cancel_remainder": "line_cancelled", "substitute": "substituted",
}  # fmt: skip


def order_changed(now: Situation, decision: Decision) -> None:
    """Every shortage that moves units off its node ought to be one order change, and one notice to the customer."""
    for shortage in now.shortages:
        if shortage.change:
            decision.ought[shortage.change] = _change(now, shortage)
            kind = _NOTICES[shortage.outcome]
            decision.notices.append(
                Notice(f"notice/{kind}/{shortage.key}", kind, now.snapshot.header.customer, line=shortage.line,
                       quantity=shortage.taken)
            )  # fmt: skip


def _change(now: Situation, shortage: Shortage) -> Ought:
    date = site_date(shortage.decided_at or shortage.at, shortage.node, now.snapshot.reference)
    document = OrderChange(date=date, reason=shortage.outcome, line=shortage.line, quantity=shortage.taken,
                           reference=shortage.to_item)  # fmt: skip
    because = (shortage.key, shortage.decided_by) if shortage.decided_by else (shortage.key,)
    return Ought(shortage.change, document, _RULES[shortage.outcome], because)
