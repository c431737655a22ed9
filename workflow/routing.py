"""From which site a line is shipped, where the ERP leaves that open: by where its item is stocked (docs/rules.md)."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from milepost.contracts.orders import Lines, OrderReleased
from milepost.workflow.decision import Problem
from milepost.workflow.rules import Reference


def routed(header: OrderReleased, lines: Lines, reference: Reference) -> tuple[Lines, list[Problem]]:
    """Return the lines, each with its ship-from node, and what could not be routed as the order wishes.

    A line that names its node keeps it. One whose item no known site stocks stays without a node, and is refused by
    whoever checks the lines against the master data.
    """
    if all(line.node for line in lines):
        return lines, []
    if header.partial == "ship_from_single_node":
        items = [line.item for line in lines]
        one = next(iter(_stocking_all(items, reference)), "")
        if one:
            return tuple(line if line.node else msgspec.structs.replace(line, node=one) for line in lines), []
        return _one_by_one(lines, reference), [_apart(items)]
    return _one_by_one(lines, reference), []


def stocking(item: str, reference: Reference) -> list[str]:
    """Return the known sites that stock ``item``, the preferred one first; none for an unknown item."""
    known = reference.items.get(item)
    return [site for site in known.sites if site in reference.sites] if known else []


def _stocking_all(items: Iterable[str], reference: Reference) -> list[str]:
    """Return the sites that stock all the items, in the order of the first one's preference."""
    first, *others = [stocking(item, reference) for item in dict.fromkeys(items)]
    return [site for site in first if all(site in sites for sites in others)]


def _one_by_one(lines: Lines, reference: Reference) -> Lines:
    chosen = (line.node or next(iter(stocking(line.item, reference)), "") for line in lines)
    return tuple(
        line if line.node == node else msgspec.structs.replace(line, node=node)
        for line, node in zip(lines, chosen, strict=True)
    )


def _apart(items: list[str]) -> Problem:
    text = f"no site stocks all {len(set(items))} items of the order; its lines are routed one by one"
    until = "an amendment leaves the items apart, or names the site of every line"
    return Problem("NO_SINGLE_NODE", "no_single_node", "warning", "order-desk", text, until=until)
