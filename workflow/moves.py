"""The menu of `why`: what a source could report or a person could do next, each as the event it would be.

A closed list: every kind of hold has its moves here, and every posting the facts it stands on. Nothing else is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from milepost.contracts.controls import ConflictResolved, HoldReleased, PostingRetried
from milepost.contracts.events import Body, Event, payload_digest
from milepost.contracts.identifiers import digest, is_load, part
from milepost.contracts.orders import CancelRequested, CreditCleared
from milepost.contracts.tms import Delivered, TenderAccepted, TenderOffered
from milepost.contracts.verbs import Approved, Overridden, OverriddenField, ShortageDecided, Skipped
from milepost.contracts.wms import Departed, Loaded, PickConfirmed, Reversed
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Decision, Hold, Problem
from milepost.workflow.outbox import rejections
from milepost.workflow.record import Record
from milepost.workflow.standing_links import payloads

MOVES_MAX = 14  # of a menu: of three moves at most that is some hundreds of trials
PERSON = "operator"
EXCESSES: dict[str, OverriddenField] = {"OVER_RECEIPT": "receipt_excess", "RETURN_EXCEEDS": "return_excess"}


class Move(NamedTuple):
    """One thing that could happen. ``whose``: the system or the queue whose move it is; ``text`` in words."""

    kind: str  # report | act
    whose: str
    text: str
    event: Event


def menu(record: Record, decision: Decision, chain: str) -> list[Move]:
    """Return the moves that may bear on a posting chain, those that answer a hold first; at most MOVES_MAX."""
    pen, counted = _Pen(record), Counted(record)
    line = _stands_on(decision, chain)
    near = [hold for hold in decision.holds if any(hold.stops(one) for one in line)]
    found = [m for hold in near for m in _answers(pen, hold)]
    found += list(_retries(pen, decision))
    found += [m for problem in decision.problems if bears_on(problem, chain) for m in _mended(pen, decision, problem)]
    found += list(_vouched_no_longer(pen, counted, line))
    found += list(_reports(pen, counted, chain))
    found += [m for hold in decision.holds if hold not in near for m in _answers(pen, hold)]
    return list({m.event.business_key: m for m in found}.values())[:MOVES_MAX]


def _stands_on(decision: Decision, chain: str) -> list[str]:
    """Return the chain and whatever has to be at the ERP before it."""
    line = [chain]
    for one in line:
        ought = decision.ought.get(one)
        grounds = (ought.requires, *ought.after) if ought else ()
        line += [ground for ground in grounds if ground and ground not in line]
    return line


def bears_on(problem: Problem, chain: str) -> bool:
    """Say whether an exception may be why a posting is not due: it keeps a document out, and is about this chain."""
    kind, _, rest = chain.partition("/")
    if problem.type == "COMPENSATED":
        return chain in problem.evidence
    if problem.type == "OVER_RECEIPT":
        return kind == "goods_receipt" and (problem.cause == f"received/{rest}" or rest in problem.text)
    if problem.type == "RETURN_EXCEEDS":
        return kind in ("stock_return", "customer_credit") and problem.cause == rest
    return problem.type in ("PROVISIONAL_VALUE", "OVERRIDE_BEYOND_LIMIT") and kind == "freight_accrual"


def _mended(pen: _Pen, decision: Decision, problem: Problem) -> Iterator[Move]:
    """What a person can say to an exception that keeps a document out."""
    cause, whose = problem.cause, problem.queue
    if problem.type in EXCESSES:
        field = EXCESSES[problem.type]
        body = Overridden(actor=PERSON, reason="why", field=field, subject=cause)
        yield pen.move("act", whose, f"override {field} of {cause}", f"override/{digest(field, cause)}", body)
    elif problem.type == "OVERRIDE_BEYOND_LIMIT":
        yield from _approved_by_another(pen, decision, problem)
    else:
        release = HoldReleased(actor=PERSON, reason="why", causes=(cause,))
        yield pen.move("act", whose, f"release {cause}", f"release/{digest([cause])}", release)


def _approved_by_another(pen: _Pen, decision: Decision, problem: Problem) -> Iterator[Move]:
    limits = decision.practice.limits_minor if decision.practice is not None else {}
    (fact, *_) = pen.record.facts[problem.cause]
    assert isinstance(fact.body, Overridden)
    for actor, limit in limits.items():
        if actor not in ("*", fact.body.actor) and limit >= fact.body.amount_minor:
            approved = Approved(actor=actor, reason="why", cause=problem.cause)
            yield pen.move(
                "act", actor, f"approve {problem.cause}", f"approve/{digest(problem.cause, actor)}", approved
            )
            return


def _vouched_no_longer(pen: _Pen, counted: Counted, line: list[str]) -> Iterator[Move]:
    for key, _, word in counted.standing(Skipped):
        if word.step in line and key not in counted.released:
            body = HoldReleased(actor=PERSON, reason="why", causes=(key,))
            text = f"release {key}: nobody vouches for {word.step} any longer"
            yield pen.move("act", "people", text, f"release/{digest([key])}", body)


class _Pen:
    """Writes events of one owner, a second after the newest fact it has."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.latest = max(f.occurred_at for variants in record.facts.values() for f in variants)

    def move(self, kind: str, whose: str, text: str, key: str, body: Body, at: datetime | None = None) -> Move:
        when = at or self.latest + timedelta(seconds=1)
        owner = self.record.key
        event = Event(event_id=digest("move", owner, key, when, body), business_key=key, owner=owner, occurred_at=when,
                      source=PERSON if kind == "act" else whose, body=body)  # fmt: skip
        return Move(kind, whose, text, event)


