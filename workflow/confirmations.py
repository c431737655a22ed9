"""The order's side of a load: its carrier confirmed to ERP and customer, or its goods held while nobody confirmed."""

from __future__ import annotations

from milepost.contracts.documents import ShipmentConfirmation
from milepost.contracts.identifiers import part
from milepost.workflow.dates import site_date
from milepost.workflow.decision import Decision, Notice, Ought
from milepost.workflow.situation import Situation
from milepost.workflow.tenders import Tender, current, tenders


def confirmed(now: Situation, decision: Decision) -> None:
    """An accepted tender confirms the carrier to the ERP and to the customer, once; a mere assignment does not."""
    for load, plan in sorted(now.plans.items()):
        mine = [m for m in plan.members if m.order_id == now.id]
        found = tenders(now.counted, load, now.snapshot.policy.late_accept) if mine else []
        tender = current(found)
        if tender is None or tender.at is None:
            continue
        changed = sum(t.answer == "accepted" or t.at is not None for t in found) > 1
        for member in mine:
            chain = f"shipment_confirmation/{part(load)}/{part(member.shipment)}"
            carrier = tender.offer.carrier
            date = site_date(tender.at, plan.node, now.snapshot.reference)
            confirmation = ShipmentConfirmation(date=date, load=load, shipment=member.shipment, carrier=carrier)
            decision.ought[chain] = Ought(chain, confirmation, "SC1 tender accepted", tender.because)
            kind = "carrier_changed" if changed and _was_confirmed(found, tender.offer.attempt) else "carrier_confirmed"
            decision.notices.append(Notice(f"notice/{load}/{member.shipment}/{carrier}", kind,  # type: ignore[arg-type]
                                           now.snapshot.header.customer, carrier, member.shipment))  # fmt: skip


def _was_confirmed(found: list[Tender], attempt: int) -> bool:
    """Say whether an earlier attempt had been accepted before it fell away."""
    return any(t.offer.attempt < attempt and t.answer in ("accepted", "withdrawn") for t in found)
