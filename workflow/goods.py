"""Goods issues and invoices: what left ought to be issued, and billed when the terms say so (docs/rules.md)."""

from __future__ import annotations

from milepost.contracts.documents import CustomerInvoice, GoodsIssue
from milepost.contracts.identifiers import part
from milepost.workflow.amounts import invoice_lines, issue_lines
from milepost.workflow.dates import site_date
from milepost.workflow.decision import Decision, Ought
from milepost.workflow.deliveries import Delivery, billable
from milepost.workflow.shipments import Shipment
from milepost.workflow.situation import Situation


def issue_and_bill(now: Situation, delivery: Delivery, decision: Decision) -> None:
    """Every departed shipment ought to have one goods issue, and its invoice when the terms say so."""
    before: dict[str, int] = {}
    for shipment in now.shipments:
        lines = issue_lines(shipment, now.demand.lines)
        if lines:
            header, chain = now.snapshot.header, f"goods_issue/{part(shipment.id)}"
            because = (now.snapshot.key, *shipment.because)
            date = site_date(shipment.left_at, shipment.node, now.snapshot.reference)
            issue = GoodsIssue(date=date, shipment=shipment.id, node=shipment.node, currency=header.currency,
                               company=header.company, lines=lines)  # fmt: skip
            after = tuple(s.change for s in now.shortages if s.node == shipment.node and s.change)
            decision.ought[chain] = Ought(chain, issue, "GI1 departed shipment", because, after=after)
            _invoice(now, delivery, shipment, before, because, decision)
        for line, quantity in shipment.quantities.items():
            before[line] = before.get(line, 0) + quantity


def _invoice(
    now: Situation, delivery: Delivery, shipment: Shipment, before: dict[str, int], because: tuple[str, ...],
    decision: Decision,
) -> None:  # fmt: skip
    header = now.snapshot.header
    at, rule = shipment.left_at, "IN1 billed on goods issue"
    if header.terms == "on_delivery":
        if shipment.delivered_at is None:
            return
        at, rule = shipment.delivered_at, "IN2 billed on proof of delivery"
        because = (*because, shipment.delivered_by)
    lines = invoice_lines(billable(shipment, header.terms, delivery), now.demand.lines, before)
    if not lines:
        return
    invoice = CustomerInvoice(
        date=site_date(at, shipment.node, now.snapshot.reference), shipment=shipment.id, customer=header.customer,
        currency=header.currency, company=header.company, tax_code=header.tax_code, lines=lines,
    )  # fmt: skip
    chain = f"customer_invoice/{part(shipment.id)}"
    decision.ought[chain] = Ought(chain, invoice, rule, because, requires=f"goods_issue/{part(shipment.id)}")
