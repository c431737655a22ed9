"""What came back: counted by inspection, into stock by its disposition, and credited where it was billed."""

from __future__ import annotations

from datetime import datetime

from milepost.contracts.documents import DocumentLine, StockReturn
from milepost.contracts.identifiers import part
from milepost.contracts.tms import DeliveryCode
from milepost.contracts.wms import ReturnInspected, ReturnReceived
from milepost.workflow.credits import At, Credits
from milepost.workflow.dates import site_date
from milepost.workflow.decision import Decision, Ought, Problem
from milepost.workflow.deliveries import Delivery
from milepost.workflow.people import accepted_overrides
from milepost.workflow.return_ladder import Return
from milepost.workflow.situation import Situation

REFUSED: frozenset[DeliveryCode] = frozenset({"refused"})


def inspected(
    now: Situation, found: Delivery, known: dict[str, Return], returnable: dict[At, int], decision: Decision
) -> None:
    """Add stock returns and credits of the inspections that count, in the order of the sources' time.

    ``returnable`` by shipment and line. One that is of no departed shipment, or of more than can come back, does not
    count at all; with a person's override, as much of it as can.
    """
    _unannounced(now, known, decision)
    inspections = now.counted.standing(ReturnInspected)
    if not inspections:
        return
    credits = found.credits or Credits(now, decision)
    left, unbilled = dict(returnable), _Unbilled(now, found, credits, returnable)
    overridden = {o.subject for _, _, o in accepted_overrides(now.counted, now.snapshot.policy)
                  if o.field == "return_excess"}  # fmt: skip
    for key, fact, seen in inspections:
        where = (seen.shipment, seen.line)
        quantity = min(seen.quantity, left.get(where, 0)) if key in overridden else seen.quantity
        if not _counts(now, key, fact.occurred_at, seen, quantity, left.get(where, 0), decision) or not quantity:
            continue
        left[where] -= quantity
        date = site_date(fact.occurred_at, seen.node, now.snapshot.reference)
        _stock(now, key, seen, quantity, date, decision)
        rest = quantity - unbilled.take(where, quantity)
        credits.credit(key, where, rest, "return", date, "CR3 billed and returned", told=not known[seen.rma].waits)


class _Unbilled:
    """Units of a line that may come back and whose money is settled: never billed, or credited at the door."""

    def __init__(self, now: Situation, found: Delivery, credits: Credits, returnable: dict[At, int]) -> None:
        self._left: dict[At, int] = {}
        late = now.snapshot.header.terms == "on_delivery"
        for where, quantity in returnable.items():
            billed = credits.billed(where)
            never = quantity - billed if late and billed else found.units(where, REFUSED)
            self._left[where] = never + found.damage_credited.get(where, 0)

    def take(self, where: At, quantity: int) -> int:
        taken = min(quantity, self._left[where])
        self._left[where] -= taken
        return taken


def _counts(
    now: Situation, key: str, at: datetime, seen: ReturnInspected, quantity: int, left: int, decision: Decision
) -> bool:
    """Say whether an inspection counts, and show why it does not."""
    known = any(s.id == seen.shipment for s in now.shipments)
    if known and quantity <= left:
        return True
    what = f"{seen.quantity} of line {seen.line} came back under {seen.rma}"
    if known:
        kind, text = "RETURN_EXCEEDS", f"{what}: of shipment {seen.shipment} {left} can"
    else:
        kind, text = "RETURN_UNKNOWN", f"{what}: shipment {seen.shipment} never left"
    decision.problems.append(
        Problem(kind, key, "error", "returns-desk", text, since=at,
                until=f"as much is shipped, the inspection is reversed, or control.release names {key}")
    )  # fmt: skip
    return False


def _stock(now: Situation, key: str, seen: ReturnInspected, quantity: int, date: str, decision: Decision) -> None:
    line = next(n for n in now.demand.lines if n.line == seen.line)
    header = now.snapshot.header
    back = DocumentLine(line=line.line, item=line.item, quantity=quantity, amount_minor=quantity * line.unit_cost_minor)
    document = StockReturn(date=date, rma=seen.rma, shipment=seen.shipment, node=seen.node,
                           disposition=seen.disposition, currency=header.currency, company=header.company,
                           lines=(back,))  # fmt: skip
    chain = f"stock_return/{part(key)}"
    decision.ought[chain] = Ought(chain, document, f"SR1 returned: {seen.disposition}", (now.snapshot.key, key),
                                  requires=f"goods_issue/{part(seen.shipment)}")  # fmt: skip


def _unannounced(now: Situation, known: dict[str, Return], decision: Decision) -> None:
    """Show goods that came back without a word, and those of a shipment that never left."""
    shipped = {s.id for s in now.shipments}
    for key, fact, came in now.counted.standing(ReturnReceived):
        if came.shipment not in shipped:
            text = f"goods came back under {came.rma}: shipment {came.shipment} never left"
            decision.problems.append(
                Problem("RETURN_UNKNOWN", key, "error", "returns-desk", text, since=fact.occurred_at,
                        until=f"the departure is known, or control.release names {key}")
            )  # fmt: skip
    for one in known.values():
        if one.key or one.on_its_way or one.shipment not in shipped:
            continue
        decision.problems.append(
            Problem("RETURN_UNANNOUNCED", one.rma, "info", "returns-desk",
                    f"goods of shipment {one.shipment} came back under {one.rma}, which nobody asked for",
                    until=f"the request comes, or control.release names {one.rma}")
        )  # fmt: skip
