"""What a cancellation shows and tells: instructions left standing, put-aways, notices, exceptions, deadlines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from milepost.contracts.base import QUANTITY_MAX
from milepost.contracts.controls import CancelOrdered
from milepost.contracts.identifiers import part
from milepost.contracts.instructions import (
    FulfilmentRequested,
    InstructionLine,
    PutAwayInstructed,
    ShipmentReadied,
    TransportPlanned,
    WarehouseInstructed,
)
from milepost.contracts.orders import CancelRequested
from milepost.contracts.wms import Departed, Loaded, Packed
from milepost.workflow.cancel_matrix import DELIVERED, DEPARTED, asks
from milepost.workflow.cancellation import GOING_ON, STOPPED, Cancellation, Node, answer_due
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Deadline, Decision, Notice, Problem, Telling
from milepost.workflow.rules import Site
from milepost.workflow.situation import Situation
from milepost.workflow.snapshots import Snapshot


def left(cancellation: Cancellation, wanted: list[Telling]) -> list[Telling]:
    """Return those of the ``wanted`` instructions that a cancellation leaves standing: all, where it does not act."""
    if not cancellation.acts:
        return wanted
    return [telling for telling in wanted if _stays(telling, cancellation)]


def _stays(telling: Telling, cancellation: Cancellation) -> bool:
    body, nodes = telling.body, cancellation.nodes
    if isinstance(body, WarehouseInstructed | ShipmentReadied):
        return body.node in nodes and nodes[body.node].state in GOING_ON
    if isinstance(body, TransportPlanned | FulfilmentRequested):  # carriage stays while any node may still ship
        return cancellation.goes_on or cancellation.asking
    return True


def cancelled(now: Situation, decision: Decision) -> None:
    """Show and tell what became of the cancellation."""
    cancellation, customer = now.cancellation, now.snapshot.header.customer
    key = cancellation.key
    if not key:
        return
    if cancellation.void:
        row = DELIVERED if cancellation.delivered else DEPARTED
        decision.problems.append(
            Problem("CANCEL_REFUSED", key, "warning", "order-desk", f"{row.result}; {row.compensation}",
                    until="an intercept or a return is agreed")
        )  # fmt: skip
        decision.notices.append(Notice(f"notice/cancel_refused/{key}", "cancel_refused", customer))
        return
    if cancellation.revived:
        _revived(cancellation.revived, decision)
        return
    decision.asks = cancellation.cause
    for name, node in cancellation.nodes.items():
        _answer(name, node, now, decision)
        if node.state in STOPPED:
            _put_away(name, node, now, decision)
    if cancellation.goes_on:
        decision.notices.append(Notice(f"notice/cancel_refused/{key}", "cancel_refused", customer))
    elif not cancellation.asking:
        decision.notices.append(Notice(f"notice/cancelled/{key}", "cancelled", customer))


def rejected(counted: Counted, snapshot: Snapshot, decision: Decision) -> None:
    """An order that its data forbid waits for better ones; cancelled, and with no goods gone, for nothing any more."""
    decision.stage = "rejected"
    cancels = counted.standing(CancelRequested) + counted.standing(CancelOrdered)
    if not cancels or counted.standing(Departed):
        return
    decision.stage = "cancelled"
    decision.problems = [problem for problem in decision.problems if problem not in snapshot.problems]
    key = min((fact.occurred_at, key) for key, fact, _ in cancels)[1]
    decision.notices.append(Notice(f"notice/cancelled/{key}", "cancelled", snapshot.header.customer))


def _revived(reversal: str, decision: Decision) -> None:
    text = "the departure was reversed, so the cancel stands again; partners are not told before a person says so"
    decision.problems.append(
        Problem("CANCEL_REVIVED", reversal, "warning", "order-desk", text, (reversal,),
                until=f"control.release names {reversal}, or a new cancel")
    )  # fmt: skip


def _answer(name: str, node: Node, now: Situation, decision: Decision) -> None:
    """Show a node that goes on; set the deadline for the answer of one that is asked, whether or not it came."""
    cancellation = now.cancellation
    site = now.snapshot.reference.sites.get(name, Site())
    stands = f"the work at {name} has come to {node.row.stage}"
    if node.state == "beyond":
        decision.problems.append(
            Problem("CANCEL_REFUSED", f"{part(cancellation.key)}/{part(name)}", "warning", "order-desk",
                    f"{stands}; it cancels up to {site.cancel_until}, so it goes on", (cancellation.key,),
                    cancellation.asked_at, "the goods leave, or the work is undone")
        )  # fmt: skip
    elif node.state == "refused":
        decision.problems.append(
            Problem("CANCEL_REFUSED_BY_SITE", node.refusal, "warning", "order-desk",
                    f"{name} does not take the cancellation and goes on; {stands}", (cancellation.key,),
                    cancellation.asked_at, "the goods leave, or a new cancel, which asks again")
        )  # fmt: skip
    if asks(node.row, site.cancel_until):
        _await(name, node, now, decision)


def _await(name: str, node: Node, now: Situation, decision: Decision) -> None:
    cancellation = now.cancellation
    within_s = now.snapshot.at_site(name).cancel_answer_within_s
    if not within_s or cancellation.asked_at is None:
        return
    subject = answer_due(name, cancellation.cause)
    deadline = Deadline("cancel", subject, cancellation.asked_at + timedelta(seconds=within_s))
    decision.deadlines.append(deadline)
    if node.state == "asking" and subject in now.counted.fired("cancel"):
        text = f"{name} has not said by {deadline.due:%Y-%m-%d %H:%M} UTC whether it takes the cancellation"
        decision.problems.append(
            Problem("CANCEL_UNANSWERED", deadline.key, "warning", "warehouse-desk", text, (cancellation.key,),
                    deadline.due, "the site answers, or the goods leave")
        )  # fmt: skip


def _put_away(name: str, node: Node, now: Situation, decision: Decision) -> None:
    """Have put back what lies picked at a node that stopped. Once given it stands: work undone is no new word."""
    chain, lines = f"wms/putaway/{name}", _lying(name, now)
    if node.row.put_back and lines:
        packages = _named(now.counted, Packed, "package", name) if node.row.void_labels else ()
        shipments = _named(now.counted, Loaded, "shipment", name) if node.row.unload else ()
        body = PutAwayInstructed(order_id=now.id, node=name, lines=lines, void_labels=packages, unload=shipments)
        decision.tellings.append(Telling(chain, "wms", body, "CN2 node agreed to cancel: put back what was picked"))
    else:
        decision.stays.add(chain)


def _lying(name: str, now: Situation) -> tuple[InstructionLine, ...]:
    items = {line.line: line.item for line in now.demand.lines}
    return tuple(
        InstructionLine(line=line, item=items[line], quantity=min(quantity, QUANTITY_MAX))
        for (node, line), quantity in sorted(now.picks.items())
        if node == name and quantity and line in items
    )


def _named(counted: Counted, kind: type[Any], field: str, node: str) -> tuple[str, ...]:
    return tuple(sorted({getattr(body, field) for _, _, body in counted.standing(kind) if body.node == node}))
