"""What came in: receipts by line in the sources' time, those that count, and what is wrong with the others."""

from __future__ import annotations

from datetime import datetime

from milepost.contracts.base import QUANTITY_MAX
from milepost.contracts.documents import DocumentLine, GoodsReceipt
from milepost.contracts.identifiers import part
from milepost.contracts.money import AMOUNT_MAX_MINOR
from milepost.contracts.wms import GoodsReceived
from milepost.workflow.counted import Counted
from milepost.workflow.dates import site_date
from milepost.workflow.decision import Decision, Ought, Problem
from milepost.workflow.inbound_orders import InboundOrder
from milepost.workflow.people import accepted_overrides

CONDITIONS_SHOWN = 20


def received(counted: Counted, order: InboundOrder, decision: Decision) -> dict[str, int]:
    """Add the goods receipts of an inbound order; return what is received by line.

    A line the order does not have does not count, nor does one that exceeds what is taken without asking, unless a
    person overrides it. Of two facts of one receipt the first counts.
    """
    total = dict.fromkeys(order.lines, 0)
    receipts = counted.standing(GoodsReceived)
    if not receipts:
        return total
    overridden = {o.subject for _, _, o in accepted_overrides(counted, order.policy) if o.field == "receipt_excess"}
    seen: set[str] = set()
    for key, fact, came in receipts:
        if came.receipt in seen:
            text = f"receipt {came.receipt} was reported before under another key: this one does not count"
            decision.problems.append(_problem("RECEIPT_TWICE", key, text, fact.occurred_at))
            continue
        seen.add(came.receipt)
        if came.conditions:
            decision.problems.append(_condition(key, fact.occurred_at, came))
        counts = _counting(order, total, key, fact.occurred_at, came, key in overridden, decision)
        for line, quantity in counts.items():
            total[line] += quantity
        if counts:
            _post(order, key, fact.occurred_at, came, counts, decision)
    return total


def _counting(
    order: InboundOrder, total: dict[str, int], key: str, at: datetime, came: GoodsReceived, overridden: bool,
    decision: Decision,
) -> dict[str, int]:  # fmt: skip
    """Return what counts of one receipt, by line, and show the rest."""
    stated: dict[str, int] = {}
    for one in came.lines:
        stated[one.line] = stated.get(one.line, 0) + one.quantity
    counts: dict[str, int] = {}
    unknown, over, left_minor = [], [], AMOUNT_MAX_MINOR
    for line, quantity in stated.items():
        if line not in order.lines:
            unknown.append(f"{quantity} of line {line}")
        elif not _bookable(order, line, quantity, left_minor) or (
            total[line] + quantity > order.limit(line) and not overridden
        ):
            over.append(f"{quantity} of line {line} beside {total[line]}, at most {order.limit(line)}")
        elif quantity:
            counts[line] = quantity
            left_minor -= quantity * order.lines[line].unit_cost_minor
    if unknown or not came.lines:
        text = f"receipt {came.receipt}: the order does not have {', '.join(unknown) or 'what it leaves unsaid'}"
        decision.problems.append(_problem("MIS_RECEIPT", key, text, at))
    if over:
        text = f"receipt {came.receipt}: {'; '.join(over)}"
        decision.problems.append(_problem("OVER_RECEIPT", key, text, at, "an override of receipt_excess naming it"))
    return counts


def _condition(key: str, at: datetime, came: GoodsReceived) -> Problem:
    """Show what is not as it should be. All that came in is received: what becomes of it, and who pays, people say."""
    found = [
        f"{one.quantity} of line {one.line} {one.condition.replace('_', ' ')}{f' ({one.reason})' if one.reason else ''}"
        for one in came.conditions[:CONDITIONS_SHOWN]
    ]
    if len(came.conditions) > CONDITIONS_SHOWN:
        found.append(f"and {len(came.conditions) - CONDITIONS_SHOWN} more")
    return Problem("RECEIPT_CONDITION", key, "warning", "warehouse-desk",
                   f"receipt {came.receipt}: {', '.join(found)}", since=at,
                   until=f"a reversal of the receipt, or control.release names {key}")  # fmt: skip


def _bookable(order: InboundOrder, line: str, quantity: int, left_minor: int) -> bool:
    """Say whether a document may come to so much; a person can override a limit of ours, not one of the format."""
    return quantity <= QUANTITY_MAX and quantity * order.lines[line].unit_cost_minor <= left_minor


def _post(
    order: InboundOrder, key: str, at: datetime, came: GoodsReceived, counts: dict[str, int], decision: Decision
) -> None:
    header = order.header
    lines = tuple(
        DocumentLine(line=name, item=n.item, quantity=counts[name], amount_minor=counts[name] * n.unit_cost_minor)
        for name, n in order.lines.items()
        if name in counts
    )
    document = GoodsReceipt(
        date=site_date(at, came.node, order.reference), receipt=came.receipt, kind=header.kind, node=came.node,
        currency=header.currency, company=header.company, lines=lines,
    )  # fmt: skip
    chain = f"goods_receipt/{part(came.receipt)}"
    rule = "GR1 purchase received" if header.kind == "purchase" else "GR2 transfer received"
    decision.ought[chain] = Ought(chain, document, rule, (order.key, key))


def _problem(kind: str, key: str, text: str, at: datetime, also: str = "a change of the order") -> Problem:
    return Problem(kind, key, "warning", "warehouse-desk", text, since=at,
                   until=f"{also}, a reversal of the receipt, or control.release names {key}")  # fmt: skip
