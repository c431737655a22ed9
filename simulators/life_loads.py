"""A load's life: tenders until a carrier stays, pick-up, the road; then who was on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from milepost.simulators.books_loads import confirm_deadline
from milepost.simulators.catalogue import CARRIERS, FREIGHT_CURRENCIES
from milepost.simulators.draws import Draw
from milepost.simulators.life_groups import Group
from milepost.simulators.plan import OrderPlan, Shipment
from milepost.simulators.plan_loads import Agreed, LoadPlan, LoadStory, Tender
from milepost.simulators.practices_transport import (
    LOAD_LANES,
    TENDERS_MAX,
    asked_carriers,
    freight_limit,
    unconfirmed,
)
from milepost.simulators.working_time import after, answer_within

ATTEMPTS_MAX: Final = 4  # the last carrier asked always comes
_DEPENDING: Final = {"tender_withdrawn", "left_planned", "charged_if_empty"}
"""Branches of loads whose members decide whether they are taken."""


@lru_cache(maxsize=20_000)
def load_story(seed: int, group: Group, node: str) -> LoadStory:
    """Return the load of ``group`` from ``node`` as far as it does not depend on its members."""
    load = group.load_id(node)
    draw = Draw(seed, "load", load)
    planned_at = group.starts_at + draw.hours(1, 3)
    lane = Draw(seed, "lane", load).weighted(LOAD_LANES)
    tenders = _tenders(draw, load, lane, planned_at + timedelta(hours=1))
    settled_at = max(at for t in tenders for at in (t.accepted_at, t.rejected_at, t.expired_at, t.withdrawn_at) if at)
    picked_up_at = max(group.starts_at + draw.hours(30, 70), settled_at + timedelta(hours=2))
    wrong = draw.chance("pickup_reversed")
    story = LoadStory(
        load=load,
        node=node,
        lane=lane,
        planned_at=planned_at,
        tenders=tenders,
        picked_up_at=picked_up_at,
        wrong_pick_up_at=picked_up_at - timedelta(hours=3) if wrong else None,
        transit=draw.hours(20, 120),
        eta_changed=draw.chance("eta_changed"),
        withdrawn_if_empty=draw.chance("tender_withdrawn"),
        left_planned=draw.chance("left_planned"),
        charge_percent=draw.integer(5, 60) * draw.chance("charged_if_empty"),
        rows=draw.chance("members_by_rows"),
        joined_at=planned_at + draw.hours(0.2, 1) if draw.chance("joined_by_row") else None,
        agreed=_agreed(draw, tenders, settled_at),
        cut_off=None if draw.chance("no_cut_off") else picked_up_at,
        drawn=frozenset(),
    )
    story = _confirmed_late(draw, story)
    return replace(story, drawn=frozenset(draw.taken) - _DEPENDING)


def _confirmed_late(draw: Draw, story: LoadStory) -> LoadStory:
    """Let the last carrier asked say no, or yes, only when the load may have left for the contract carrier."""
    last, due = story.tenders[-1], confirm_deadline(story)
    silent = (
        due is not None and unconfirmed(story.lane) == "provisional" and not last.accepted_at and not last.rejected_at
    )
    rejects, after = draw.chance("rejected_late", silent), draw.hours(0.2, 40)
    accepts = draw.chance("confirmed_late", silent and not rejects)
    if due is None or not (rejects or accepts):
        return story
    at = max(due, last.offered_at) + after
    last = replace(last, accepted_at=at) if accepts else replace(last, rejected_at=at)
    return replace(story, tenders=(*story.tenders[:-1], last))


def _agreed(draw: Draw, tenders: tuple[Tender, ...], after: datetime) -> Agreed | None:
    """Let a person agree an amount with the carrier: little enough for them, approved by another, or in vain."""
    hit, at, percent = draw.chance("freight_agreed"), after + draw.hours(1, 60), draw.integer(80, 115)
    amount = tenders[-1].amount_minor * percent // 100
    boss, approves = draw.chance("agreed_by_chief", hit), draw.chance("agreed_approved", hit)
    beyond = amount > freight_limit("freight-4") and not boss
    seen_at = at + draw.hours(1, 30) if approves and beyond else None
    return Agreed(amount, at, boss or not beyond, seen_at) if hit else None


def load_plan(story: LoadStory, orders: list[OrderPlan]) -> LoadPlan | None:
    """Put the shipments of ``orders`` on the load; None when there are none."""
    aboard = [(order, s) for order in orders for s in order.shipments if s.load == story.load]
    if not aboard:
        return None
    off = {(o.order_id, s.shipment): at for o, s in aboard if (at := _taken_off_at(o, s))}
    members = tuple((order.order_id, shipment.shipment) for order, shipment in aboard)
    plan = LoadPlan(story, members, tuple(off), max(off.values(), default=None), story.tenders)
    if len(off) < len(members) or not plan.dropped_at:
        return plan
    if story.left_planned and all(order.cancelled for order, _ in aboard):
        return replace(plan, dropped_at=None, story=_marked(story, "left_planned"))
    if not story.withdrawn_if_empty:
        return plan
    tenders = tuple(_withdrawn(tender, plan.dropped_at, story.charge_percent) for tender in plan.tenders)
    story = _marked(story, "charged_if_empty") if story.charge_percent else story
    return replace(plan, tenders=tenders, story=_marked(story, "tender_withdrawn"))


def _taken_off_at(order: OrderPlan, shipment: Shipment) -> datetime | None:
    if order.cancel and order.cancelled:
        return order.cancel.at + timedelta(hours=1)
    return shipment.missed_at


def _marked(story: LoadStory, branch: str) -> LoadStory:
    return replace(story, drawn=story.drawn | {branch})


def _withdrawn(tender: Tender, dropped_at: datetime, charge_percent: int) -> Tender:
    if tender.accepted_at is None or tender.withdrawn_at:
        return tender
    charge = tender.amount_minor * charge_percent // 100
    return replace(tender, withdrawn_at=max(tender.accepted_at, dropped_at) + timedelta(hours=1), charge_minor=charge)


def _tenders(draw: Draw, load: str, lane: str, at: datetime) -> tuple[Tender, ...]:
    currency, rate = draw.one_of(FREIGHT_CURRENCIES), draw.integer(20_000, 400_000)
    first, ours = draw.integer(0, len(CARRIERS) - 1), asked_carriers(lane)
    attempts_max = TENDERS_MAX if ours else ATTEMPTS_MAX
    tenders: list[Tender] = []
    offered_at: datetime | None = at
    while offered_at is not None:
        attempt = len(tenders) + 1
        offer = Tender(
            tender=f"TD-{load}-{attempt}",
            attempt=attempt,
            carrier=ours[attempt - 1] if ours else CARRIERS[(first + attempt) % len(CARRIERS)],
            amount_minor=rate * (100 + draw.integer(0, 20) * (attempt - 1)) // 100,
            currency=currency,
            offered_at=offered_at,
            expires_at=offered_at + draw.hours(4, 8),
        )
        if draw.chance("deadline_unstated"):
            due = after(offer.carrier, offer.offered_at, answer_within(offer.carrier))
            offer = replace(offer, expires_at=due, deadline_stated=False)
        answered, offered_at = _answered(draw, offer, lane, last=attempt == attempts_max)
        tenders.append(answered)
    return tuple(tenders)


def _answered(draw: Draw, offer: Tender, lane: str, last: bool) -> tuple[Tender, datetime | None]:
    """Return the offer with its answers, and when the next carrier is asked, if one must be."""
    at = offer.offered_at + draw.hours(0.5, 3)
    pause = draw.hours(0.25, 0.75)
    ours, needed = bool(asked_carriers(lane)), unconfirmed(lane) != "allow"
    refused = draw.chance("all_refused", last and ours)
    unanswered = draw.chance("left_unconfirmed", needed and not refused)
    rejected = draw.chance("tender_rejected", not last and not unanswered)
    second = draw.chance("second_thoughts", rejected)
    expired = draw.chance("tender_expired", not last and not rejected and not unanswered)
    late = draw.chance("late_accept", expired)
    honoured = draw.chance("late_accept_honoured", late)
    fell_through = draw.chance("carrier_fell_through", not last and not rejected and not expired and not unanswered)
    own_truck = draw.chance("own_truck", fell_through)
    unused = draw.chance("truck_not_used", not last and not (rejected or expired or fell_through or unanswered or ours))
    charge = draw.integer(0, 50)
    late_by = draw.hours(1, 3)
    if refused:
        return replace(offer, rejected_at=at), None
    if unanswered:  # and the load leaves all the same
        return replace(offer, expired_at=offer.expires_at), None
    if rejected:
        answered = replace(offer, rejected_at=at, accepted_at=at + pause if second else None)
        return answered, None if second else at + pause
    if expired:
        accepted_at = offer.expires_at + late_by if late else None
        answered = replace(offer, expired_at=offer.expires_at, accepted_at=accepted_at)
        return answered, None if honoured else offer.expires_at + pause
    if fell_through:
        rejected_at = at + late_by
        return replace(offer, accepted_at=at, rejected_at=rejected_at), None if own_truck else rejected_at + pause
    if unused:  # another carrier was cheaper, and the first one has ordered a truck
        gone_at = at + late_by
        fee = offer.amount_minor * charge // 100
        return replace(offer, accepted_at=at, withdrawn_at=gone_at, charge_minor=fee), gone_at + pause
    return replace(offer, accepted_at=at), None
