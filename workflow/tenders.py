"""Which tender of a load binds. Judged on attempts and on the sources' own times, never on arrival (docs/rules.md)."""

from __future__ import annotations

from datetime import datetime

import msgspec
from milepost.contracts.tms import (
    TenderAccepted,
    TenderExpired,
    TenderOffered,
    TenderRejected,
    TenderWithdrawn,
)
from milepost.workflow.calendars import add_working
from milepost.workflow.counted import Counted
from milepost.workflow.rules import Carrier, Policy, Reference

UNKNOWN_CARRIER = Carrier()  # its calendar is always open


class Tender(msgspec.Struct, frozen=True):
    """An offer with the answer that stands. ``answer``: "" | accepted | rejected | withdrawn | expired | ignored.

    ``due``: by when the carrier had to answer. ``accepted``: it was bound at some time, whatever it said since.
    ``in_time``: it answered, or was taken back, by ``due``. ``since_due``: something was heard of it after ``due``.
    """

    offer: TenderOffered
    answer: str
    at: datetime | None
    because: tuple[str, ...]
    offered_at: datetime
    due: datetime
    accepted: bool = False
    in_time: bool = False
    since_due: bool = False


def tenders(counted: Counted, load: str, policy: Policy, reference: Reference) -> list[Tender]:
    """Return the load's tenders by attempt, each with the answer that stands."""
    if not counted.by.get(TenderOffered):
        return []
    offers = {o.tender: (key, fact, o) for key, fact, o in counted.standing(TenderOffered) if o.load == load}
    if not offers:
        return []
    answers, expired = _answers(counted), {e.tender: key for key, _, e in counted.standing(TenderExpired)}
    highest = max(o.attempt for _, _, o in offers.values())
    found = []
    for key, fact, offer in offers.values():
        honoured = policy.late_accept != "ignore" and highest == offer.attempt
        tender = Tender(offer, "", None, (key,), fact.occurred_at, _due(offer, fact.occurred_at, reference))
        found.append(_judged(tender, answers.get(offer.tender, []), expired.get(offer.tender, ""), honoured))
    return sorted(found, key=lambda t: (t.offer.attempt, t.offer.tender))


def current(found: list[Tender]) -> Tender | None:
    """Return the tender that binds: the accepted one with the highest attempt, or None."""
    accepted = [t for t in found if t.answer == "accepted"]
    return accepted[-1] if accepted else None


def _due(offer: TenderOffered, offered_at: datetime, reference: Reference) -> datetime:
    """Return what the offer says, else what the carrier's contract does, over its opening hours."""
    if offer.expires_at is not None:
        return offer.expires_at
    carrier = reference.carriers.get(offer.carrier, UNKNOWN_CARRIER)
    return add_working(offered_at, carrier.answer_within_s, carrier.calendar)


_Answer = tuple[datetime, int, str, str]  # time, rank among equals, answer, fact key


def _answers(counted: Counted) -> dict[str, list[_Answer]]:
    """Collect acceptances, rejections and withdrawals by tender; at equal times the refusal outranks."""
    found: dict[str, list[_Answer]] = {}
    for key, fact, yes in counted.standing(TenderAccepted):
        found.setdefault(yes.tender, []).append((fact.occurred_at, 0, "accepted", key))
    for key, fact, no in counted.standing(TenderRejected):
        found.setdefault(no.tender, []).append((fact.occurred_at, 1, "rejected", key))
    for key, fact, back in counted.standing(TenderWithdrawn):
        found.setdefault(back.tender, []).append((fact.occurred_at, 2, "withdrawn", key))
    return found


def _judged(tender: Tender, answers: list[_Answer], expired: str, honoured: bool) -> Tender:
    """What was taken back binds nobody; else the last answer stands. An expiry is the offer's own clock: it beats none.

    ``honoured``: a late acceptance binds, since the load was not offered again and the policy allows it.
    """
    if not answers:
        return (
            msgspec.structs.replace(tender, answer="expired", because=(*tender.because, expired)) if expired else tender
        )
    (at, _, answer, answered_by), stale = answers[0], False
    if len(answers) > 1:
        (at, _, answer, answered_by), stale = _last(answers)
    if answer == "accepted" and (stale or (at > tender.due and not honoured)):
        answer = "ignored"
    times = [a[0] for a in answers]
    return Tender(tender.offer, answer, at, (*tender.because, answered_by), tender.offered_at, tender.due,
                  _bound(tender, answers, honoured), min(times) <= tender.due, max(times) > tender.due)  # fmt: skip


def _last(answers: list[_Answer]) -> tuple[_Answer, bool]:
    """Return the answer that stands, the first of equal acceptances, and whether it came too late for a withdrawal."""
    refused = max((a for a in answers if a[2] != "accepted"), default=None)
    back = max((a for a in answers if a[2] == "withdrawn"), default=None)
    yes = min((a for a in answers if a[2] == "accepted" and (refused is None or a > refused)), default=None)
    return yes or back or max(answers), back is not None


def _bound(tender: Tender, answers: list[_Answer], honoured: bool) -> bool:
    """Say whether it was accepted at a time when it could bind, whatever came after."""
    if len(answers) == 1:
        return answers[0][2] == "accepted" and (honoured or answers[0][0] <= tender.due)
    back = min((a for a in answers if a[2] == "withdrawn"), default=None)
    return any(a[2] == "accepted" and (honoured or a[0] <= tender.due) and (back is None or a < back) for a in answers)
