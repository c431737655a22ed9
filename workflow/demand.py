"""What is wanted from which node, and how much of a line may be shipped at all, after shortages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from milepost.contracts.base import QUANTITY_MAX
from milepost.contracts.money import AMOUNT_MAX_MINOR
from milepost.contracts.orders import Lines, OrderLine
from milepost.workflow.shortages import OFF, TAKING, Shortage, substitution
from milepost.workflow.snapshots import Snapshot, sums


@dataclass(slots=True, frozen=True)
class Demand:
    """``lines``: the standing lines and, after them, those of substitutions (``LINE~ITEM``), each by name: documents
    do not change with the order in which a source lists its lines. ``caps``: how much of each line may be shipped and
    billed in all. ``by_node``: what each node is to pick, lines of no quantity left out.

    A line keeps its ordered quantity: its own value is spread over that. What was taken off shows in its cap.
    """

    lines: Lines
    caps: dict[str, int]
    by_node: dict[str, list[OrderLine]]


def demand(snapshot: Snapshot, found: Sequence[Shortage]) -> Demand:
    """Return the demand of an order."""
    plain: Demand | None = snapshot.__dict__.get("demand")
    if plain is None:
        plain = snapshot.__dict__["demand"] = _plain(snapshot)
    return _after(snapshot, plain, found) if found else plain


def _plain(snapshot: Snapshot) -> Demand:
    """The demand without shortages; kept with the snapshot, since most orders have none."""
    lines = tuple(sorted(snapshot.lines, key=lambda n: n.line))
    percent = _over_percent(snapshot)
    caps = {line.line: _allowed(line.quantity, percent) for line in lines}
    by_node = {node: wanted for node, ns in snapshot.by_node.items() if (wanted := [n for n in ns if n.quantity])}
    return Demand(lines, caps, by_node)


def _over_percent(snapshot: Snapshot) -> int:
    """Return how much more than ordered may be shipped; nothing, where no document could carry it."""
    percent = snapshot.policy.over_delivery_percent
    if not percent:
        return 0
    most = max(_allowed(line.quantity, percent) for line in snapshot.lines)
    worth = _allowed(max(sums(snapshot.lines)), percent)
    return percent if most <= QUANTITY_MAX and worth <= AMOUNT_MAX_MINOR else 0


def _allowed(quantity: int, percent: int) -> int:
    return quantity + quantity * percent // 100


def _after(snapshot: Snapshot, plain: Demand, found: Sequence[Shortage]) -> Demand:
    percent = _over_percent(snapshot)
    off: dict[str, int] = {}
    for shortage in found:
        if shortage.outcome in OFF:
            off[shortage.line] = off.get(shortage.line, 0) + shortage.taken
    added = _substitutions(plain.lines, found)
    caps = dict(plain.caps)
    caps |= {n.line: _allowed(n.quantity - off[n.line], percent) for n in plain.lines if n.line in off}
    caps |= {name: _allowed(line.quantity, percent) for name, line in added.items()}
    lines = (*plain.lines, *(added[name] for name in sorted(added)))
    return Demand(lines, caps, _by_node(snapshot, lines, found))


def _substitutions(lines: Lines, found: Sequence[Shortage]) -> dict[str, OrderLine]:
    """Return the lines of substitutions by name, at the price and cost of the line they replace units of."""
    originals = {line.line: line for line in lines}
    swapped = [s for s in found if s.outcome == "substitute" and s.taken]
    added: dict[str, OrderLine] = {}
    for shortage in swapped:
        original, name = originals[shortage.line], substitution(shortage.line, shortage.to_item)
        known = added.get(name)
        quantity = shortage.taken + (known.quantity if known else 0)
        added[name] = msgspec.structs.replace(original, line=name, item=shortage.to_item, quantity=quantity,
                                              node=known.node if known else shortage.node)  # fmt: skip
    for line in originals.values():
        if line.line_value_minor:
            names = sorted({substitution(s.line, s.to_item) for s in swapped if s.line == line.line})
            _share_value(line, names, added)
    return added


def _share_value(line: OrderLine, names: list[str], added: dict[str, OrderLine]) -> None:
    """Give substitutions their part of a line's own value: they are its last units, so that all parts sum to it."""
    value, whole = line.line_value_minor, line.quantity
    start = whole - sum(added[name].quantity for name in names)
    for name in names:
        end = start + added[name].quantity
        part = value * end // whole - value * start // whole
        added[name] = msgspec.structs.replace(added[name], line_value_minor=part, unit_price_minor=0)
        start = end


def _by_node(snapshot: Snapshot, lines: Lines, found: Sequence[Shortage]) -> dict[str, list[OrderLine]]:
    """Move the units of the shortages: away from the short node, and to where they are picked instead."""
    wanted = _Wanted(snapshot.lines)
    for shortage in found:
        if shortage.outcome == "reallocate":
            moved = wanted.take(shortage.node, shortage.line, shortage.taken)
            wanted.add(shortage.to_node, shortage.line, moved)
        elif shortage.outcome in TAKING:
            left = shortage.taken - wanted.take(shortage.node, shortage.line, shortage.taken)
            if shortage.outcome in OFF:
                wanted.take_anywhere(shortage.line, left)
        if shortage.outcome == "substitute" and shortage.taken:
            wanted.add(shortage.node, substitution(shortage.line, shortage.to_item), shortage.taken)
    named = {line.line: line for line in (*snapshot.lines, *lines)}
    rank = {name: at for at, name in enumerate(named)}
    by_node: dict[str, list[OrderLine]] = {}
    for (node, name), quantity in sorted(wanted.of.items(), key=lambda w: rank[w[0][1]]):
        if quantity:
            moved_line = msgspec.structs.replace(named[name], node=node, quantity=quantity)
            by_node.setdefault(node, []).append(moved_line)
    return by_node


class _Wanted:
    """Units to pick by (node, line), never below zero."""

    def __init__(self, lines: Lines) -> None:
        self.of: dict[tuple[str, str], int] = {}
        for line in lines:
            self.add(line.node, line.line, line.quantity)

    def add(self, node: str, line: str, quantity: int) -> None:
        self.of[node, line] = self.of.get((node, line), 0) + quantity

    def take(self, node: str, line: str, quantity: int) -> int:
        """Take units off a node, as many as it has, and return how many."""
        taken = min(quantity, self.of.get((node, line), 0))
        if taken:
            self.of[node, line] -= taken
        return taken

    def take_anywhere(self, line: str, quantity: int) -> None:
        """Take off what a site was short of that nobody asked it for: an amendment has moved the line since."""
        for node, name in self.of:
            if quantity and name == line:
                quantity -= self.take(node, name, quantity)
