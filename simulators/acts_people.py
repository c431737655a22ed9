"""What people do at the console: hold and release, resolve a conflict, cancel."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from milepost.contracts.controls import CancelOrdered, ConflictResolved, HoldPlaced, HoldReleased
from milepost.contracts.events import payload_digest
from milepost.contracts.identifiers import digest
from milepost.contracts.orders import CancelRequested
from milepost.contracts.verbs import Approved, ShortageDecided
from milepost.simulators.acts import Act, act
from milepost.simulators.acts_orders import credit_act
from milepost.simulators.acts_sites import pick_act, pick_undone_act, short_act
from milepost.simulators.books_shortages import stays_open
from milepost.simulators.plan import OrderPlan, PersonHold, Pick, Short, Verdict

CONSOLE: Final = "console"
_ACTOR: Final = "controller-7"


def people_acts(plan: OrderPlan, gates: tuple[str, ...]) -> Iterator[Act]:
    """Return the acts of people on an order that warehouses and carriers work on."""
    for hold in plan.holds:
        yield hold_act(plan, hold, gates)
        if hold.released_at:
            yield _release(plan, (hold.key,), hold.released_at, gates)
    yield from _shorts_released(plan, gates)
    yield from _conflicts_resolved(plan, gates)


def hold_act(plan: OrderPlan, hold: PersonHold, gates: tuple[str, ...]) -> Act:
    body = HoldPlaced(actor=_ACTOR, reason="customer's credit is being looked at")
    return act(hold.at, CONSOLE, plan.order_id, hold.key, body, gates=gates)


def cancel_act(plan: OrderPlan, gates: tuple[str, ...]) -> Act:
    """Return the cancellation: the ERP's request, or a person's order."""
    assert plan.cancel is not None
    cancel = plan.cancel
    if cancel.by_person:
        order = CancelOrdered(actor=_ACTOR, reason="customer called")
        return act(cancel.at, CONSOLE, plan.order_id, cancel.key, order, gates=gates)
    request = CancelRequested(reason="cancelled in the ERP")
    return act(cancel.at, "erp", plan.order_id, cancel.key, request, gates=gates)


def _shorts_released(plan: OrderPlan, gates: tuple[str, ...]) -> Iterator[Act]:
    for short in plan.shorts:
        if short.released_at:
            yield _release(plan, (short.key,), short.released_at, gates)
        for verdict in short.verdicts:
            yield verdict_act(plan, short, verdict, gates)
        if short.approved_at:
            body = Approved(actor=_ACTOR, reason="the customer takes it", cause=short.key)
            yield act(short.approved_at, CONSOLE, plan.order_id, f"approve/{short.key}", body, gates=gates)


def verdict_act(plan: OrderPlan, short: Short, verdict: Verdict, gates: tuple[str, ...]) -> Act:
    body = ShortageDecided(
        actor=_ACTOR,
        reason="as agreed with the customer",
        cause=short.key,
        outcome=verdict.outcome,
        node=verdict.node,
        item=verdict.item,
    )
    return act(verdict.at, CONSOLE, plan.order_id, verdict.key, body, gates=gates)


def _conflicts_resolved(plan: OrderPlan, gates: tuple[str, ...]) -> Iterator[Act]:
    for pick in plan.picks:
        if pick.mistake and pick.mistake.resolved_at:
            truth = pick_act(plan, pick).event
            counts = payload_digest(truth.occurred_at, truth.body)
            body = ConflictResolved(actor=_ACTOR, reason="counted again", key=pick.key, payload=counts)
            key = f"resolve/{digest(pick.key, counts)}"
            yield act(pick.mistake.resolved_at, CONSOLE, plan.order_id, key, body, gates=gates)


def _release(plan: OrderPlan, causes: tuple[str, ...], at: datetime, gates: tuple[str, ...]) -> Act:
    body = HoldReleased(actor=_ACTOR, reason="seen and accepted", causes=causes)
    return act(at, CONSOLE, plan.order_id, f"release/{digest(causes)}", body, gates=gates)


def lasting_causes(plan: OrderPlan, node: str, gates: tuple[str, ...]) -> tuple[str, ...]:
    """Return the messages whose holds nobody ever lifts and that stop the postings of the order's goods at ``node``."""
    unsettled = [short for short in plan.shorts if short.node == node and stays_open(plan, short)]
    short = [one for s in unsettled for one in _told_of(plan, s, gates)]
    held = [hold_act(plan, hold, gates).id for hold in plan.holds if hold.released_at is None]
    unclear = [p for p in plan.picks if p.mistake and p.mistake.resolved_at is None]
    mistaken = [pick_act(plan, pick, mistaken=wrong).id for pick in unclear for wrong in (False, True)]
    unpaid = invoice_causes(plan) if plan.terms == "on_goods_issue" else ()
    return (*short, *held, *mistaken, *unpaid)


def invoice_causes(plan: OrderPlan) -> tuple[str, ...]:
    """Return the messages that stop the order's invoices for ever, and nothing else of it."""
    return (credit_act(plan, plan.credit_block).id,) if plan.credit_block else ()


def _told_of(plan: OrderPlan, short: Short, gates: tuple[str, ...]) -> tuple[str, ...]:
    """Return the messages that together leave a shortage open: without the last word it might be settled."""
    told = []
    for one in plan.shorts:
        if one.line == short.line:
            told += [short_act(plan, one).id, *(verdict_act(plan, one, verdict, gates).id for verdict in one.verdicts)]
    return (*told, *(one for pick in plan.picks if pick.line == short.line for one in _less_than_said(plan, pick)))


def _less_than_said(plan: OrderPlan, pick: Pick) -> tuple[str, ...]:
    """Return the messages without which more seems to be picked than is: nothing might seem to be short."""
    mistaken = [pick_act(plan, pick, mistaken=wrong).id for wrong in (False, True)] if pick.mistake else []
    undone = [pick_undone_act(plan, pick).id] if pick.reversed_at else []
    return (*mistaken, *undone)
