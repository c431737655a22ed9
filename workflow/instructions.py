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
from milepost.workflow.consolidation import nodes_ready
from milepost.workflow.counters import Counters
from milepost.workflow.decision import Telling
from milepost.workflow.situation import Situation
from milepost.workflow.snapshots import weight_grams
from milepost.workflow.waves import Wave, wave_after


def tellings(now: Situation) -> list[Telling]:
    """Return the instructions that ought to stand; what of them a cancellation leaves is its own matter."""
    lasting = _lasting(now)
    if now.snapshot.header.mode not in now.snapshot.reference.needs_planning:
        return lasting
    return lasting + _ready(now)


def _lasting(now: Situation) -> list[Telling]:
    """What follows from what is wanted alone, whatever has been done of it; remembered while no shortage changes it."""
    snapshot = now.snapshot
    if now.shortages:
        return _standing(now)
    lasting: list[Telling] | None = snapshot.__dict__.get("tellings")
    if lasting is None:
        lasting = snapshot.__dict__["tellings"] = _standing(now)
    return lasting


def _standing(now: Situation) -> list[Telling]:
    header, reference, nodes = now.snapshot.header, now.snapshot.reference, now.demand.by_node
    found = [_request(now)]
    found += [_to_warehouse(now, node, tuple(_line(n) for n in lines)) for node, lines in nodes.items()]
    if header.mode in reference.needs_planning:
        weight = weight_grams(tuple(line for lines in nodes.values() for line in lines), reference)
        plan = TransportPlanned(order_id=now.id, mode=header.mode, lane=header.lane, ship_to=header.ship_to,
                                nodes=tuple(nodes), weight_grams=weight)  # fmt: skip
        found.append(Telling("tms/plan", "tms", plan, "IS2 mode needs planning"))
    return found


def _request(now: Situation) -> Telling:
    """The normalised request is of what was ordered: what becomes of shortages does not change it."""
    header, lines = now.snapshot.header, now.snapshot.lines
    request = FulfilmentRequested(order_id=now.id, mode=header.mode, lane=header.lane,
                                  nodes=tuple(now.snapshot.by_node), lines=tuple(_line(n) for n in lines))  # fmt: skip
    return Telling("requested", "all", request, "IS0 release validated", once=True)


def _to_warehouse(now: Situation, node: str, lines: tuple[InstructionLine, ...]) -> Telling:
    wave = _wave(now, node)
    body = WarehouseInstructed(
        order_id=now.id, fulfilment_order=fulfilment_order(now.id, node), node=node,
        partial=now.snapshot.header.partial, lines=lines, wave=wave.id if wave else "",
        cut_off=wave.cut_off if wave else None,
    )  # fmt: skip
    return Telling(f"wms/{node}", "wms", body, "IS1 lines routed to their node")


def _wave(now: Situation, node: str) -> Wave | None:
    """Return the wave of the release; at a node that only a shortage brought in, that of the first such shortage."""
    at = now.snapshot.released_at
    if node not in now.snapshot.by_node:
        at = min((s.decided_at or s.at for s in now.shortages if s.to_node == node), default=at)
    waves: dict[object, Wave | None] = now.snapshot.__dict__.setdefault("waves", {})
    if (at, node) not in waves:
        waves[at, node] = wave_after(at, node, now.snapshot.reference)
    return waves[at, node]


def readiness_percent(totals: dict[str, Counters]) -> int:
    """Return the share of ordered lines whose every unit is picked or reported short, in percent (S33)."""
    lines = [c for c in totals.values() if c.ordered]
    done = sum(c.accounted >= c.ordered for c in lines)
    return 100 * done // len(lines) if lines else 0


def _ready(now: Situation) -> list[Telling]:
    if not now.counted.by.get(PickConfirmed):
        return []
    return [
        Telling(f"ready/{node}", "tms", ShipmentReadied(order_id=now.id, node=node), "IS3 all lines accounted for",
                once=True)
        for node in nodes_ready(now)
    ]  # fmt: skip


def _line(line: OrderLine) -> InstructionLine:
    return InstructionLine(line=line.line, item=line.item, quantity=line.quantity)
