"""An owner as people ask for it: status, native ids, holds and what they wait for, postings with their evidence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from milepost.contracts import tms
from milepost.contracts.documents import journal_of
from milepost.contracts.events import payload_digest
from milepost.contracts.identifiers import is_load
from milepost.contracts.orders import InboundReleased, OrderReleased
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Decision
from milepost.workflow.exceptions_shown import exceptions_shown
from milepost.workflow.ladder import Step, climb
from milepost.workflow.outbox import chains, state
from milepost.workflow.process_steps import process_steps
from milepost.workflow.record import Entry, Record
from milepost.workflow.reporting import due
from milepost.workflow.rules import Rules
from milepost.workflow.stage import transaction_state
from milepost.workflow.standing_links import payloads
from milepost.workflow.step import decide
from milepost.workflow.view_lines import lines_shown
from milepost.workflow.view_returns import returns_shown


class PostingView(msgspec.Struct):
    """One command with its state; ``waits_for`` says why one that ought to exist has not been sent.

    ``posting_date``: the day it is booked on where that is not the document's own: its period was closed.
    """

    id: str
    chain: str
    state: str
    amount_minor: int
    currency: str
    date: str
    number: str = ""
    reverses: str = ""
    attempt: int = 0
    sequence: int = 0
    rule: str = ""
    because: tuple[str, ...] = ()
    waits_for: str = ""
    text: str = ""
    posting_date: str = ""


class OrderView(msgspec.Struct):
    """What is known of an order or a load, derived afresh from its record."""

    owner: str
    stage: str
    state: str
    held: bool
    policy: str
    reference: str
    version: int
    native_ids: dict[str, list[str]]
    systems: dict[str, str]
    readiness_percent: int
    lines: dict[str, dict[str, int]]
    ladder: list[dict[str, Any]]
    gaps: list[str]
    holds: list[dict[str, Any]]
    postings: list[PostingView]
    exceptions: list[dict[str, str]]
    instructions: list[dict[str, str]]
    deadlines: list[dict[str, str]]
    conflicts: dict[str, list[dict[str, Any]]]
    failed: str = ""
    returns: list[dict[str, Any]] = []
    process: list[dict[str, Any]] = []


def order_view(record: Record, rules: Rules) -> OrderView:
    """Return the view of a record. Pure: the same record and rules give the same view."""
    decision, counted = decide(record, rules), Counted(record)
    goes_out = not (is_load(record.key) or counted.by.get(InboundReleased)) or counted.by.get(OrderReleased)
    ladder = climb(counted) if goes_out else []
    lines, readiness = lines_shown(record, counted, rules)
    return OrderView(
        owner=record.key, stage=decision.stage, state=transaction_state(record, decision), held=bool(decision.holds),
        policy=decision.policy, reference=decision.reference, version=record.version,
        native_ids=native_ids(record), systems=_systems(record, ladder, counted), readiness_percent=readiness,
        lines=lines, ladder=[_rung(s) for s in ladder], gaps=gaps(ladder),
        holds=[_hold(h) for h in decision.holds], postings=_postings(record, decision),
        exceptions=_exceptions(record, decision),
        instructions=[{"id": t.id, "chain": t.chain, "answer": t.answer or "open"} for t in record.told.values()],
        deadlines=[{"kind": d.kind, "subject": d.subject, "due": f"{d.due:%Y-%m-%d %H:%M} UTC"}
                   for d in due(record, decision)],
        conflicts={key: [_payload(f) for f in payloads(record.facts[key], counted.gone)]
                   for key in counted.conflicts}, failed=record.failed,
        returns=[] if is_load(record.key) else returns_shown(record, counted, rules, decision),
        process=_process(counted) if goes_out else [],
    )  # fmt: skip


def _process(counted: Counted) -> list[dict[str, Any]]:
    """The six steps of the business process, as far as they were entered."""
    releases = sorted(counted.standing(OrderReleased), key=lambda r: r[2].version)
    terms = releases[-1][2].terms if releases else ""
    return [msgspec.to_builtins(step) for step in process_steps(counted, terms)]


def _exceptions(record: Record, decision: Decision) -> list[dict[str, str]]:
    """The open exceptions as they stand: wording, whose move until when, who has taken it on, what ends it."""
    return [
        {
            "id": one.id, "type": one.type, "cause": one.cause, "text": one.text, "severity": one.severity,
            "queue": one.queue, "status": one.status, "by": one.acknowledged_by, "due": _moment(one.due_at),
            "overdue": "overdue" if one.overdue else "", "snoozed_until": _moment(one.snoozed_until),
            "until": one.until,
        }
        for one in exceptions_shown(record, decision)
        if one.open
    ]  # fmt: skip


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""


def _payload(fact: Any) -> dict[str, Any]:
    return {
        "digest": payload_digest(fact.occurred_at, fact.body),
        "occurred_at": fact.occurred_at.isoformat(),
        "body": msgspec.to_builtins(fact.body),
    }


_ID_FIELDS = {"load": "load", "shipment": "shipment", "tender": "tender", "pro": "pro", "bol": "bol", "pod": "pod"}


def native_ids(record: Record) -> dict[str, list[str]]:
    """Return every id under which some system knows this owner, by kind: order, load, shipment, tender, document …"""
    found: dict[str, set[str]] = {"load" if is_load(record.key) else "order": {record.key}}
    for variants in record.facts.values():
        for fact in variants:
            for name, kind in _ID_FIELDS.items():
                if value := getattr(fact.body, name, ""):
                    found.setdefault(kind, set()).add(value)
            for kind, value in getattr(fact.body, "references", {}).items():
                found.setdefault(kind, set()).add(value)
            if isinstance(fact.body, tms.LoadPlanned):
                found.setdefault("shipment", set()).update(m.shipment for m in fact.body.members)
    numbers = {e.number for e in record.outbox.values() if e.number}
    if numbers:
        found["document"] = numbers
    return {kind: sorted(values) for kind, values in sorted(found.items())}


def _systems(record: Record, ladder: list[Step], counted: Counted) -> dict[str, str]:
    """How far each system says things are: the ERP by its answers, WMS and TMS by their last attested milestone."""
    answers = [state(e) for e in record.outbox.values()]
    found = {"ERP": f"{answers.count('accepted')} of {len(answers)} postings accepted" if answers else "nothing posted"}
    for system in ("WMS", "TMS"):
        rungs = [s.rung for s in ladder if s.system == system and s.standing == "attested"]
        found[system] = rungs[-1] if rungs else "silent"
    tender_facts = (tms.TenderAccepted, tms.TenderOffered)
    if found["TMS"] == "silent":
        words = {tms.TenderAccepted: "tender accepted", tms.TenderOffered: "tender offered"}
        found["TMS"] = next((words[kind] for kind in tender_facts if counted.standing(kind)), "silent")
    return found


def gaps(ladder: list[Step]) -> list[str]:
    """Return the drift (S10): milestones that only follow from later ones, who is behind and since when."""
    return [
        f"{s.system} has not reported {s.rung}, implied by a later milestone since {s.first_at:%Y-%m-%d %H:%M} UTC"
        for s in ladder
        if s.standing == "inferred" and s.first_at is not None
    ]


def _rung(step: Step) -> dict[str, Any]:
    at = step.first_at.isoformat() if step.first_at else ""
    return {"rung": step.rung, "standing": step.standing, "at": at, "sources": list(step.sources)}


def _hold(hold: Any) -> dict[str, Any]:
    blocks = sorted(hold.blocks) or ["nothing yet"]
    return {"type": hold.type, "cause": hold.cause, "blocks": blocks, "owner": hold.owner, "until": hold.until,
            "rule": hold.rule}  # fmt: skip


def _postings(record: Record, decision: Decision) -> list[PostingView]:
    because = {chain: ought.because for chain, ought in decision.ought.items()}
    found = [_sent(entry, because.get(entry.chain, ())) for entry in record.outbox.values()]
    for chain, ought in decision.ought.items():
        if any(e.chain == chain and not e.reverses and e.document == ought.document for e in record.outbox.values()):
            continue
        amount, currency = _amount(ought.document)
        found.append(PostingView("", chain, "waiting", amount, currency, ought.document.date,
                                 rule=decision.named(ought.rule), because=ought.because,
                                 waits_for=_waits_for(chain, record, decision)))  # fmt: skip
    return found


def _sent(entry: Entry, because: tuple[str, ...]) -> PostingView:
    amount, currency = _amount(entry.document)
    return PostingView(
        entry.id, entry.chain, state(entry), -amount if entry.reverses else amount, currency, entry.document.date,
        entry.number, entry.reverses, entry.attempt, entry.sequence, entry.rule,
        () if entry.reverses else because, text=entry.text, posting_date=entry.posting_date,
    )  # fmt: skip


def _amount(document: Any) -> tuple[int, str]:
    journal = journal_of(document)
    return (journal[0].amount_minor, journal[0].currency) if journal else (0, "")


def _waits_for(chain: str, record: Record, decision: Decision) -> str:
    if chain in decision.skipped:
        return "nobody: a person vouches for it"
    holds = [h for h in decision.holds if h.stops(chain)]
    if holds:
        return "; ".join(f"hold {h.id}: {h.until}" for h in holds)
    if any(e.chain == chain and state(e) == "open" for e in record.outbox.values()):
        return "the ERP's answer to the document under way in this chain"
    want, found = decision.ought[chain], chains(record)
    grounds = [name for name in (want.requires, *want.after) if name in decision.ought.keys() - decision.skipped]
    missing = [name for name in grounds if name not in found or not found[name].live]
    return f"the ERP's receipt of {' and '.join(missing or grounds)}" if grounds else "the next step"
