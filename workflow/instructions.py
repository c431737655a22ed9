"""What others ought to be told about a released order: each recipient its own part and no more (S28, S32)."""

from __future__ import annotations

from milepost.contracts.identifiers import fulfilment_order
from milepost.contracts.instructions import (
    FulfilmentRequested,
    InstructionLine,
    ShipmentReadied,
    TransportPlanned,
    WarehouseInstructed,
)
from milepost.contracts.orders import OrderLine
from milepost.contracts.wms import PickConfirmed
from milepost.workflow.counted import Counted
from milepost.workflow.counters import Counters
from milepost.workflow.decision import Telling
from milepost.workflow.snapshots import Snapshot, weight_grams


def tellings(
    order_id: str, snapshot: Snapshot, totals: dict[str, Counters], counted: Counted, cancelled: bool
) -> list[Telling]:
    """Return the instructions that ought to stand; none for a cancelled order, so that given ones are withdrawn."""
    if cancelled:
        return []
    lasting: list[Telling] | None = snapshot.__dict__.get("tellings")
    if lasting is None:
        lasting = snapshot.__dict__["tellings"] = _lasting(order_id, snapshot)
    if snapshot.header.mode not in snapshot.reference.needs_planning:
        return lasting
    return lasting + _ready(order_id, snapshot.by_node, totals, counted)


def _lasting(order_id: str, snapshot: Snapshot) -> list[Telling]:
    """What follows from the snapshot alone, whatever has been done of it."""
    header, nodes = snapshot.header, snapshot.by_node
    request = FulfilmentRequested(order_id=order_id, mode=header.mode, lane=header.lane, nodes=tuple(nodes),
                                  lines=tuple(_line(n) for n in snapshot.lines))  # fmt: skip
    found = [Telling("requested", "all", request, "IS0 release validated", once=True)]
    for node, lines in nodes.items():
        body = WarehouseInstructed(order_id=order_id, fulfilment_order=fulfilment_order(order_id, node), node=node,
                                   partial=header.partial, lines=tuple(_line(n) for n in lines))  # fmt: skip
        found.append(Telling(f"wms/{node}", "wms", body, "IS1 lines routed to their node"))
    if header.mode in snapshot.reference.needs_planning:
        weight = weight_grams(snapshot.lines, snapshot.reference)
        plan = TransportPlanned(order_id=order_id, mode=header.mode, lane=header.lane, ship_to=header.ship_to,
                                nodes=tuple(nodes), weight_grams=weight)  # fmt: skip
        found.append(Telling("tms/plan", "tms", plan, "IS2 mode needs planning"))
    return found


def readiness_percent(totals: dict[str, Counters]) -> int:
    """Return the share of ordered lines whose every unit is picked or reported short, in percent (S33)."""
    lines = [c for c in totals.values() if c.ordered]
    done = sum(c.picked + c.short >= c.ordered for c in lines)
    return 100 * done // len(lines) if lines else 0


def _ready(
    order_id: str, nodes: dict[str, list[OrderLine]], totals: dict[str, Counters], counted: Counted
) -> list[Telling]:
    if not counted.by.get(PickConfirmed):
        return []
    return [
        Telling(f"ready/{node}", "tms", ShipmentReadied(order_id=order_id, node=node), "IS3 all lines accounted for",
                once=True)
        for node, lines in nodes.items()
        if all(totals[n.line].picked + totals[n.line].short >= n.quantity for n in lines)
    ]  # fmt: skip


def _line(line: OrderLine) -> InstructionLine:
    return InstructionLine(line=line.line, item=line.item, quantity=line.quantity)
