"""Partial shipments: what the order allows to leave by itself, and what shows when more than that was done.

Physical facts win: what left is issued and billed whatever the order's rule says, and a person sees that it broke it.
"""

from __future__ import annotations

from milepost.contracts.wms import PickShort
from milepost.workflow.decision import Decision, Problem
from milepost.workflow.shipments import Shipment
from milepost.workflow.shortages import substitution
from milepost.workflow.situation import Situation

Place = tuple[str, str]  # node, line


def nodes_ready(now: Situation) -> list[str]:
    """Return the nodes whose shipment may be fetched.

    A line is accounted for when every unit that was ever wanted there is picked or short. Where the order is to leave
    complete, by the line or as a whole, a shortage accounts for nothing until it is decided; as a whole, no node is
    ready before all are.
    """
    partial = now.snapshot.header.partial
    waits = partial in ("line_ship_complete", "ship_when_all_ready")
    missing = {node for node, _ in unaccounted(now, decided_only=waits)}
    if partial == "ship_when_all_ready" and missing:
        return []
    return [node for node in now.demand.by_node if node not in missing]


def unaccounted(now: Situation, *, decided_only: bool) -> dict[Place, int]:
    """Return how many units by (node, line) are neither picked nor short; ``decided_only``: of shortages, the decided.

    Counted from what was wanted before shortages, each shortage once: what is left of a line after them says no more
    which of them it allows for.
    """
    missing = {(line.node, line.line): line.quantity for line in now.snapshot.lines}
    for short in now.shortages:
        if short.outcome == "reallocate":
            _add(missing, (short.to_node, short.line), short.taken)
        elif short.outcome == "substitute":
            _add(missing, (short.node, substitution(short.line, short.to_item)), short.taken)
    for at, quantity in now.picks.items():
        _add(missing, at, -quantity)
    undecided = {s.key for s in now.shortages if s.outcome == "undecided"} if decided_only else set()
    for key, _, short_pick in now.counted.standing(PickShort):
        if key not in undecided:
            _add(missing, (short_pick.node, short_pick.line), -short_pick.quantity)
    return {at: quantity for at, quantity in missing.items() if quantity > 0}


def consolidated(now: Situation, decision: Decision) -> None:
    """Show shipments that left against the order's rule for partial shipments."""
    partial = now.snapshot.header.partial
    if partial == "ship_partial" or not now.shipments:
        return
    if partial == "ship_when_all_ready":
        decision.problems += _incomplete(now)
    elif partial == "line_ship_complete":
        decision.problems += _partial_lines(now)
    else:
        decision.problems += _several_nodes(now)


def _incomplete(now: Situation) -> list[Problem]:
    """A shipment left, and other lines are neither picked nor gone nor decided upon."""
    gone = {(s.node, line) for s in now.shipments for line in s.quantities}
    open_lines = sorted({line for at, line in unaccounted(now, decided_only=True) if (at, line) not in gone})
    if not open_lines:
        return []
    first = now.shipments[0]
    text = f"shipment {first.id} left, and the order is to leave when all is ready: missing {_named(open_lines)}"
    return [_shown("SHIPPED_INCOMPLETE", first, text, "the other lines are picked, or their shortages are decided")]


def _partial_lines(now: Situation) -> list[Problem]:
    """A shipment left with a part of a line, and the rest of the line is not decided upon."""
    settled: dict[str, int] = {}
    for short in now.shortages:
        if short.outcome != "undecided":
            settled[short.line] = settled.get(short.line, 0) + short.quantity
    parted: dict[str, list[str]] = {}
    for line in now.snapshot.lines:
        carrying = [s for s in now.shipments if s.quantities.get(line.line)]
        left = line.quantity - sum(s.quantities[line.line] for s in carrying) - settled.get(line.line, 0)
        if carrying and left > 0:
            parted.setdefault(carrying[0].id, []).append(line.line)
    return [
        _shown("PARTIAL_LINE_SHIPPED", shipment,
               f"shipment {shipment.id} left with a part of what is to leave complete: {_named(parted[shipment.id])}",
               "the rest of the lines leaves, or their shortages are decided")
        for shipment in now.shipments if shipment.id in parted
    ]  # fmt: skip


def _several_nodes(now: Situation) -> list[Problem]:
    """Shipments left from several sites, though the order could go from one."""
    nodes = list(dict.fromkeys(s.node for s in now.shipments))
    if len(nodes) < 2 or len(now.snapshot.by_node) > 1:
        return []
    second = next(s for s in now.shipments if s.node == nodes[1])
    text = f"the order is to leave from one site; shipments left from {_named(nodes)}"
    return [_shown("SHIPPED_FROM_SEVERAL_NODES", second, text, "a departure is reversed, or a person has seen it")]


def _shown(type_: str, shipment: Shipment, text: str, until: str) -> Problem:
    """The cause is the word that it left: a person releases the exception by naming it."""
    departure = shipment.because[0]
    return Problem(
        type_, departure, "warning", "warehouse-desk", text, tuple(shipment.because), shipment.left_at, until
    )


def _named(names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def _add(found: dict[Place, int], at: Place, quantity: int) -> None:
    found[at] = found.get(at, 0) + quantity
