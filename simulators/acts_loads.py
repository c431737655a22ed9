"""What is reported of a load: its plan and the optimiser's rows, its tenders, its journey, what people agreed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from milepost.contracts.events import Body
from milepost.contracts.identifiers import digest, load_key
from milepost.contracts.tms import (
    Arrived,
    CarrierAssigned,
    EtaChanged,
    FreightRated,
    InTransit,
    LoadPlanned,
    Member,
    MemberAssigned,
    PickedUp,
    TenderAccepted,
    TenderExpired,
    TenderOffered,
    TenderRejected,
    TenderWithdrawn,
)
from milepost.contracts.verbs import Approved, Overridden
from milepost.contracts.wms import Reversed
from milepost.simulators.acts import Act, act, fact_name, tender_gate, tms_gate
from milepost.simulators.books_loads import waits_for_carrier
from milepost.simulators.plan_loads import LoadPlan, LoadStory, Tender
from milepost.simulators.practices_transport import asked_carriers

TMS: Final = "tms"
_CONSOLE: Final = "console"
_FREIGHT, _CHIEF = "freight-4", "freight-1"
WEIGHT_GUESSED_GRAMS: Final = 10_000
_MINUTE: Final = timedelta(minutes=1)


def load_acts(plan: LoadPlan, lasting: tuple[str, ...]) -> tuple[Act, ...]:
    """Return the load's own facts; a pick-up waits for the ``lasting`` causes of holds on what it carries."""
    gates = tuple(tms_gate(order_id) for order_id in dict.fromkeys(order_id for order_id, _ in plan.members))
    pen = _LoadPen(plan.story.load, gates)
    acts = [
        *_planned(pen, plan),
        *(a for tender in plan.tenders for a in _tendered(pen, plan, tender)),
        *_agreed(pen, plan),
    ]
    if plan.carried:
        acts += _travelled(pen, plan, lasting)
    return tuple(sorted(acts, key=lambda one: one.at))


class _LoadPen:
    """Writes facts of one load."""

    def __init__(self, load: str, gates: tuple[str, ...]) -> None:
        self.load, self._gates = load, gates

    def waiting_for(self, gates: tuple[str, ...]) -> _LoadPen:
        return _LoadPen(self.load, (*self._gates, *gates))

    def fact(
        self,
        at: datetime,
        key: str,
        body: Body,
        settled: tuple[str, ...] = (),
        answer_by: datetime | None = None,
        source: str = TMS,
    ) -> Act:
        owner = load_key(self.load)
        return act(at, source, owner, key, body, gates=self._gates, settled=settled, answer_by=answer_by)


def _planned(pen: _LoadPen, plan: LoadPlan) -> Iterator[Act]:
    at = plan.story.planned_at
    later = _joined(plan)
    yield pen.fact(at, f"load/{pen.load}/v1", _plan(plan, 1, tuple(m for m in plan.members if m not in later)))
    for member in later:
        assert plan.story.joined_at is not None
        yield _row(pen, plan.story.joined_at, member, 1, aboard=True)
    if plan.dropped_at and plan.story.rows:
        for member in plan.dropped:
            yield _row(pen, plan.dropped_at, member, 2, aboard=False)
    elif plan.dropped_at:
        yield pen.fact(plan.dropped_at, f"load/{pen.load}/v2", _plan(plan, 2, plan.carried))
    rated: dict[str, Tender] = {}
    for tender in plan.tenders:
        rated.setdefault(tender.carrier, tender)
    for carrier, tender in rated.items():
        body = FreightRated(load=pen.load, carrier=carrier, amount_minor=tender.amount_minor, currency=tender.currency)
        yield pen.fact(tender.offered_at - 10 * _MINUTE, f"rated/{pen.load}/{carrier}", body)


def _joined(plan: LoadPlan) -> tuple[tuple[str, str], ...]:
    waits = waits_for_carrier(plan)  # then nobody may leave before all know that they are on it
    return plan.members[-1:] if plan.story.joined_at and len(plan.members) > 1 and not waits else ()


def _row(pen: _LoadPen, at: datetime, member: tuple[str, str], version: int, aboard: bool) -> Act:
    order_id, shipment = member
    row = MemberAssigned(load=pen.load, order_id=order_id, shipment=shipment, version=version, aboard=aboard,
                         weight_grams=_estimated_grams(shipment))  # fmt: skip
    return pen.fact(at, f"member/{pen.load}/{shipment}/v{version}", row)


def _plan(plan: LoadPlan, version: int, members: tuple[tuple[str, str], ...]) -> LoadPlanned:
    story = plan.story
    return LoadPlanned(
        load=story.load,
        version=version,
        members=_members(members),
        node=story.node,
        lane=story.lane,
        service=story.service,
        cut_off=story.cut_off,
    )


def _members(members: tuple[tuple[str, str], ...]) -> tuple[Member, ...]:
    return tuple(
        Member(order_id=order_id, shipment=shipment, weight_grams=_estimated_grams(shipment))
        for order_id, shipment in members
    )


def _estimated_grams(shipment: str) -> int:
    """What the TMS takes a shipment to weigh: a guess of its own, some ten to a hundred kilograms."""
    return WEIGHT_GUESSED_GRAMS + int(digest(shipment), 16) % (9 * WEIGHT_GUESSED_GRAMS)


