"""Small truths, written by hand, for the laws of the books."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from milepost.simulators.plan import Departure, OrderPlan, Pick, PlannedLine, Shipment, Short, Snapshot
from milepost.simulators.plan_inbound import ExpectedLine, InboundPlan, InboundSnapshot, Receipt

T0 = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NORTH, SOUTH = "DC-NORTH", "DC-SOUTH"
PRICE, COST = 700, 300


def order(customer: str, *, ordered: int = 10, picks: tuple[Pick, ...], shorts: tuple[Short, ...] = ()) -> OrderPlan:
    """Return an order of one line of ITEM-001 in the north; what was picked left, each site's in one shipment."""
    nodes = sorted({one.node for one in picks})
    return OrderPlan(
        number=1,
        order_id="SO-1",
        customer=customer,
        currency="EUR",
        terms="on_goods_issue",
        mode="parcel",
        partial="ship_partial",
        ship_to="Dock 1",
        lane="standard",
        snapshots=(Snapshot(1, T0, (PlannedLine("10", "ITEM-001", NORTH, ordered, PRICE, COST),)),),
        starts_at=T0,
        picks=picks,
        shorts=shorts,
        shipments=tuple(shipped(f"SH-{node}", node, T0 + 30 * HOUR) for node in nodes),
    )


def shipped(name: str, node: str, at: datetime, **contents: int) -> Shipment:
    """Return a shipment that left at ``at``, with what was picked unless ``contents`` (``line_10=3``) say what."""
    stated = tuple((line.partition("_")[2], quantity) for line, quantity in contents.items()) or None
    return Shipment(name, node, None, at, contents=stated, departures=(Departure(f"departed/{name}", at),))


def pick(quantity: int, line: str = "10", node: str = NORTH) -> Pick:
    return Pick(f"pick/{line}/{node}", line, node, quantity, T0 + 3 * HOUR)


def short(quantity: int, node: str = NORTH) -> Short:
    return Short(f"short/{node}", "10", node, quantity, "not_found", T0 + 2 * HOUR)


def inbound(node: str, *receipts: tuple[tuple[str, int], ...], ordered: int = 100) -> InboundPlan:
    """Return a purchase of one line "10"; each of ``receipts`` came a day after the one before."""
    came = tuple(Receipt(f"RC-{n}", f"received/RC-{n}", T0 + n * 24 * HOUR, r) for n, r in enumerate(receipts, 1))
    return InboundPlan(
        number=1,
        order_id="PO-1",
        kind="purchase",
        partner="S01",
        node=node,
        currency="EUR",
        snapshots=(InboundSnapshot(1, T0, (ExpectedLine("10", "ITEM-001", ordered, COST),)),),
        expected_at=T0 + 24 * HOUR,
        advised_at=None,
        receipts=came,
    )
