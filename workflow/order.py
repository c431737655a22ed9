"""decide, for an order: everything that follows from its facts under the rules its release pinned."""

from __future__ import annotations

from milepost.contracts.controls import CancelOrdered, DataQualityFound
from milepost.contracts.documents import CustomerInvoice, GoodsIssue, ShipmentConfirmation
from milepost.contracts.identifiers import part
from milepost.contracts.orders import CancelRequested
from milepost.contracts.tms import Delivered, DeliveryExcepted, LoadPlanned
from milepost.contracts.wms import Departed
from milepost.workflow.amounts import invoice_lines, issue_lines
from milepost.workflow.counted import Counted
from milepost.workflow.counters import broken, counters
from milepost.workflow.decision import Decision, Notice, Ought, Problem
from milepost.workflow.holds import general_holds, problem_of, short_pick_holds
from milepost.workflow.instructions import tellings
from milepost.workflow.outbox import retries
from milepost.workflow.parked import park
from milepost.workflow.postings_checked import checked, extras
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules
from milepost.workflow.shipments import Shipment, departed, fill, loads, picked
from milepost.workflow.snapshots import Snapshot, standing
from milepost.workflow.stage import stage
from milepost.workflow.tenders import current, tenders


def decide_order(record: Record, rules: Rules) -> Decision:
    """Return the decision on an order's record."""
    counted = Counted(record)
    decision = Decision(holds=general_holds(counted), problems=_reported(counted) + checked(counted))
    decision.retries = retries(counted)
    decision.extras = extras(counted)
    snapshot = standing(record, counted, rules)
    if snapshot is None:
        park(record, counted, decision, rules)
    else:
        decision.policy, decision.reference = snapshot.policy.version, snapshot.reference.version
        decision.problems += snapshot.problems
        _released(record.key, counted, snapshot, decision)
    decision.problems += [problem_of(hold, record) for hold in decision.holds]
    return decision


def _released(order_id: str, counted: Counted, snapshot: Snapshot, decision: Decision) -> None:
    if not snapshot.valid:
        decision.stage = "rejected"
        return
    plans = loads(counted)
    shipments = departed(counted, order_id, plans)
    fill(shipments, picked(counted), snapshot.lines)
    cancelled = _cancelled(counted, snapshot, bool(shipments), decision)
    if not cancelled:
        _goods(snapshot, shipments, decision)
        _confirmations(order_id, counted, snapshot, plans, decision)
    decision.holds += short_pick_holds(counted, snapshot.policy, shipments)
    totals = counters(counted, snapshot.lines, shipments)
    decision.problems += broken(totals) + _missing(counted, shipments)
    decision.tellings = tellings(order_id, snapshot, totals, counted, cancelled)
    decision.stage = stage(cancelled, totals, shipments)


def _goods(snapshot: Snapshot, shipments: list[Shipment], decision: Decision) -> None:
    """A departed shipment ought to have one goods issue, and its invoice when the terms say so."""
    header, before = snapshot.header, dict[str, int]()
    for shipment in shipments:
        if lines := issue_lines(shipment, snapshot.lines):
            because = (snapshot.key, *shipment.because)
            chain, date = f"goods_issue/{part(shipment.id)}", shipment.left_at.date().isoformat()
            issue = GoodsIssue(date=date, shipment=shipment.id, node=shipment.node, currency=header.currency,
                               company=header.company, lines=lines)  # fmt: skip
            decision.ought[chain] = Ought(chain, issue, "GI1 departed shipment", because)
            _invoice(snapshot, shipment, before, because, decision)
        for line, quantity in shipment.quantities.items():
            before[line] = before.get(line, 0) + quantity


def _invoice(
    snapshot: Snapshot, shipment: Shipment, before: dict[str, int], because: tuple[str, ...], decision: Decision
) -> None:
    header = snapshot.header
    if header.terms == "on_delivery" and shipment.delivered is None:
        return
    date, rule = shipment.left_at.date(), "IN1 billed on goods issue"
    if header.terms == "on_delivery" and shipment.delivered is not None:
        date, rule, because = shipment.delivered, "IN2 billed on proof of delivery", (*because, shipment.delivered_by)
    chain = f"customer_invoice/{part(shipment.id)}"
    invoice = CustomerInvoice(
        date=date.isoformat(), shipment=shipment.id, customer=header.customer, currency=header.currency,
        company=header.company, tax_code=header.tax_code, lines=invoice_lines(shipment, snapshot.lines, before),
    )  # fmt: skip
    decision.ought[chain] = Ought(chain, invoice, rule, because, requires=f"goods_issue/{part(shipment.id)}")


