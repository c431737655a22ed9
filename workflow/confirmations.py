"""The order's side of a load: its carrier confirmed to ERP and customer, or its goods held while nobody confirmed."""

from __future__ import annotations

from milepost.contracts.documents import ShipmentConfirmation
from milepost.contracts.identifiers import part
from milepost.contracts.tms import LoadPlanned, Member
from milepost.workflow.dates import site_date
from milepost.workflow.decision import Decision, Hold, Notice, Ought
from milepost.workflow.rules import Policy
from milepost.workflow.situation import Situation
from milepost.workflow.tenders import Tender, current, tenders


def confirmed(now: Situation, decision: Decision) -> None:
    """An accepted tender confirms the carrier to the ERP and to the customer, once; a mere assignment does not."""
    for load, plan in sorted(now.plans.items()):
        mine = [m for m in plan.members if m.order_id == now.id]
        if not mine:
            continue
        policy = _practice(now, plan)
        found = tenders(now.counted, load, policy, now.snapshot.reference)
        tender = current(found)
        if tender is not None and tender.at is not None:
            for member in mine:
                _confirm(now, plan, member, tender, found, decision)
        elif policy.load_and_depart in ("hold", "retender"):
            decision.holds += _unconfirmed(now, load, {m.shipment for m in mine})


def _practice(now: Situation, plan: LoadPlanned) -> Policy:
    """Of the version that the order pinned, as it is for the load: a load is nobody's in particular."""
    version = now.snapshot.policy.version
    return now.rules.practice(version, site=plan.node, lane=plan.lane, service=plan.service)


def _confirm(
    now: Situation, plan: LoadPlanned, member: Member, tender: Tender, found: list[Tender], decision: Decision
) -> None:
    load, carrier = plan.load, tender.offer.carrier
    chain = f"shipment_confirmation/{part(load)}/{part(member.shipment)}"
    assert tender.at is not None
    date = site_date(tender.at, plan.node, now.snapshot.reference)
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
        Hold("CARRIER_UNCONFIRMED", s.because[0],
             frozenset({f"goods_issue/{part(s.id)}", f"customer_invoice/{part(s.id)}"}), "transport-desk",
             f"a carrier accepts load {load}, or control.release names {s.because[0]}", "H5")
        for s in now.shipments
        if s.id in aboard and s.because[0] not in now.counted.released
    ]  # fmt: skip
