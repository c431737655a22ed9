"""Facts of an order nobody released yet, or of a load nobody planned: they wait, and after a while they show."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from milepost.contracts.controls import DeadlineFired
from milepost.contracts.events import ORDER_TAGS, TMS_TAGS, WMS_TAGS, tag_of
from milepost.contracts.identifiers import is_load
from milepost.contracts.orders import InboundReleased, OrderReleased
from milepost.contracts.tms import LoadPlanned
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Deadline, Decision, Problem
from milepost.workflow.record import Fact, Record
from milepost.workflow.rules import Rules
from milepost.workflow.standing_links import came

PARTNERS = ORDER_TAGS + WMS_TAGS + TMS_TAGS


def park(record: Record, counted: Counted, decision: Decision, rules: Rules) -> None:
    """Set the deadline after which the facts are an orphan's; a contested opening is a conflict, and no orphan."""
    opening = LoadPlanned if is_load(record.key) else (OrderReleased, InboundReleased)
    times = [fact.occurred_at for variants in record.facts.values() for fact in variants if _waits(fact, counted)]
    contested = (fact.body for key in counted.conflicts for fact in record.facts[key])
    if not times or any(isinstance(body, opening) for body in contested):
        return
    policy = decision.practice = rules.policies[rules.at(min(times))[0]]
    decision.deadlines.append(Deadline("orphan", "", min(times) + timedelta(seconds=policy.orphan_after_s)))
    if any(cast(DeadlineFired, f.body).kind == "orphan" for _, f in counted.by.get(DeadlineFired, ())):
        queue, what = ("transport-desk", "a load that was never planned") if is_load(record.key) else (
            "order-desk", "an order that was never released")  # fmt: skip
        decision.problems.append(Problem("ORPHAN_EVENT", "orphan", "error", queue, f"facts of {what}"))


def _waits(fact: Fact, counted: Counted) -> bool:
    """Say whether a fact waits for its owner: once a link was taken back, only what partners still say of it does."""
    return not counted.gone or (came(fact, counted.gone) and tag_of(fact.body).startswith(PARTNERS))
