"""The lifecycle table: every transition of an order and of a load, as something that can be seen to happen."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from milepost.contracts.events import tag_of
from milepost.contracts.instructions import WarehouseInstructed
from milepost.tests.workflow.walk import Turn
from milepost.workflow.decision import Decision

Seen = Callable[[Turn], bool]


class Transition(NamedTuple):
    """``before`` and ``after`` are stages, "*" any; ``also`` what else must be seen."""

    before: str
    event: str
    after: str
    also: Seen = lambda turn: True

    def __str__(self) -> str:
        more = getattr(self.also, "text", "")
        return f"{self.before} — {self.event} → {self.after}{more and f', {more}'}"

    def seen(self, turn: Turn) -> bool:
        stages = ((self.before, turn.before.stage), (self.after, turn.after.stage))
        return (
            tag_of(turn.event.body) == self.event
            and all(wanted in ("*", found) for wanted, found in stages)
            and self.also(turn)
        )


class Also:
    """What else must be seen in a turn, with the words for it."""

    def __init__(self, text: str, seen: Seen) -> None:
        self.text, self._seen = text, seen

    def __call__(self, turn: Turn) -> bool:
        return self._seen(turn)


def _opened(kind: str) -> Seen:
    return Also(kind, lambda t: any(e.type == kind and e.open for e in t.said.exceptions))


def _closed(kind: str) -> Seen:
    return Also(f"{kind} ends", lambda t: any(e.type == kind and not e.open for e in t.said.exceptions))


def _status(status: str) -> Seen:
    return Also(f"an exception is {status}", lambda t: any(e.status == status for e in t.said.exceptions))


def _hold(kind: str, gone: bool = False) -> Seen:
    def held(decision: Decision) -> set[str]:
        return {h.id for h in decision.holds if h.type == kind}

    def seen(t: Turn) -> bool:
        return bool(held(t.before) - held(t.after) if gone else held(t.after) - held(t.before))

    return Also(f"hold {kind}{' is lifted' if gone else ''}", seen)


def _commands(chain: str, reversal: bool = False) -> Seen:
    text = f"{chain} is {'reversed' if reversal else 'posted'}"
    return Also(
        text, lambda t: any(c.chain.startswith(chain) and bool(c.reverses) == reversal for c in t.said.commands)
    )


def _told(recipient: str) -> Seen:
    return Also(f"{recipient} is told", lambda t: any(i.recipient == recipient for i in t.said.instructions))


def _notice(kind: str) -> Seen:
    return Also(f"customer hears {kind}", lambda t: any(n.kind == kind for n in t.said.notices))


def _lost(chain: str) -> Seen:
    """What ought to have been there ought to be no more."""
    gone: Seen = lambda t: any(c.startswith(chain) for c in t.before.ought.keys() - t.after.ought.keys())  # noqa: E731
    return Also(f"no {chain} any more", gone)


def _wave(turn: Turn) -> bool:
    return any(isinstance(i.body, WarehouseInstructed) and i.body.wave for i in turn.said.instructions)


_other_policy = Also("another policy", lambda t: t.before.policy != t.after.policy != "")
_in_a_wave = Also("in a wave", _wave)
_skips = Also("a step is skipped", lambda t: t.before.skipped != t.after.skipped)
_overdue = Also("an exception is overdue", lambda t: any(e.overdue for e in t.said.exceptions))
ISSUE, INVOICE, ACCRUAL, CONFIRMATION = "goods_issue", "customer_invoice", "freight_accrual", "shipment_confirmation"
ORDER = (
    Transition("parked", "order.released", "released", _told("wms")),
    Transition("parked", "order.released", "released", _told("tms")),
    Transition("parked", "order.released", "rejected", lambda t: not t.said.instructions),
    Transition("parked", "wms.pick_confirmed", "parked"),
    Transition("parked", "deadline.fired", "parked", _opened("ORPHAN_EVENT")),
    Transition("released", "wms.allocated", "in_fulfilment"),
    Transition("released", "wms.pick_confirmed", "in_fulfilment"),
    Transition("in_fulfilment", "wms.pick_confirmed", "in_fulfilment"),
    Transition("in_fulfilment", "wms.pick_confirmed", "in_fulfilment", _told("tms")),
    Transition("in_fulfilment", "milestone.reversed", "in_fulfilment"),
    Transition("in_fulfilment", "wms.pick_short", "in_fulfilment", _hold("SHORT_PICK")),
    Transition("in_fulfilment", "control.release", "in_fulfilment", _hold("SHORT_PICK", gone=True)),
    Transition("in_fulfilment", "wms.packed", "in_fulfilment"),
    Transition("in_fulfilment", "wms.loaded", "in_fulfilment"),
    Transition("*", "tms.tender_accepted", "*", _commands(CONFIRMATION)),
    Transition("*", "tms.tender_accepted", "*", _notice("carrier_confirmed")),
    Transition("*", "tms.tender_accepted", "*", _notice("carrier_changed")),
    Transition("*", "tms.tender_withdrawn", "*", _commands(CONFIRMATION, reversal=True)),
    Transition("in_fulfilment", "wms.departed", "partially_shipped", _commands(ISSUE)),
    Transition("in_fulfilment", "wms.departed", "shipped", _commands(ISSUE)),
    Transition("in_fulfilment", "tms.picked_up", "partially_shipped", _commands(ISSUE)),
    Transition("partially_shipped", "wms.departed", "shipped"),
    Transition("*", "erp.receipt", "*", _commands(INVOICE)),
    Transition("shipped", "milestone.reversed", "in_fulfilment"),
    Transition("*", "milestone.reversed", "*", _commands(INVOICE, reversal=True)),
    Transition("*", "milestone.reversed", "in_fulfilment", _lost(ISSUE)),
    Transition("*", "erp.receipt", "*", _commands(ISSUE, reversal=True)),
    Transition("shipped", "tms.delivered", "delivered"),
    Transition("shipped", "tms.delivered", "partially_delivered"),
    Transition("partially_shipped", "tms.delivered", "partially_delivered"),
    Transition("partially_delivered", "tms.delivered", "delivered"),
    Transition("*", "tms.delivered", "*", _commands(INVOICE)),
    Transition("delivered", "milestone.reversed", "shipped"),
    Transition("in_fulfilment", "tms.delivered", "in_fulfilment", _opened("MISSING_MILESTONE")),
    Transition("*", "tms.delivery_exception", "*", _opened("DELIVERY_EXCEPTION")),
    Transition("*", "tms.delivery_exception", "*", _commands("customer_credit")),
    Transition("*", "tms.delivery_exception", "*", _commands("carrier_claim")),
    Transition("*", "tms.delivery_exception", "*", _opened("EXCEPTION_EXCEEDS")),
    Transition("*", "order.return_requested", "*", _notice("return_approved")),
    Transition("*", "wms.return_received", "*", _opened("RETURN_UNANNOUNCED")),
    Transition("*", "wms.return_received", "*", _opened("RETURN_UNKNOWN")),
    Transition("*", "wms.return_inspected", "*", _commands("stock_return")),
    Transition("*", "wms.return_inspected", "*", _commands("customer_credit")),
    Transition("*", "wms.return_inspected", "*", _opened("RETURN_EXCEEDS")),
    Transition("*", "milestone.reversed", "*", _commands("stock_return", reversal=True)),
    Transition("parked", "order.inbound_released", "expected", _told("wms")),
    Transition("expected", "wms.goods_received", "partially_received", _commands("goods_receipt")),
    Transition("partially_received", "wms.goods_received", "received", _commands("goods_receipt")),
    Transition("*", "wms.goods_received", "*", _opened("MIS_RECEIPT")),
    Transition("received", "milestone.reversed", "partially_received"),
    Transition("*", "order.inbound_released", "*", _opened("ORDER_KINDS_MIXED")),
    Transition("delivered", "tms.returned", "delivered"),
    Transition("in_fulfilment", "order.cancel_requested", "cancelling", _told("wms")),
    Transition("in_fulfilment", "control.cancel", "cancelling", _told("wms")),
    Transition("cancelling", "instruction.answered", "cancelled"),
    Transition("cancelled", "instruction.answered", "cancelled", _notice("cancelled")),
    Transition("cancelled", "wms.departed", "partially_shipped", _notice("cancel_refused")),
    Transition("partially_shipped", "order.cancel_requested", "partially_shipped", _opened("CANCEL_REFUSED")),
    Transition("*", "milestone.reversed", "cancelling", _opened("CANCEL_REVIVED")),
    Transition("*", "order.amended", "*", _told("wms")),
    Transition("*", "order.amended", "*", _opened("INVALID_AMENDMENT")),
    Transition("*", "order.released", "*", _hold("CONFLICT")),
    Transition("*", "wms.pick_confirmed", "*", _hold("CONFLICT")),
    Transition("*", "control.resolve", "*", _hold("CONFLICT", gone=True)),
    Transition("*", "control.hold", "*", _hold("MANUAL")),
    Transition("*", "control.release", "*", _hold("MANUAL", gone=True)),
    Transition("*", "control.reprocess", "*"),
    # splits and waves
    Transition("parked", "order.released", "released", _in_a_wave),
    Transition("*", "wms.departed", "*", _opened("SHIPPED_INCOMPLETE")),
    Transition("*", "wms.departed", "*", _opened("PARTIAL_LINE_SHIPPED")),
    Transition("*", "wms.departed", "*", _opened("SHIPPED_FROM_SEVERAL_NODES")),
    # short picks
    Transition("in_fulfilment", "wms.pick_short", "in_fulfilment", _commands("order_change")),
    Transition("*", "control.shortage", "*", _hold("SHORT_PICK", gone=True)),
    Transition("*", "control.shortage", "*", _commands("order_change")),
    Transition("*", "control.shortage", "*", _told("wms")),
    Transition("*", "control.shortage", "*", _opened("SHORTAGE_UNDECIDABLE")),
    Transition("*", "control.approve", "*", _hold("SHORT_PICK", gone=True)),
    Transition("*", "wms.pick_confirmed", "*", _hold("SHORT_PICK", gone=True)),
    Transition("*", "milestone.reversed", "*", _hold("SHORT_PICK", gone=True)),
    Transition("*", "deadline.fired", "*", _opened("SHORTAGE_ESCALATED")),
    # credit, holds in part
    Transition("*", "order.credit_blocked", "*", _hold("CREDIT_BLOCK")),
    Transition("*", "order.credit_cleared", "*", _hold("CREDIT_BLOCK", gone=True)),
    Transition("*", "order.credit_cleared", "*", _commands(INVOICE)),
    Transition("*", "wms.departed", "*", _hold("CARRIER_UNCONFIRMED")),
    Transition("*", "tms.tender_accepted", "*", _hold("CARRIER_UNCONFIRMED", gone=True)),
    # cancellation
    Transition("cancelling", "instruction.answered", "in_fulfilment", _opened("CANCEL_REFUSED_BY_SITE")),
    Transition("cancelling", "deadline.fired", "cancelling", _opened("CANCEL_UNANSWERED")),
    Transition("cancelling", "milestone.reversed", "in_fulfilment"),
    Transition("expected", "order.cancel_requested", "cancelled"),
    # the door and after
    Transition("*", "tms.delivered", "*", _opened("POD_SHORT")),
    Transition("*", "deadline.fired", "*", _opened("POD_MISSING")),
    Transition("*", "tms.delivery_exception", "*", _opened("DAMAGE_TO_REPLACE")),
    Transition("*", "order.return_requested", "*", _hold("RETURN_UNAPPROVED")),
    Transition("*", "order.return_requested", "*", _opened("RETURN_EXCEEDS")),
    Transition("*", "control.approve", "*", _hold("RETURN_UNAPPROVED", gone=True)),
    Transition("*", "control.override", "*", _commands("stock_return")),
    # in
    Transition("parked", "order.inbound_released", "rejected", _opened("UNKNOWN_SUPPLIER")),
    Transition("*", "order.inbound_released", "*", _opened("CURRENCY_CHANGED")),
    Transition("expected", "order.inbound_advised", "expected", _told("wms")),
    Transition("*", "deadline.fired", "*", _opened("RECEIPT_OVERDUE")),
    Transition("*", "wms.goods_received", "*", _opened("OVER_RECEIPT")),
    Transition("*", "wms.goods_received", "*", _opened("RECEIPT_TWICE")),
    Transition("*", "control.override", "*", _commands("goods_receipt")),
    # amendments and reversals
    Transition("*", "order.released", "*", _opened("CURRENCY_CHANGED")),
    Transition("*", "milestone.reversed", "parked"),
    # milestones and answers
    Transition("*", "deadline.fired", "*", _opened("MISSING_MILESTONE")),
    Transition("*", "deadline.fired", "*", _opened("SHIP_CONFIRM_LATE")),
    Transition("*", "deadline.fired", "*", _overdue),
    # persons
    Transition("parked", "control.link", "linked", lambda t: bool(t.said.fanned)),
    Transition("linked", "order.released", "in_fulfilment"),
    Transition("*", "control.acknowledge", "*", _status("acknowledged")),
    Transition("*", "control.assign", "*", lambda t: bool(t.said.exceptions)),
    Transition("*", "control.snooze", "*", _status("snoozed")),
    Transition("*", "deadline.fired", "*", _status("acknowledged")),
    Transition("*", "control.skip", "*", _skips),
    Transition("*", "control.skip", "*", _closed("SHIP_CONFIRM_LATE")),
    Transition("*", "control.compensate", "*", _commands(INVOICE, reversal=True)),
    Transition("*", "control.compensate", "*", _opened("COMPENSATED")),
    Transition("*", "control.release", "*", _closed("COMPENSATED")),
    Transition("*", "control.release", "*", _commands(ISSUE)),
    Transition("*", "control.release", "*", _opened("CONTROL_UNKNOWN")),
    Transition("*", "control.override", "*", _opened("OVERRIDE_BEYOND_LIMIT")),
    Transition("*", "control.approve", "*", _closed("OVERRIDE_BEYOND_LIMIT")),
    Transition("*", "control.migrate", "*", _other_policy),
    Transition("*", "control.migrate", "*", _opened("POLICY_UNKNOWN")),
)
LOAD = (
    Transition("parked", "tms.load_planned", "planned"),
    Transition("planned", "tms.carrier_assigned", "planned", lambda t: not t.said.commands and not t.said.notices),
    Transition("planned", "tms.tender_offered", "tendered"),
    Transition("tendered", "tms.tender_accepted", "accepted", _commands(ACCRUAL)),
    Transition("tendered", "tms.tender_rejected", "rejected"),
    Transition("tendered", "tms.tender_expired", "expired"),
    Transition("tendered", "tms.tender_withdrawn", "withdrawn"),
    Transition("tendered", "deadline.fired", "tendered", _opened("TENDER_UNANSWERED")),
    Transition("tendered", "tms.tender_accepted", "ignored"),
    Transition("rejected", "tms.tender_offered", "tendered"),
    Transition("expired", "tms.tender_offered", "tendered"),
    Transition("accepted", "tms.tender_rejected", "rejected", _commands(ACCRUAL, reversal=True)),
    Transition("accepted", "tms.tender_withdrawn", "withdrawn", _commands(ACCRUAL, reversal=True)),
    Transition("accepted", "tms.tender_accepted", "accepted", _commands(ACCRUAL, reversal=True)),
    Transition("accepted", "erp.receipt", "accepted", _commands(ACCRUAL)),
    Transition("*", "tms.tender_offered", "*", _opened("STALE_ANSWER")),
    Transition("*", "tms.picked_up", "*", lambda t: bool(t.said.fanned)),
    Transition("*", "tms.load_planned", "*", lambda t: len({e.owner for e in t.said.fanned}) > 1),
    Transition("*", "tms.load_planned", "*", _hold("CONFLICT")),
    Transition("*", "control.hold", "*", _hold("MANUAL")),
    # tenders that Milepost has asked for, and loads that may not leave unconfirmed
    Transition("parked", "tms.load_planned", "planned", _told("tms")),
    Transition("*", "deadline.fired", "*", _told("tms")),
    Transition("tendered", "tms.tender_rejected", "rejected", _told("tms")),
    Transition("*", "tms.tender_rejected", "*", _opened("NO_CARRIER")),
    Transition("*", "deadline.fired", "*", _opened("CARRIER_UNCONFIRMED")),
    Transition("tendered", "tms.tender_accepted", "accepted", _told("wms")),
    Transition("*", "deadline.fired", "*", _commands(ACCRUAL)),
    Transition("*", "deadline.fired", "*", _opened("SHIPPED_PROVISIONALLY")),
    Transition("*", "deadline.fired", "*", _opened("PROVISIONAL_VALUE")),
    Transition("*", "control.override", "*", _closed("PROVISIONAL_VALUE")),
    Transition("tendered", "tms.tender_rejected", "rejected", _opened("CARRIER_REJECTED_LATE")),
    Transition("tendered", "tms.tender_rejected", "rejected", _commands(ACCRUAL, reversal=True)),
    Transition("*", "tms.tender_withdrawn", "*", _commands("freight_charge")),
    Transition("*", "tms.member_assigned", "*", _commands(ACCRUAL, reversal=True)),
    Transition("*", "control.override", "*", _commands(ACCRUAL, reversal=True)),
    Transition("*", "control.compensate", "*", _commands(ACCRUAL, reversal=True)),
    Transition("*", "control.skip", "*", _skips),
    Transition("accepted", "milestone.reversed", "tendered", _commands(ACCRUAL, reversal=True)),
    Transition("rejected", "milestone.reversed", "tendered"),
    Transition("planned", "milestone.reversed", "parked"),
)
