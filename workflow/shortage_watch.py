"""Shortages as others must see them: stock that is not there, a time box that runs, what nobody can carry out."""

from __future__ import annotations

from datetime import timedelta

from milepost.contracts.instructions import AvailabilityCorrected
from milepost.workflow.decision import Deadline, Decision, Problem, Telling
from milepost.workflow.shortages import Shortage
from milepost.workflow.situation import Situation


def watch_shortages(now: Situation, decision: Decision) -> None:
    """Correct the stock at once, whoever decides what and even of a cancelled order; watch those that wait."""
    if not now.shortages:
        return
    items = {line.line: line.item for line in now.snapshot.lines}
    fired = now.counted.fired("shortage")
    for shortage in now.shortages:
        decision.tellings.append(_correction(now, shortage, items[shortage.line]))
        if shortage.waits and not now.cancellation.ends:
            _patience(now, shortage, shortage.key in fired, decision)


def _correction(now: Situation, shortage: Shortage, item: str) -> Telling:
    """A short pick that leaves the promise of stock untouched makes others sell what is not there."""
    body = AvailabilityCorrected(order_id=now.id, node=shortage.node, item=item, quantity=shortage.quantity,
                                 reason=shortage.reason)  # fmt: skip
    return Telling(f"atp/{shortage.key}", "all", body, "IS4 short units cannot be promised")


def _patience(now: Situation, shortage: Shortage, late: bool, decision: Decision) -> None:
    practice = now.snapshot.at_site(shortage.node)
    moves = f"control.shortage or control.release names {shortage.key}"
    if shortage.undecidable:
        decision.problems.append(
            Problem("SHORTAGE_UNDECIDABLE", shortage.decided_by or shortage.key, "warning", "order-desk",
                    f"line {shortage.line} at {shortage.node}: {shortage.undecidable}",
                    since=shortage.decided_at or shortage.at, until=moves)
        )  # fmt: skip
    if not practice.shortage_within_s:
        return
    due = shortage.at + timedelta(seconds=practice.shortage_within_s)
    decision.deadlines.append(Deadline("shortage", shortage.key, due))
    if late:
        queue = practice.escalates_to.get("warehouse-desk", "order-desk")
        text = f"{shortage.quantity} units of line {shortage.line} short at {shortage.node}: {shortage.why}"
        decision.problems.append(
            Problem("SHORTAGE_ESCALATED", shortage.key, "error", queue, text, since=due, until=moves)
        )
