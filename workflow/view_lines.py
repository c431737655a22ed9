"""The lines of an order as people ask for them: what was ordered, moved, delivered, invoiced, credited, by line."""

from __future__ import annotations

from milepost.contracts.documents import CustomerCredit, CustomerInvoice
from milepost.contracts.identifiers import is_load
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Decision
from milepost.workflow.inbound_orders import advised, inbound_order
from milepost.workflow.instructions import readiness_percent
from milepost.workflow.outbox import chains
from milepost.workflow.receipts import received
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules
from milepost.workflow.situation import situation
from milepost.workflow.snapshots import standing

Lines = dict[str, dict[str, int]]
BILLED = {CustomerInvoice: "invoiced", CustomerCredit: "credited"}


def lines_shown(record: Record, counted: Counted, rules: Rules) -> tuple[Lines, int]:
    """Return the counters of each line that are not zero, and how much of the order is ready to go, in percent."""
    if is_load(record.key):
        return {}, 0
    snapshot = standing(record, counted, rules)
    if snapshot is None:
        return _coming_in(counted, rules), 0
    totals = situation(record, counted, snapshot, rules).totals
    shown = {line: {name: value for name in c.__slots__ if (value := getattr(c, name))} for line, c in totals.items()}
    _add_billed(record, shown)
    return shown, readiness_percent(totals)


def _add_billed(record: Record, shown: Lines) -> None:
    """Add what the ERP's live documents bill and credit."""
    for chain in chains(record).values():
        for entry in chain.live:
            document = entry.document
            if isinstance(document, CustomerInvoice | CustomerCredit):
                name = BILLED[type(document)]
                for one in document.lines:
                    counters = shown.setdefault(one.line, {})
                    counters[name] = counters.get(name, 0) + one.quantity


def _coming_in(counted: Counted, rules: Rules) -> Lines:
    order = inbound_order(counted, rules)
    if order is None:
        return {}
    total = received(counted, order, Decision()) if order.valid else {}
    announced = advised(counted)
    shown = {name: {"ordered": line.quantity} for name, line in order.lines.items()}
    for name, quantities in (("advised", announced), ("received", total)):
        for line, quantity in quantities.items():
            if quantity:
                shown.setdefault(line, {})[name] = quantity
    return shown
