"""Credits of what was invoiced: of each line of an invoice never more than it bills, to the cent."""

from __future__ import annotations

from dataclasses import dataclass

from milepost.contracts.documents import CustomerCredit, CustomerInvoice, DocumentLine
from milepost.contracts.identifiers import part
from milepost.contracts.orders import OrderLine
from milepost.workflow.amounts import price
from milepost.workflow.decision import Decision, Notice, Ought
from milepost.workflow.situation import Situation

At = tuple[str, str]  # shipment, line


@dataclass(slots=True)
class _Billed:
    """One line of one invoice. ``upto``: units of the order line shipped up to and with this invoice's."""

    line: OrderLine
    quantity: int
    upto: int
    credited: int = 0


class Credits:
    """What the invoices that ought to exist bill, and what of it is credited so far.

    A line with a value of its own is split by running totals: invoices count forwards from the first unit, credits
    backwards from the last unit billed. So invoice less credits never falls below zero, and is zero when all is
    credited, whatever the parts.
    """

    def __init__(self, now: Situation, decision: Decision) -> None:
        self._now, self._decision = now, decision
        self._billed: dict[At, _Billed] = {}
        lines = {n.line: n for n in now.demand.lines}
        before: dict[str, int] = {}
        for shipment in now.shipments:
            for name, quantity in _invoiced(decision, shipment.id).items():
                self._billed[shipment.id, name] = _Billed(lines[name], quantity, before.get(name, 0) + quantity)
            for name, quantity in shipment.quantities.items():
                before[name] = before.get(name, 0) + quantity

    def billed(self, at: At) -> int:
        """Return how many units of a shipment's line are invoiced; 0 while no invoice ought to exist."""
        found = self._billed.get(at)
        return found.quantity if found else 0

    def credit(self, key: str, at: At, quantity: int, reason: str, date: str, rule: str, told: bool = True) -> int:
        """Add the credit for the fact ``key``; return the units credited, at most those still billed.

        ``told``: the customer gets a notice of it.
        """
        billed = self._billed.get(at)
        taken = min(quantity, billed.quantity - billed.credited) if billed else 0
        if billed is None or taken <= 0:
            return 0
        amount = price(billed.line, taken, billed.upto - billed.credited - taken)
        billed.credited += taken
        line = DocumentLine(line=at[1], item=billed.line.item, quantity=taken, amount_minor=amount)
        self._add(key, at[0], reason, date, rule, line)
        if told:
            self._tell(key, at[0], line)
        return taken

    def _add(self, key: str, shipment: str, reason: str, date: str, rule: str, line: DocumentLine) -> None:
        header = self._now.snapshot.header
        document = CustomerCredit(
            date=date, shipment=shipment, customer=header.customer, currency=header.currency, company=header.company,
            tax_code=header.tax_code, reason=reason, lines=(line,),
        )  # fmt: skip
        chain = f"customer_credit/{part(key)}"
        self._decision.ought[chain] = Ought(chain, document, rule, (self._now.snapshot.key, key),
                                            requires=f"customer_invoice/{part(shipment)}")  # fmt: skip

    def _tell(self, key: str, shipment: str, line: DocumentLine) -> None:
        customer = self._now.snapshot.header.customer
        self._decision.notices.append(
            Notice(f"notice/credited/{key}", "credited", customer, shipment=shipment, line=line.line,
                   quantity=line.quantity)
        )  # fmt: skip


def _invoiced(decision: Decision, shipment: str) -> dict[str, int]:
    ought = decision.ought.get(f"customer_invoice/{part(shipment)}")
    document = ought.document if ought else None
    return {n.line: n.quantity for n in document.lines} if isinstance(document, CustomerInvoice) else {}
