"""Returns: requested, approved and expected. What came back, and what follows of it, is in inspections.py."""

from __future__ import annotations

from milepost.contracts.identifiers import part
from milepost.contracts.instructions import InstructionLine, ReturnExpected
from milepost.contracts.orders import ReturnRequested
from milepost.contracts.tms import Returned
from milepost.contracts.verbs import Approved
from milepost.contracts.wms import ReturnInspected, ReturnReceived
from milepost.workflow.credits import At
from milepost.workflow.decision import Decision, Hold, Notice, Problem, Telling
from milepost.workflow.deliveries import GONE, Delivery
from milepost.workflow.inspections import inspected
from milepost.workflow.return_ladder import Return
from milepost.workflow.shipments import Shipment
from milepost.workflow.situation import Situation

RETURN_FACTS = (ReturnRequested, ReturnReceived, ReturnInspected)


def returned(now: Situation, found: Delivery, decision: Decision) -> None:
    """Add the documents, instructions and exceptions of an order's returns."""
    if not found.counted and not any(now.counted.by.get(kind) for kind in RETURN_FACTS):
        return
    left = returnable(now, found)
    known = returns(now, found, left)
    shipments = {s.id: s for s in now.shipments}
    for one in known.values():
        _expect(now, one, shipments.get(one.shipment), decision)
    inspected(now, found, known, left, decision)
    for one in known.values():
        if one.waits:
            _hold(one, decision)


def returnable(now: Situation, found: Delivery) -> dict[At, int]:
    """Return how many units of each shipment's line can come back: shipped less short, lost and wrong goods."""
    return {
        (s.id, line): quantity - found.units((s.id, line), GONE)
        for s in now.shipments
        for line, quantity in s.quantities.items()
    }


def returns(now: Situation, found: Delivery, left: dict[At, int]) -> dict[str, Return]:
    """Return the order's returns by number: requested ones, goods refused at the door, and those nobody announced.

    Of several requests under one number the last stands; one for more than can come back, after the requests before
    it, does not.
    """
    known = _requested(now, dict(left))
    for one in found.counted:
        if one.code == "refused":
            line = {one.where[1]: one.quantity}
            known[one.key] = Return(one.key, one.where[0], one.key, line, approved=True)
    brought = {back.shipment for _, _, back in now.counted.standing(Returned)}
    for _, _, came in now.counted.standing(ReturnReceived):
        at = known.setdefault(came.rma, Return(came.rma, came.shipment)).received
        for one_line in came.lines:
            at[one_line.line] = at.get(one_line.line, 0) + one_line.quantity
    for key, _, seen in now.counted.standing(ReturnInspected):
        one_return = known.setdefault(seen.rma, Return(seen.rma, seen.shipment))
        one_return.inspections.add(key)
        one_return.inspected[seen.line] = one_return.inspected.get(seen.line, 0) + seen.quantity
    for one_return in known.values():
        one_return.on_its_way = one_return.shipment in brought
    return known


def _requested(now: Situation, left: dict[At, int]) -> dict[str, Return]:
    last = {wanted.rma: (key, fact, wanted) for key, fact, wanted in now.counted.standing(ReturnRequested)}
    seen = {word.cause: fact.occurred_at for _, fact, word in now.counted.standing(Approved)}
    # nobody approved what was asked for after they had spoken
    approvals = {rma for rma, (_, fact, _) in last.items() if rma in seen and fact.occurred_at <= seen[rma]}
    nodes = {s.id: s.node for s in now.shipments}
    known: dict[str, Return] = {}
    for rma, (key, _, wanted) in last.items():
        one = known[rma] = Return(rma, wanted.shipment, key)
        for line in (n for n in wanted.lines if n.quantity):
            one.requested[line.line] = one.requested.get(line.line, 0) + line.quantity
        if wanted.shipment not in nodes:
            one.refusal = "RETURN_UNKNOWN"
            continue
        asks = now.snapshot.at_site(nodes[wanted.shipment]).return_approval == "person"
        one.waits = asks and rma not in approvals and rma not in now.counted.released
        if any(q > left.get((one.shipment, line), 0) for line, q in one.requested.items()):
            one.refusal = "RETURN_EXCEEDS"
            continue
        for name, quantity in one.requested.items():
            left[one.shipment, name] -= quantity
        one.approved = not asks or rma in approvals
    return known


def _expect(now: Situation, one: Return, shipment: Shipment | None, decision: Decision) -> None:
    """Tell the ship-from site what comes back, and the customer that it may."""
    if not one.key:
        return
    if one.refusal:
        decision.problems.append(_refused(now, one))
        return
    if not one.approved or shipment is None:
        return
    items = {n.line: n.item for n in now.demand.lines}
    lines = tuple(InstructionLine(line=n, item=items[n], quantity=q) for n, q in one.requested.items())
    body = ReturnExpected(order_id=now.id, rma=one.rma, shipment=one.shipment, node=shipment.node, lines=lines)
    rule = "IS6 refused goods come back" if one.key == one.rma else "IS7 return approved"
    chain = f"wms/return/{part(one.rma)}/{shipment.node}"  # the site in it: a site that is wrong after all hears so
    decision.tellings.append(Telling(chain, "wms", body, rule))
    if one.key != one.rma:
        decision.notices.append(Notice(f"notice/return_approved/{one.rma}", "return_approved",
                                       now.snapshot.header.customer, shipment=one.shipment))  # fmt: skip


def _refused(now: Situation, one: Return) -> Problem:
    since = next(fact.occurred_at for key, fact, _ in now.counted.standing(ReturnRequested) if key == one.key)
    text = (
        f"return {one.rma}: shipment {one.shipment} never left"
        if one.refusal == "RETURN_UNKNOWN"
        else f"return {one.rma}: more is to come back of shipment {one.shipment} than can"
    )
    return Problem(one.refusal, one.key, "error", "returns-desk", text, since=since,
                   until=f"as much is shipped, or control.release names {one.key}")  # fmt: skip


def _hold(one: Return, decision: Decision) -> None:
    """A requested return that waits for a person's approval: its credits wait, its stock does not."""
    credits = frozenset(f"customer_credit/{part(key)}" for key in one.inspections)
    decision.holds.append(Hold("RETURN_UNAPPROVED", one.rma, credits, "returns-desk",
                               f"control.approve names {one.rma}", "H8"))  # fmt: skip
