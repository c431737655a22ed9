"""What the ERP says of an order: the release and its amendments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from milepost.contracts.orders import Lines, OrderAmended, OrderLine, OrderReleased
from milepost.simulators.acts import Act, act
from milepost.simulators.plan import OrderPlan, Snapshot

ERP: Final = "erp"


def order_acts(plan: OrderPlan) -> Iterator[Act]:
    """Return the order's snapshots as the ERP sends them. Nothing of ours stops them."""
    for snapshot in plan.snapshots:
        first = snapshot.version == 1
        body = _released(plan, snapshot) if first else OrderAmended(version=snapshot.version, lines=_lines(snapshot))
        yield act(snapshot.at, ERP, plan.order_id, f"order/{plan.order_id}/v{snapshot.version}", body)


def _released(plan: OrderPlan, snapshot: Snapshot) -> OrderReleased:
    return OrderReleased(
        version=snapshot.version,
        customer=plan.customer,
        currency=plan.currency,
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
