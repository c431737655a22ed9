"""decide, for a load: its tender, its freight accrual, and which orders its facts concern."""

from __future__ import annotations

from typing import cast

import msgspec
from milepost.contracts.controls import DeadlineFired
from milepost.contracts.documents import FreightAccrual
from milepost.contracts.identifiers import LOAD_PREFIX, part
from milepost.contracts.tms import LoadPlanned
from milepost.workflow.counted import Counted
from milepost.workflow.dates import site_date
from milepost.workflow.decision import Deadline, Decision, Ought, Problem
from milepost.workflow.holds import general_holds, problem_of
from milepost.workflow.outbox import retries
from milepost.workflow.parked import park
from milepost.workflow.postings_checked import checked, extras
from milepost.workflow.record import Fact, Record
from milepost.workflow.rules import Policy, Reference, Rules
from milepost.workflow.snapshots import pinned
from milepost.workflow.tenders import Tender, current, tenders


def decide_load(record: Record, rules: Rules) -> Decision:
    """Return the decision on a load's record. A load of one order is no special case."""
    counted = Counted(record)
    decision = Decision(holds=general_holds(counted), problems=checked(counted))
    decision.retries = retries(counted)
    decision.extras = extras(counted)
    decision.members = _members(record)
    plans = sorted(counted.standing(LoadPlanned), key=lambda p: (p[2].version, p[0]))
    if plans:
        policy, reference = pinned(counted, plans[0][1], rules)
        decision.policy, decision.reference = policy.version, reference.version
        policy = rules.practice(policy.version, "", plans[-1][2].node, plans[-1][2].lane, plans[-1][2].service)
        _tendered(record.key.removeprefix(LOAD_PREFIX), counted, policy, reference, plans[-1][2].node, decision)
    else:
        park(record, counted, decision, rules)
    decision.problems += [problem_of(hold, record) for hold in decision.holds]
    return decision


def _members(record: Record) -> tuple[str, ...]:
    """Return every order that any plan of the load ever named, also a contested one: who left must hear of it too."""
    found = {
        member.order_id: None
        for variants in record.facts.values()
        for fact in variants
        if isinstance(fact.body, LoadPlanned)
        for member in fact.body.members
    }
    return tuple(sorted(found))


def _tendered(load: str, counted: Counted, policy: Policy, reference: Reference, node: str, decision: Decision) -> None:
    found = tenders(counted, load, policy.late_accept)
    decision.stage = found[-1].answer or "tendered" if found else "planned"
    tender = current(found)
    if tender is not None and tender.at is not None:
        decision.ought.update(_accrual(load, tender, site_date(tender.at, node, reference)))
        decision.stage = "accepted"
    elif found and not found[-1].answer:
        _await_answer(found[-1], counted, decision)
    decision.problems += [
        Problem(
            "STALE_ANSWER", t.offer.tender, "info", "transport-desk", "accepted after expiry; another offer was made"
        )
        for t in found
        if t.answer == "ignored"
    ]


def _accrual(load: str, tender: Tender, date: str) -> dict[str, Ought]:
    offer, chain = tender.offer, f"freight_accrual/{part(load)}"
    document = FreightAccrual(date=date, load=load, carrier=offer.carrier, tender=offer.tender,
                              currency=offer.currency, amount_minor=offer.amount_minor)  # fmt: skip
    return {chain: Ought(chain, document, "FA1 tender accepted", tender.because)}


def _await_answer(tender: Tender, counted: Counted, decision: Decision) -> None:
    """The clock alone makes nothing late: the answer's own time does. A fired deadline shows the silence."""
    offer = tender.offer
    if offer.expires_at is None:
        return
    decision.deadlines.append(Deadline("tender", offer.tender, offer.expires_at))
    fired = {cast(DeadlineFired, fact.body).subject for _, fact in counted.by.get(DeadlineFired, ())}
    if offer.tender in fired:
        text = f"{offer.carrier} has not answered by {offer.expires_at:%Y-%m-%d %H:%M} UTC"
        decision.problems.append(Problem("TENDER_UNANSWERED", offer.tender, "warning", "transport-desk", text))


def for_order(fact: Fact, order_id: str) -> Fact:
    """Return a load's fact as one of its orders may see it: of a plan, only its own membership."""
    if not isinstance(fact.body, LoadPlanned):
        return fact
    plan = fact.body
    mine = tuple(m for m in plan.members if m.order_id == order_id)
    return Fact(fact.occurred_at, msgspec.structs.replace(plan, members=mine), fact.source)