def _answers(pen: _Pen, hold: Hold) -> Iterator[Move]:
    """What takes a hold away: its own moves, and where there are none but a release, that."""
    own = OWN_MOVES.get(hold.type)
    if own is not None:
        yield from own(pen, hold)
    if hold.type not in ("CONFLICT", "RETURN_UNAPPROVED"):
        release = HoldReleased(actor=PERSON, reason="why", causes=(hold.cause,))
        yield pen.move("act", hold.owner, f"release {hold.cause}", f"release/{digest([hold.cause])}", release)


def _resolved(pen: _Pen, hold: Hold) -> Iterator[Move]:
    for fact in payloads(pen.record.facts[hold.cause], Counted(pen.record).gone):
        named = payload_digest(fact.occurred_at, fact.body)
        chosen = ConflictResolved(actor=PERSON, reason="why", key=hold.cause, payload=named)
        text = f"resolve {hold.cause}: payload {named} counts ({fact.source}, {fact.occurred_at:%Y-%m-%d %H:%M})"
        yield pen.move("act", hold.owner, text, f"resolve/{digest(hold.cause, named)}", chosen)


def _approved(pen: _Pen, hold: Hold) -> Iterator[Move]:
    approved = Approved(actor=PERSON, reason="why", cause=hold.cause)
    yield pen.move("act", hold.owner, f"approve {hold.cause}", f"approve/{digest(hold.cause)}", approved)


def _cleared(pen: _Pen, hold: Hold) -> Iterator[Move]:
    key = f"credit/{digest(hold.cause)}"
    yield pen.move("report", "ERP", "the customer's credit is cleared", key, CreditCleared())


def _shortage_decided(pen: _Pen, hold: Hold) -> Iterator[Move]:
    """Also of a shortage that another site was to take over and has not: a release does not end that."""
    body = ShortageDecided(actor=PERSON, reason="why", cause=hold.cause, outcome="ship_short")
    yield pen.move("act", hold.owner, f"decide {hold.cause}: ship short", f"shortage/{digest(hold.cause)}", body)