def _tendered(pen: _LoadPen, plan: LoadPlan, tender: Tender) -> Iterator[Act]:
    load, due = pen.load, tender.expires_at
    pen = pen.waiting_for(_asked(plan, tender))
    assigned = f"assigned/{load}/{tender.carrier}/{tender.attempt}"
    yield pen.fact(tender.offered_at - 5 * _MINUTE, assigned, CarrierAssigned(load=load, carrier=tender.carrier))
    offer = TenderOffered(
        load=load,
        tender=tender.tender,
        attempt=tender.attempt,
        carrier=tender.carrier,
        amount_minor=tender.amount_minor,
        currency=tender.currency,
        expires_at=due if tender.deadline_stated else None,
    )
    key = f"tender/{tender.tender}"
    yield pen.fact(tender.offered_at, f"{key}/offered", offer, answer_by=due)
    if tender.accepted_at:
        accepted = TenderAccepted(load=load, tender=tender.tender)
        waiting = pen.waiting_for(_passed_over(plan, tender))
        yield waiting.fact(tender.accepted_at, f"{key}/accepted", accepted, answer_by=due)
    if tender.rejected_at:
        rejected = TenderRejected(load=load, tender=tender.tender, reason="no capacity")
        yield pen.fact(tender.rejected_at, f"{key}/rejected", rejected, answer_by=due)
    if tender.expired_at:
        yield pen.fact(tender.expired_at, f"{key}/expired", TenderExpired(load=load, tender=tender.tender))
    if tender.withdrawn_at:
        gone = TenderWithdrawn(load=load, tender=tender.tender, charge_minor=tender.charge_minor)
        yield pen.fact(tender.withdrawn_at, f"{key}/withdrawn", gone)


def _asked(plan: LoadPlan, tender: Tender) -> tuple[str, ...]:
    """Return our request to offer the load, where we say who is asked and it is sure that we still do."""
    ours = asked_carriers(plan.story.lane) and plan.carried
    return (tender_gate(plan.story.load, tender.attempt),) if ours else ()


def _passed_over(plan: LoadPlan, tender: Tender) -> tuple[str, ...]:
    """Return our request to ask the next carrier, where the truth is that a late acceptance came after it.

    Heard in one breath with the silence before it, the acceptance would bind and nobody else be asked: the network's
    doing, which the books know nothing of.
    """
    late = tender.accepted_at is not None and tender.accepted_at > tender.expires_at
    after = [other for other in plan.tenders if other.attempt == tender.attempt + 1]
    return _asked(plan, after[0]) if late and after else ()


def carrier_causes(story: LoadStory) -> tuple[str, ...]:
    """Return the facts by which everybody knows that the load leaves without a carrier; none where it has one."""
    plan = LoadPlan(story, (), tenders=story.tenders)
    if not waits_for_carrier(plan):
        return ()
    keys = [f"load/{story.load}/v1"]
    for tender in story.tenders:
        said = {
            "offered": tender.offered_at,
            "accepted": tender.accepted_at,
            "rejected": tender.rejected_at,
            "withdrawn": tender.withdrawn_at,
        }
        keys += [f"tender/{tender.tender}/{word}" for word, at in said.items() if at]
    return tuple(fact_name(load_key(story.load), key) for key in keys)


def _travelled(pen: _LoadPen, plan: LoadPlan, lasting: tuple[str, ...]) -> Iterator[Act]:
    load, story = pen.load, plan.story
    picked_up_at, arrived_at = story.picked_up_at, story.picked_up_at + story.transit
    times = [at for at in (story.wrong_pick_up_at, picked_up_at) if at]
    for n, at in enumerate(times, 1):
        yield pen.fact(at, f"pickedup/{load}/{n}", PickedUp(load=load), settled=lasting)
    if story.wrong_pick_up_at:
        key = f"pickedup/{load}/1"
        undone = Reversed(reverses=key, reason="another trailer")
        yield pen.fact(story.wrong_pick_up_at + 60 * _MINUTE, f"rev/{key}", undone)
    yield pen.fact(picked_up_at + story.transit / 3, f"transit/{load}/1", InTransit(load=load, place="hub"))
    yield pen.fact(picked_up_at + 30 * _MINUTE, f"eta/{load}/1", EtaChanged(load=load, eta=arrived_at))
    if story.eta_changed:
        later = EtaChanged(load=load, eta=arrived_at + 90 * _MINUTE)
        yield pen.fact(picked_up_at + story.transit / 2, f"eta/{load}/2", later)
    yield pen.fact(arrived_at, f"arrived/{load}/1", Arrived(load=load))


def _agreed(pen: _LoadPen, plan: LoadPlan) -> Iterator[Act]:
    """A person agrees another amount with the carrier; beyond their limit somebody else approves it, or nobody."""
    agreed = plan.story.agreed
    if not agreed:
        return
    key, actor = f"agreed/{pen.load}/1", _CHIEF if agreed.suffices else _FREIGHT
    word = Overridden(actor=actor, reason="by phone", field="freight_amount", amount_minor=agreed.amount_minor)
    yield pen.fact(agreed.at, key, word, source=_CONSOLE)
    if agreed.approved_at:
        nod = Approved(actor=_CHIEF, reason="seen the mail", cause=key)
        yield pen.fact(agreed.approved_at, f"approve/{key}", nod, source=_CONSOLE)
