"""What is wanted from which node, and how much of a line may be shipped at all, after shortages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from milepost.contracts.orders import Lines, OrderLine
from milepost.workflow.shortages import Shortage
from milepost.workflow.snapshots import Snapshot


@dataclass(slots=True, frozen=True)
class Demand:
    """``lines``: the standing lines and, after them, those of substitutions (``LINE~ITEM``). ``caps``: how much of each
    line may be shipped and billed in all. ``by_node``: what each node is to pick, lines of no quantity left out."""

    lines: Lines
    caps: dict[str, int]
    by_node: dict[str, list[OrderLine]]


def demand(snapshot: Snapshot, found: Sequence[Shortage]) -> Demand:
    """Return the demand of an order."""
    return Demand(snapshot.lines, {line.line: line.quantity for line in snapshot.lines}, snapshot.by_node)
