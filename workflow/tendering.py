"""Whom the transport system is asked to offer the load to, attempt after attempt, and when nobody is left."""

from __future__ import annotations

from milepost.contracts.identifiers import part
from milepost.contracts.instructions import TenderCancelled, TenderRequested
from milepost.workflow.carriage import Carriage, passed
from milepost.workflow.decision import Deadline, Decision, Problem, Telling
from milepost.workflow.tenders import Tender


def tendered(now: Carriage, decision: Decision) -> None:
    """Ask for tenders where Milepost ranks the carriers; set deadlines of answers, and show what is stale or silent."""
    managed = bool(now.policy.tender_carriers)
    if managed:
        _ask(now, decision)
    if not now.tenders:
        return
    decision.stays.update(_request(t.offer.attempt) for t in now.tenders)  # whatever the practice came to be since
    for tender in now.tenders if managed and now.binding is None else now.tenders[-1:]:
        if not tender.answer:  # of the clock alone nothing is late: the answer's own time is
            decision.deadlines.append(Deadline("tender", tender.offer.tender, tender.due))
    _show(now, now.tenders[-1], decision)


def _show(now: Carriage, last: Tender, decision: Decision) -> None:
    if now.binding is None and now.plan.members and _failed(now, last) and not _next_carrier(now):
        text = f"attempt {last.offer.attempt}, {last.offer.carrier}, came to nothing; nobody is left to ask"
        decision.problems.append(Problem("NO_CARRIER", last.offer.tender, "error", "transport-desk", text,
                                         since=last.at or last.due, until="a carrier accepts the load"))  # fmt: skip
    elif not last.answer and now.binding is None and passed(now.counted, "tender", last.offer.tender, last.due):
        text = f"{last.offer.carrier} has not answered by {last.due:%Y-%m-%d %H:%M} UTC"
        decision.problems.append(Problem("TENDER_UNANSWERED", last.offer.tender, "warning", "transport-desk", text,
                                         since=last.due, until="the carrier answers, or another is asked"))  # fmt: skip
    decision.problems += [
        Problem("STALE_ANSWER", t.offer.tender, "info", "transport-desk",
                "accepted after it was withdrawn, or after expiry when it could not bind any more", since=t.at,
                until="the carrier takes its answer back")
        for t in now.tenders
        if t.answer == "ignored"
    ]  # fmt: skip


def _ask(now: Carriage, decision: Decision) -> None:
    """Attempts that were offered keep their request; the next one is asked for while nobody binds."""
    highest = now.tenders[-1].offer.attempt if now.tenders else 0
    offered = {t.offer.attempt for t in now.tenders}
    attempts = set(offered)
    if now.binding is None and now.plan.members and (highest == 0 or _goes_on(now, now.tenders[-1])):
        attempts.add(highest + 1)
    for attempt in sorted(attempts):
        carrier = _carrier(now, attempt)
        if carrier:
            body = TenderRequested(load=now.load, attempt=attempt, carrier=carrier)
            decision.tellings.append(
                Telling(_request(attempt), "tms", body, "TE1 carrier of that rank", once=attempt in offered)
            )
    for tender in now.tenders:
        given_up = _expired(now, tender) or _given_up(now, tender)
        if given_up and tender.answer != "accepted":
            body2 = TenderCancelled(load=now.load, tender=tender.offer.tender, carrier=tender.offer.carrier)
            chain = f"tms/untender/{part(tender.offer.tender)}"
            decision.tellings.append(Telling(chain, "tms", body2, "TE2 the offer no longer stands"))


def _request(attempt: int) -> str:
    return f"tms/tender/{attempt}"


def _next_carrier(now: Carriage) -> str:
    """Return whom the next attempt asks; nobody where the policy does not go on after such an end."""
    return _carrier(now, now.tenders[-1].offer.attempt + 1) if _goes_on(now, now.tenders[-1]) else ""


def _carrier(now: Carriage, attempt: int) -> str:
    """Return the carrier of an attempt by rank; empty when all were asked, or often enough."""
    ranked = now.policy.tender_carriers
    if not ranked or attempt > now.policy.tenders_max:
        return ""
    if attempt > len(ranked) and not now.policy.same_carrier_again:
        return ""
    return ranked[(attempt - 1) % len(ranked)]


def _failed(now: Carriage, tender: Tender) -> bool:
    return tender.answer in ("rejected", "expired", "ignored") or _goes_on(now, tender)


def _goes_on(now: Carriage, tender: Tender) -> bool:
    """Say whether this tender ended in a way after which the policy has the next carrier asked."""
    rejected = tender.answer == "rejected" and "rejected" in now.policy.retender_after
    return rejected or _expired(now, tender) or _given_up(now, tender)


def _expired(now: Carriage, tender: Tender) -> bool:
    """Nothing was heard by its due time, and that time has passed: the clock says so, the TMS, or a later answer."""
    if not now.policy.tender_carriers or "expired" not in now.policy.retender_after or tender.in_time:
        return False
    over = tender.answer == "expired" or tender.since_due
    return over or passed(now.counted, "tender", tender.offer.tender, tender.due)


def _given_up(now: Carriage, tender: Tender) -> bool:
    """Under ``retender``: it stood unanswered at the deadline. What is offered later has its own time to answer."""
    if now.policy.load_and_depart != "retender" or not now.policy.tender_carriers:
        return False
    if not now.overdue or now.confirm_by is None or tender.offered_at > now.confirm_by:
        return False
    return tender.at is None or tender.at > now.confirm_by
