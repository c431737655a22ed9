"""decide, for an order: everything that follows from its facts under the rules its release pinned."""

from __future__ import annotations

from milepost.contracts.controls import DataQualityFound
from milepost.contracts.orders import InboundReleased
from milepost.workflow.cancel_told import cancelled, left, rejected
from milepost.workflow.confirmations import confirmed
from milepost.workflow.consolidation import consolidated
from milepost.workflow.counted import Counted
from milepost.workflow.counters import broken
from milepost.workflow.credit_block import credit_blocked
from milepost.workflow.decision import Decision, Problem
from milepost.workflow.deliveries import credit_and_claim, delivery
from milepost.workflow.goods import issue_and_bill
from milepost.workflow.holds import general_holds, problem_of, short_pick_holds
from milepost.workflow.inbound import decide_inbound
from milepost.workflow.instructions import tellings
from milepost.workflow.linked import link
from milepost.workflow.milestones import watched
from milepost.workflow.misdirected import misdirected
from milepost.workflow.order_changes import order_changed
from milepost.workflow.outbox import retries
from milepost.workflow.parked import park
from milepost.workflow.people import people_decided
from milepost.workflow.postings_checked import checked, extras
from milepost.workflow.proofs import proofs_watched
from milepost.workflow.record import Record
from milepost.workflow.returns import returned
from milepost.workflow.rules import Rules
from milepost.workflow.shortage_watch import watch_shortages
from milepost.workflow.situation import Situation, situation
from milepost.workflow.snapshots import standing
from milepost.workflow.stage import stage


def decide_order(record: Record, rules: Rules) -> Decision:
    """Return the decision on an order's record, of goods that go out or come in."""
    counted = Counted(record)
    decision = Decision(holds=general_holds(record, counted), problems=_reported(counted) + checked(counted))
    decision.problems += misdirected(counted)
    decision.retries = retries(counted)
    decision.extras = extras(counted)
    snapshot = standing(record, counted, rules)
    if snapshot is not None:
        decision.policy, decision.reference = snapshot.policy.version, snapshot.reference.version
        decision.practice, decision.problems = snapshot.policy, decision.problems + snapshot.problems
        decision.problems += _mixed(counted)
        if snapshot.valid:
            _released(situation(record, counted, snapshot, rules), decision)
        else:
            rejected(counted, snapshot, decision)
    elif counted.by.get(InboundReleased):
        decide_inbound(record, counted, rules, decision)
    elif not link(record, counted, decision):
        park(record, counted, decision, rules)
    people_decided(record, counted, decision, rules)
    decision.problems += [problem_of(hold, record, counted) for hold in decision.holds]
    return decision


def _released(now: Situation, decision: Decision) -> None:
    """Each rule adds its part; none reads what another added, but for what is passed on by name."""
    if not now.cancellation.ends:
        found = delivery(now.counted, now.shipments)
        issue_and_bill(now, found, decision)
        credit_and_claim(now, found, decision)
        returned(now, found, decision)
        proofs_watched(now, found, decision)
        order_changed(now, decision)
        decision.holds += short_pick_holds(now.shortages, now.shipments)
        confirmed(now, decision)
    cancelled(now, decision)
    watch_shortages(now, decision)
    credit_blocked(now, decision)
    consolidated(now, decision)
    decision.problems += broken(now.totals)
    decision.tellings += left(now.cancellation, tellings(now))
    decision.stage = stage(now.cancellation, now.totals, now.shipments)
    watched(now, decision)


def _reported(counted: Counted) -> list[Problem]:
    """Exceptions that a source itself reports."""
    return [
        Problem("DATA_QUALITY", key, "info", "data-steward", f"{bad.field}: {bad.value}",
                since=fact.occurred_at)
        for key, fact, bad in counted.standing(DataQualityFound)
    ]  # fmt: skip


def _mixed(counted: Counted) -> list[Problem]:
    """Released both ways, it is taken as goods that go out."""
    return [
        Problem("ORDER_KINDS_MIXED", key, "error", "order-desk", "released as goods that go out and as goods coming in",
                since=fact.occurred_at, until=f"control.release names {key}, or its source takes it back")
        for key, fact, _ in counted.standing(InboundReleased)
    ]  # fmt: skip