def _confirmed(pen: _Pen, hold: Hold) -> Iterator[Move]:
    yield from _acceptances(pen, Counted(pen.record))


OWN_MOVES: dict[str, Callable[[_Pen, Hold], Iterator[Move]]] = {
    "CONFLICT": _resolved, "RETURN_UNAPPROVED": _approved, "CREDIT_BLOCK": _cleared, "SHORT_PICK": _shortage_decided,
    "CARRIER_UNCONFIRMED": _confirmed,
}  # fmt: skip


def _retries(pen: _Pen, decision: Decision) -> Iterator[Move]:
    for entry in rejections(pen.record, decision):
        body = PostingRetried(actor=PERSON, reason="why", posting=entry.id, attempt=entry.attempt)
        text = f"retry {entry.id}, attempt {entry.attempt}, which the ERP rejected: {entry.text}"
        yield pen.move("act", "finance-desk", text, f"retry/{entry.id}/{entry.attempt}", body)


def _reports(pen: _Pen, counted: Counted, chain: str) -> Iterator[Move]:
    """What a source would have to report for the posting to be due at all."""
    kind, _, rest = chain.partition("/")
    if kind in ("freight_accrual", "shipment_confirmation"):
        yield from _acceptances(pen, counted)
    if is_load(pen.record.key):
        return
    if kind in ("goods_issue", "customer_invoice", "shipment_confirmation"):
        yield from _cancels_taken_back(pen, counted)
    if kind in ("goods_issue", "customer_invoice"):
        yield from _departures(pen, counted, rest)
    if kind == "customer_invoice":
        proof = Delivered(shipment=_name(counted, rest), pod="")
        yield pen.move("report", "TMS", f"shipment {rest} is delivered", f"pod/{rest}", proof)


def _name(counted: Counted, rest: str) -> str:
    """Return the shipment that a chain's last part stands for."""
    known = [loaded.shipment for _, _, loaded in counted.standing(Loaded)]
    known += [gone.shipment for _, _, gone in counted.standing(Departed)]
    return next((name for name in known if part(name) == rest), rest)


def _acceptances(pen: _Pen, counted: Counted) -> Iterator[Move]:
    """The open offers, accepted in time."""
    for _, fact, offer in counted.standing(TenderOffered):
        body = TenderAccepted(load=offer.load, tender=offer.tender)
        when = fact.occurred_at + timedelta(seconds=1)
        text = f"{offer.carrier} accepts tender {offer.tender}"
        yield pen.move("report", "TMS", text, f"tender/{offer.tender}/accepted", body, when)


def _cancels_taken_back(pen: _Pen, counted: Counted) -> Iterator[Move]:
    for key, _, _ in counted.standing(CancelRequested):
        yield pen.move("report", "ERP", f"cancellation {key} is taken back", f"rev/{key}", Reversed(reverses=key))


def _departures(pen: _Pen, counted: Counted, rest: str) -> Iterator[Move]:
    """The shipment leaves; where nothing was picked yet at its node, that is reported, too."""
    gone = {body.shipment for _, _, body in counted.standing(Departed)}
    for _, _, loaded in counted.standing(Loaded):
        if part(loaded.shipment) == rest and loaded.shipment not in gone:
            n = 1 + sum(key.startswith(f"departed/{loaded.shipment}/") for key in pen.record.facts)
            body = Departed(node=loaded.node, shipment=loaded.shipment, lines=loaded.lines)
            text = f"shipment {loaded.shipment} departs from {loaded.node}"
            yield pen.move("report", "WMS", text, f"departed/{loaded.shipment}/{n}", body)
            if not counted.by.get(PickConfirmed):
                for line in loaded.lines:
                    pick = PickConfirmed(node=loaded.node, line=line.line, quantity=line.quantity)
                    yield pen.move("report", "WMS", f"{line.quantity} of line {line.line} are picked",
                                   f"pick/{pen.record.key}/{line.line}/why", pick)  # fmt: skip
