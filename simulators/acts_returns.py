"""What is reported of goods that come back: the customer's wish, the carrier's word, the site's, a person's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from milepost.contracts.events import Body
from milepost.contracts.orders import ReturnLine, ReturnRequested
from milepost.contracts.tms import Returned
from milepost.contracts.verbs import Approved, Overridden
from milepost.contracts.wms import LineQuantity, ReturnInspected, ReturnReceived, Reversed
from milepost.simulators.acts import Act, act, return_gate
from milepost.simulators.books_doors import door_of
from milepost.simulators.books_orders import issued, lasting_cause
from milepost.simulators.books_returns import returnable, stays_unapproved
from milepost.simulators.catalogue import SOURCES
from milepost.simulators.plan import OrderPlan
from milepost.simulators.plan_returns import Inspection, Request, ReturnCase

_ACTOR: Final = "returns-2"
_CONSOLE: Final = "console"


def return_acts(plan: OrderPlan, gates: tuple[str, ...]) -> Iterator[Act]:
    """Return the messages of all that comes back; ``gates``: the instructions the order's work waits for."""
    for case in plan.returns:
        wishes = tuple(_wish(plan, case, request) for request in case.requests)
        yield from wishes
        if case.approved_at:
            body = Approved(actor=_ACTOR, reason="within the warranty", cause=case.rma)
            yield act(case.approved_at, _CONSOLE, plan.order_id, f"approve/{case.rma}", body, gates=gates)
        # A credit that waits for ever must not go before anybody heard that it has to wait.
        settled = tuple(wish.id for wish in wishes) if stays_unapproved(plan, case) else ()
        yield from _at_the_site(plan, case, _waits_for(plan, case, gates), settled)
        yield from _people(plan, case, gates)


def _wish(plan: OrderPlan, case: ReturnCase, request: Request) -> Act:
    lines = (ReturnLine(line=case.line, quantity=request.quantity),)
    body = ReturnRequested(rma=case.rma, shipment=case.shipment, reason="not needed", lines=lines)
    return act(request.at, "erp", plan.order_id, request.key, body)


def _at_the_site(plan: OrderPlan, case: ReturnCase, gates: tuple[str, ...], settled: tuple[str, ...]) -> Iterator[Act]:
    total = sum(one.quantity for one in case.inspections if one.reversed_at is None)
    if case.brought:
        bringing = Returned(shipment=case.shipment, line=case.line, quantity=total)
        at = case.requests[-1].at if case.requests else case.received_at
        yield act(at, "tms", plan.order_id, f"returned/{case.rma}", bringing, gates=gates)
    lines = (LineQuantity(line=case.line, quantity=total),)
    came = ReturnReceived(rma=case.rma, shipment=case.shipment, node=case.node, lines=lines)
    key = f"return_received/{case.rma}"
    yield act(case.received_at, SOURCES[case.node], plan.order_id, key, came, gates=gates)
    for one in case.inspections:
        yield _inspected(plan, case, one, gates, settled)
        if one.reversed_at:
            undone = Reversed(reverses=one.key, reason="another customer's")
            yield _report(plan, case, one, f"rev/{one.key}", undone, gates)


def _inspected(
    plan: OrderPlan, case: ReturnCase, one: Inspection, gates: tuple[str, ...], settled: tuple[str, ...]
) -> Act:
    body = ReturnInspected(
        rma=case.rma,
        shipment=case.shipment,
        node=case.node,
        line=case.line,
        quantity=one.quantity,
        disposition=one.disposition,
    )
    reported_at = plan.reported(case.node, one.at)
    source = SOURCES[case.node]
    return act(one.at, source, plan.order_id, one.key, body, reported_at=reported_at, gates=gates, settled=settled)


def _report(plan: OrderPlan, case: ReturnCase, one: Inspection, key: str, body: Body, gates: tuple[str, ...]) -> Act:
    assert one.reversed_at is not None
    at, source = one.reversed_at, SOURCES[case.node]
    return act(at, source, plan.order_id, key, body, reported_at=plan.reported(case.node, at), gates=gates)


def _people(plan: OrderPlan, case: ReturnCase, gates: tuple[str, ...]) -> Iterator[Act]:
    for one in case.inspections:
        if one.accepted_at:
            body = Overridden(actor=_ACTOR, reason="we keep them", field="return_excess", subject=one.key)
            key = f"override/{one.key}"
            yield act(one.accepted_at, _CONSOLE, plan.order_id, key, body, gates=gates)


def _waits_for(plan: OrderPlan, case: ReturnCase, gates: tuple[str, ...]) -> tuple[str, ...]:
    """Return what the site waits for: our notice, where it is sure that we give one; else the order's own work."""
    return (*gates, return_gate(plan.order_id, case.rma)) if _is_told(plan, case) else gates


def _is_told(plan: OrderPlan, case: ReturnCase) -> bool:
    """Say whether the return is announced beyond doubt: the departure is the site's own word, nothing is held, and it
    is the first of its shipment."""
    shipment = next((one for one in plan.shipments if one.shipment == case.shipment), None)
    if shipment is None or any(not one.departures for one in plan.shipments if one.left_at):
        return False
    if lasting_cause(plan, shipment.node) or plan.credit_block:
        return False
    issue = next((one for one in issued(plan, {}) if one.shipment is shipment), None)
    if issue is None:
        return False
    door = door_of(plan, shipment, issue.quantities)
    if case.refused:
        return any(note.key == case.rma for note in door.notes)
    asked = [one for one in plan.returns if one.shipment == case.shipment and one.requests]
    first = min(asked, key=lambda one: one.requests[-1].at, default=None)
    if case is not first or stays_unapproved(plan, case):
        return False
    room = returnable(issue.quantities, door).get(case.line, 0) - door.refused.get(case.line, 0)
    return case.requests[-1].quantity <= room
