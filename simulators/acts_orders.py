"""What the ERP says of an order: the release and its amendments, and the customer's credit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from milepost.contracts.orders import CreditBlocked, CreditCleared, Lines, OrderAmended, OrderLine, OrderReleased
from milepost.simulators.acts import Act, act
from milepost.simulators.plan import CreditWord, OrderPlan, Snapshot

ERP: Final = "erp"


def order_acts(plan: OrderPlan) -> Iterator[Act]:
    """Return the order's snapshots as the ERP sends them. Nothing of ours stops them."""
    for snapshot in plan.snapshots:
        first = snapshot.version == 1
        body = (
            _released(plan, snapshot, plan.currency)
            if first
            else OrderAmended(version=snapshot.version, lines=_lines(snapshot))
        )
        yield act(snapshot.at, ERP, plan.order_id, f"order/{plan.order_id}/v{snapshot.version}", body)
    for stray in plan.in_other_currency:
        body = _released(plan, stray, "CHF")
        yield act(stray.at, ERP, plan.order_id, f"order/{plan.order_id}/v{stray.version}", body)
    for word in plan.credit:
        yield credit_act(plan, word)


def credit_act(plan: OrderPlan, word: CreditWord) -> Act:
    body = CreditBlocked(reason="limit exceeded") if word.blocked else CreditCleared(reason="paid")
    return act(word.at, ERP, plan.order_id, word.key, body)


def _released(plan: OrderPlan, snapshot: Snapshot, currency: str) -> OrderReleased:
    return OrderReleased(
        version=snapshot.version,
        customer=plan.customer,
        currency=currency,
        terms=plan.terms,
        mode=plan.mode,
        partial=plan.partial,
        ship_to=plan.ship_to,
        lane=plan.lane,
        lines=_lines(snapshot),
        references={"customer_po": f"PO-{plan.number:06d}", "delivery": f"80{plan.number:06d}"},
    )


def _lines(snapshot: Snapshot) -> Lines:
    return tuple(
        OrderLine(
            line=line.line,
            item=line.item,
            quantity=line.quantity,
            unit_price_minor=line.unit_price_minor,
            unit_cost_minor=line.unit_cost_minor,
            node=line.node,
        )
        for line in snapshot.lines
    )
