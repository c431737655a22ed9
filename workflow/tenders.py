"""Which tender of a load stands. Judged on attempts and on the sources' own times, never on arrival."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from milepost.contracts.tms import (
    TenderAccepted,
    TenderExpired,
    TenderOffered,
    TenderRejected,
    TenderWithdrawn,
)
from milepost.workflow.counted import Counted


@dataclass(slots=True, frozen=True)
class Tender:
    """An offer with its latest answer. ``answer``: "" | accepted | rejected | withdrawn | expired | ignored."""

    offer: TenderOffered
    answer: str
    at: datetime | None
    because: tuple[str, ...]


def tenders(counted: Counted, load: str, late_accept: str) -> list[Tender]:
    """Return the load's tenders by attempt, each with the answer that stands."""
    offers = {o.tender: (key, o) for key, _, o in counted.standing(TenderOffered) if o.load == load}
    if not offers:
        return []
    answers = _answers(counted)
    highest = max(o.attempt for _, o in offers.values())
    found = [_judged(key, o, answers.get(o.tender, []), highest, late_accept) for key, o in offers.values()]
    return sorted(found, key=lambda t: (t.offer.attempt, t.offer.tender))


def current(found: list[Tender]) -> Tender | None:
    """Return the accepted tender with the highest attempt, or None."""
    accepted = [t for t in found if t.answer == "accepted"]
    return accepted[-1] if accepted else None


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
    for key, _, gone in counted.standing(TenderExpired):  # an expiry is the offer's own clock: it never beats an answer
        found.setdefault(gone.tender, []).append((datetime.min.replace(tzinfo=UTC), 0, "expired", key))
    return found


def _judged(key: str, offer: TenderOffered, answers: list[_Answer], highest: int, late_accept: str) -> Tender:
    if not answers:
        return Tender(offer, "", None, (key,))
    at, _, answer, answered_by = max(answers)
    late = answer == "accepted" and offer.expires_at is not None and at > offer.expires_at
    if late and (late_accept == "ignore" or highest > offer.attempt):
        answer = "ignored"  # semantics C.5: a late acceptance is honoured only if the load was not offered again
    return Tender(offer, answer, at, (key, answered_by))
