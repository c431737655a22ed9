"""decide, for a load: its tender, its freight, whether it may leave, and which orders its facts concern."""

from __future__ import annotations

import msgspec
from milepost.contracts.identifiers import LOAD_PREFIX
from milepost.contracts.tms import LoadPlanned, MemberAssigned
from milepost.workflow.carriage import Carriage, carriage
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Decision
from milepost.workflow.freight import freight
from milepost.workflow.holds import general_holds, problem_of
from milepost.workflow.membership import standing_plans
from milepost.workflow.misdirected import misdirected
from milepost.workflow.outbox import retries
from milepost.workflow.parked import park
from milepost.workflow.people import people_decided
from milepost.workflow.postings_checked import checked, extras
from milepost.workflow.record import Fact, Record
from milepost.workflow.rules import Policy, Reference, Rules
from milepost.workflow.snapshots import pinned
from milepost.workflow.tendering import tendered
from milepost.workflow.unconfirmed import may_leave


def decide_load(record: Record, rules: Rules) -> Decision:
    """Return the decision on a load's record. A load of one order is no special case."""
    counted = Counted(record)
    decision = Decision(holds=general_holds(record, counted), problems=checked(counted) + misdirected(counted))
    decision.retries = retries(counted)
    decision.extras = extras(counted)
    decision.members = _members(record)
    load = record.key.removeprefix(LOAD_PREFIX)
    plan = standing_plans(counted).get(load)
    if plan is not None:
        policy, reference = _rules_of(counted, rules)
        decision.policy, decision.reference = policy.version, reference.version
        policy = rules.practice(policy.version, site=plan.node, lane=plan.lane, service=plan.service)
        decision.practice = policy
        _planned(carriage(load, counted, plan, policy, reference), decision)
    else:
        park(record, counted, decision, rules)
    people_decided(record, counted, decision, rules)
    decision.problems += [problem_of(hold, record, counted) for hold in decision.holds]
    return decision


def _planned(now: Carriage, decision: Decision) -> None:
    """Each rule adds its part."""
    decision.stage = _stage(now)
    freight(now, decision)
    tendered(now, decision)
    may_leave(now, decision)


def _stage(now: Carriage) -> str:
    if now.binding is not None:
        return "accepted"
    return (now.highest.answer or "tendered") if now.highest else "planned"


def _rules_of(counted: Counted, rules: Rules) -> tuple[Policy, Reference]:
    """The first plan pinned them."""
    first = min(counted.standing(LoadPlanned), key=lambda p: (p[2].version, p[0]))
    return pinned(counted, first[1], rules)


def _members(record: Record) -> tuple[str, ...]:
    """Return every order that any plan or row ever named, also a contested one: who left must hear of it too."""
    found: set[str] = set()
    for variants in record.facts.values():
        for fact in variants:
            if isinstance(fact.body, LoadPlanned):
                found.update(member.order_id for member in fact.body.members)
            elif isinstance(fact.body, MemberAssigned):
                found.add(fact.body.order_id)
    return tuple(sorted(found))


def for_order(fact: Fact, order_id: str) -> Fact:
    """Return a load's fact as one of its orders may see it: of a plan, only its own membership."""
    if not isinstance(fact.body, LoadPlanned):
        return fact
    plan = fact.body
    mine = tuple(m for m in plan.members if m.order_id == order_id)
    return Fact(fact.occurred_at, msgspec.structs.replace(plan, members=mine), fact.source)