def _confirmations(
    order_id: str, counted: Counted, snapshot: Snapshot, plans: dict[str, LoadPlanned], decision: Decision
) -> None:
    """An accepted tender confirms the carrier to the ERP and to the customer, once; a mere assignment does not."""
    for load, plan in sorted(plans.items()):
        mine = [m for m in plan.members if m.order_id == order_id]
        found = tenders(counted, load, snapshot.policy.late_accept) if mine else []
        tender = current(found)
        if tender is None or tender.at is None:
            continue
        changed = sum(t.answer == "accepted" or t.at is not None for t in found) > 1
        for member in mine:
            chain = f"shipment_confirmation/{part(load)}/{part(member.shipment)}"
            carrier = tender.offer.carrier
            confirmation = ShipmentConfirmation(date=tender.at.date().isoformat(), load=load, shipment=member.shipment,
                                                carrier=carrier)  # fmt: skip
            decision.ought[chain] = Ought(chain, confirmation, "SC1 tender accepted", tender.because)
            kind = "carrier_changed" if changed and _was_confirmed(found, tender.offer.attempt) else "carrier_confirmed"
            decision.notices.append(Notice(f"notice/{load}/{member.shipment}/{carrier}", kind,  # type: ignore[arg-type]
                                           snapshot.header.customer, carrier, member.shipment))  # fmt: skip


def _was_confirmed(found: list, attempt: int) -> bool:  # type: ignore[type-arg]
    """Say whether an earlier attempt had been accepted before it fell away."""
    return any(t.offer.attempt < attempt and t.answer in ("accepted", "withdrawn") for t in found)


def _cancelled(counted: Counted, snapshot: Snapshot, gone: bool, decision: Decision) -> bool:
    """Physical facts win: a cancel is void while an unreversed departure exists (laws: state, not arrival, decides)."""
    cancels = counted.standing(CancelRequested) + counted.standing(CancelOrdered)
    if not cancels:
        return False
    key, customer = cancels[0][0], snapshot.header.customer
    if gone:
        decision.problems.append(
            Problem("CANCEL_REFUSED", key, "warning", "order-desk", "goods have left; offer an intercept or a return")
        )
        decision.notices.append(Notice(f"notice/cancel_refused/{key}", "cancel_refused", customer))
        return False
    if any(key in counted.reversed for key, _ in counted.by.get(Departed, ())):
        decision.problems.append(
            Problem(
                "CANCEL_REVIVED", key, "warning", "order-desk", "the departure was reversed, so the cancel stands again"
            )
        )
    decision.notices.append(Notice(f"notice/cancelled/{key}", "cancelled", customer))
    return True


def _reported(counted: Counted) -> list[Problem]:
    """Exceptions that a source itself reports."""
    found = [
        Problem("DATA_QUALITY", key, "info", "data-steward", f"{bad.field}: {bad.value}")
        for key, _, bad in counted.standing(DataQualityFound)
    ]
    found += [
        Problem("DELIVERY_EXCEPTION", key, "warning", "transport-desk", f"{bad.code} {bad.quantity or ''}".strip())
        for key, _, bad in counted.standing(DeliveryExcepted)
    ]
    return found


def _missing(counted: Counted, shipments: list[Shipment]) -> list[Problem]:
    """A delivery implies a departure; until some system attests it, nothing is posted on the inference."""
    known = {s.id for s in shipments}
    return [
        Problem("MISSING_MILESTONE", proof.shipment, "warning", "warehouse-desk",
                f"shipment {proof.shipment} was delivered, its departure is only inferred: WMS is behind")
        for _, _, proof in counted.standing(Delivered)
        if proof.shipment not in known
    ]  # fmt: skip
