"""What became of units that could not be picked: whose word counts, and what stands, waits or is taken off a line.

Part of the independent books: written from the domain's rules and the physical truth, without the workflow's code.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from milepost.simulators.books_dates import month_at
from milepost.simulators.ledger import DOCUMENT, Row, Rows
from milepost.simulators.plan import OrderPlan, Short, Verdict
from milepost.simulators.practices import short_pick, sites_for, substitute_of

TOLD_TO_ERP = ("back_order", "cancel_remainder", "substitute")
TAKEN_OFF = ("cancel_remainder", "substitute")
UNDECIDED = "undecided"


class Shortage(NamedTuple):
    """A short pick that stands and its ``outcome``; ``open`` while a site or a person must still do something.

    ``at`` dates what is told of it, ``item`` goes in its place. A site falls short of a line once at most.
    """

    short: Short
    outcome: str
    open: bool
    at: datetime
    item: str = ""
    site: str = ""  # where it is picked instead
    quantity: int = 0  # what it can take off: an amendment may have left the line with less


def shortages(plan: OrderPlan) -> tuple[Shortage, ...]:
    """Return the order's shortages; goods that turned up are none."""
    room = {line.line: line.quantity for line in plan.standing.lines}
    found = []
    for short in sorted(plan.shorts, key=lambda short: (plan.reported(short.node, short.at), short.key)):
        if short.found_at is None:
            one = _shortage(plan, short)
            one = one._replace(quantity=min(short.quantity, room[short.line]))
            room[short.line] -= one.quantity if one.outcome in TAKEN_OFF and not one.open else 0
            found.append(one)
    return tuple(found)


def stays_open(plan: OrderPlan, short: Short) -> bool:
    """Say whether goods of the short pick's node wait for it for ever."""
    return short.found_at is None and _shortage(plan, short).open


def taken_off(plan: OrderPlan) -> dict[str, int]:
    """Return what no longer counts as ordered, by line."""
    off: dict[str, int] = {}
    for one in shortages(plan):
        if one.outcome in TAKEN_OFF and not one.open:
            off[one.short.line] = off.get(one.short.line, 0) + one.quantity
    return off


def substituted(plan: OrderPlan) -> dict[str, Shortage]:
    """Return the lines that substitutions added, by their names."""
    found = (one for one in shortages(plan) if one.outcome == "substitute" and not one.open)
    return {f"{one.short.line}~{one.item}": one for one in found}


def changes_told(plan: OrderPlan) -> Rows:
    """Return the order changes that the ERP ought to know: one live document each, without amounts."""
    return {
        Row(plan.order_id, f"order_change/{one.short.key}", DOCUMENT, "", month_at(one.at, one.short.node)): 1
        for one in shortages(plan)
        if one.outcome in TOLD_TO_ERP and not one.open
    }


def changes_ever(plan: OrderPlan) -> frozenset[str]:
    """Return the chains of all order changes that may have been told at one time."""
    return frozenset(f"order_change/{short.key}" for short in plan.shorts)


def _shortage(plan: OrderPlan, short: Short) -> Shortage:
    """Return what becomes of a short pick. What nobody decided on, and is picked after all, holds nobody up."""
    one = _word(plan, short)
    if one.outcome == UNDECIDED and not short.verdicts:
        wanted = _wanted(plan, short.node, short.line)
        return one._replace(open=not 0 < wanted <= _picked(plan, short.node, short.line))
    return one


def _picked(plan: OrderPlan, node: str, line: str) -> int:
    return sum(p.quantity for p in plan.picks if (p.node, p.line) == (node, line) and p.reversed_at is None)


def _wanted(plan: OrderPlan, node: str, line: str) -> int:
    """Return how many units of the line the site is asked for, when all that was decided has been."""
    wanted = {one.node: one.quantity for one in plan.standing.lines if one.line == line}
    for short in sorted(plan.shorts, key=lambda short: (plan.reported(short.node, short.at), short.key)):
        if short.line != line or short.found_at is not None:
            continue
        one = _word(plan, short)
        if one.outcome in (*TOLD_TO_ERP, "reallocate"):
            off = min(short.quantity, wanted.get(short.node, 0))
            wanted[short.node] = wanted.get(short.node, 0) - off
            if one.outcome == "reallocate":
                wanted[one.site] = wanted.get(one.site, 0) + off
    return wanted.get(node, 0)


def _word(plan: OrderPlan, short: Short) -> Shortage:
    happened_at = plan.reported(short.node, short.at)
    verdict = max(short.verdicts, key=lambda one: (one.at, one.key), default=None)
    if verdict:
        return _of(plan, short, verdict.outcome, verdict.at, verdict)
    if short.released_at:
        return Shortage(short, "ship_short", False, happened_at)
    agreed = short_pick(plan.customer, short.node, plan.lane, plan.released_at)
    if agreed == "hold" or (agreed == "substitute" and not short.approved_at):
        return Shortage(short, UNDECIDED, True, happened_at)
    return _of(plan, short, agreed, happened_at, None)


def _of(plan: OrderPlan, short: Short, outcome: str, at: datetime, verdict: Verdict | None) -> Shortage:
    if outcome == "reallocate":
        site = _site(plan, short, verdict.node if verdict else "")
        open_ = not _taken(plan, short.line, site)
        return Shortage(short, outcome if site else UNDECIDED, open_, at, site=site)
    if outcome == "substitute":
        ordered = next(line.item for line in plan.standing.lines if line.line == short.line)
        item = (verdict.item if verdict else "") or substitute_of(ordered)
        return Shortage(short, outcome if item else UNDECIDED, not item, at, item)
    return Shortage(short, outcome, False, at)


def _site(plan: OrderPlan, short: Short, named: str) -> str:
    """Return the site that the shortage goes to, empty where all lack the line."""
    lacking = {one.node for one in plan.shorts if one.line == short.line and one.found_at is None}
    return named or next((node for node in sites_for(short.node) if node not in lacking), "")


def _taken(plan: OrderPlan, line: str, site: str) -> bool:
    """Say whether the site has set goods of the line aside, or picked them."""
    taking = {one.node for one in plan.moved if one.line == line}
    taking |= {pick.node for pick in plan.picks if pick.line == line and pick.reversed_at is None}
    return site in taking
