"""The order's side of a load: its carrier confirmed to ERP and customer, or its goods held while nobody confirmed."""

from __future__ import annotations

from milepost.contracts.documents import ShipmentConfirmation
from milepost.contracts.identifiers import part
from milepost.contracts.tms import LoadPlanned, Member
from milepost.workflow.dates import site_date
from milepost.workflow.decision import Decision, Hold, Notice, Ought
from milepost.workflow.rules import Policy, Reference
from milepost.workflow.shipments import Shipment
from milepost.workflow.situation import Situation
from milepost.workflow.tenders import Tender, current, tenders


def confirmed(now: Situation, decision: Decision) -> None:
    """An accepted tender confirms the carrier to the ERP and to the customer, once; a mere assignment does not."""
    for load, plan in sorted(now.plans.items()):
        mine = [m for m in plan.members if m.order_id == now.id]
        if not mine:
            continue
        policy, reference = _terms(now, plan, decision)
        found = tenders(now.counted, load, policy, reference)
        tender = current(found)
        if tender is not None and tender.at is not None:
            for member in mine:
                _confirm(now, plan, member, tender, found, reference, decision)
        elif policy.load_and_depart in ("hold", "retender"):
            decision.holds += _unconfirmed(now, load, {m.shipment for m in mine})


def _terms(now: Situation, plan: LoadPlanned, decision: Decision) -> tuple[Policy, Reference]:
    """Return the rules that the load's first plan pinned, as they are for the load: of one tender load and orders must
    not think differently. Records of earlier versions lack that pin: there the order's own stand in."""
    plans = [p for p in now.counted.standing(LoadPlanned) if p[2].load == plan.load]
    first = min(plans, key=lambda p: (p[2].version, p[0]))
    policy, reference = now.counted.pins(first[1])
    if not policy:
        policy, reference = now.snapshot.policy.version, now.snapshot.reference.version
    decision.terms.add((policy, reference))
    return (
        now.rules.practice(policy, site=plan.node, lane=plan.lane, service=plan.service),
        now.rules.references[reference],
    )


def _confirm(
    now: Situation, plan: LoadPlanned, member: Member, tender: Tender, found: list[Tender], reference: Reference,
    decision: Decision,
) -> None:  # fmt: skip
    load, carrier = plan.load, tender.offer.carrier
    chain = f"shipment_confirmation/{part(load)}/{part(member.shipment)}"
    assert tender.at is not None
    date = site_date(tender.at, plan.node, reference)
    confirmation = ShipmentConfirmation(date=date, load=load, shipment=member.shipment, carrier=carrier)
    decision.ought[chain] = Ought(chain, confirmation, "SC1 tender accepted", tender.because)
    earlier = any(t.accepted and t.offer.attempt < tender.offer.attempt for t in found)
    decision.notices.append(
        Notice(f"notice/{load}/{member.shipment}/{carrier}", "carrier_changed" if earlier else "carrier_confirmed",
               now.snapshot.header.customer, carrier, member.shipment)
    )  # fmt: skip


def _unconfirmed(now: Situation, load: str, aboard: set[str]) -> list[Hold]:
    """Goods that left against the rule are not posted until a carrier is there, or a person has looked."""
    return [
        Hold("CARRIER_UNCONFIRMED", cause,
             frozenset({f"goods_issue/{part(s.id)}", f"customer_invoice/{part(s.id)}"}), "transport-desk",
             f"a carrier accepts load {load}, or control.release names {cause}", "H5",
             placed_at=s.left_at, evidence=tuple(s.because))
        for s in now.shipments
        if s.id in aboard and (cause := _unconfirmed_cause(s)) not in now.counted.released
    ]  # fmt: skip


def _unconfirmed_cause(shipment: Shipment) -> str:
    """A name of its own: who releases another exception of the same departure has not seen that nobody carries it."""
    return f"carrier/{part(shipment.because[0])}"
