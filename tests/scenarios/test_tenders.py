"""S34, S63, S73: ranked carriers, one after the other: rejection, silence, withdrawal, and nobody left to ask."""

from __future__ import annotations

from typing import Any

import msgspec
from milepost.contracts.events import Event
from milepost.contracts.instructions import LoadingReleased, TenderCancelled, TenderRequested, Withdrawn
from milepost.tests.scenarios.story import decision, ledger, opened, then, told
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import HOLDING, MASTER, SHIPPING_SHORT, at
from milepost.tests.workflow.world import World
from milepost.workflow.rules import Rules, Special

RANKED = ("CARRIER-A", "CARRIER-B", "CARRIER-C")
ORDER = s.released("O-1", 0, s.line("A", "ITEM-2", 5), mode="pickup")
PLAN = s.boarded("L-1", 20, O_1=20)
DUE = s.boarded("L-1", 20, cut_off=400, O_1=20)  # the carrier has to be known 90 minutes before: at 310
FIRST = s.asked("L-1", 30, 1, "CARRIER-A", 100_00, 60)
SECOND = s.asked("L-1", 70, 2, "CARRIER-B", 110_00, 100)


def _rules(**knobs: Any) -> Rules:
    policy = msgspec.structs.replace(HOLDING, **{"tender_carriers": RANKED} | knobs)
    return Rules([policy], [MASTER], tenant="test")


def _wanted(world: World, kind: type) -> list[Any]:
    return [t.body for t in decision(world, "load/L-1").tellings if isinstance(t.body, kind)]


def _asked(world: World) -> list[tuple[int, str]]:
    return [(b.attempt, b.carrier) for b in _wanted(world, TenderRequested)]


def _clock(world: World, minutes: int) -> World:
    world.shell.tick(at(minutes))
    return world.drain()


def test_carriers_are_asked_by_rank() -> None:
    """Given a planned load, the first carrier is asked at once; rejected, the next; with all rejected a person is told
    that no carrier is left, and nothing is accrued."""
    for world in told(ORDER, PLAN, tellings=4, rules=_rules()):
        assert _asked(world) == [(1, "CARRIER-A")]
        then(world, FIRST, s.answered("L-1", 40, 1, "rejected"))
        assert _asked(world) == [(1, "CARRIER-A"), (2, "CARRIER-B")]
        then(world, SECOND, s.answered("L-1", 80, 2, "rejected"))
        assert _asked(world)[-1] == (3, "CARRIER-C")
        assert not opened(world, "load/L-1")
        then(world, s.asked("L-1", 90, 3, "CARRIER-C", 120_00, 130), s.answered("L-1", 95, 3, "rejected"))
        assert len(_asked(world)) == 3
        assert opened(world, "load/L-1") == {"NO_CARRIER"}
        assert ledger(world) == {}


def test_the_same_carriers_may_be_asked_again_up_to_the_maximum() -> None:
    """Given that the policy begins again with the first carrier, attempts go round, and end at the maximum."""
    rejections = [
        e
        for n in range(1, 6)
        for e in (s.asked("L-1", 20 + 10 * n, n, "X", 100, 500), s.answered("L-1", 21 + 10 * n, n, "rejected"))
    ]
    for world in told(ORDER, PLAN, *rejections, tellings=4, rules=_rules(same_carrier_again=True, tenders_max=5)):
        assert [c for _, c in _asked(world)] == ["CARRIER-A", "CARRIER-B", "CARRIER-C", "CARRIER-A", "CARRIER-B"]
        assert opened(world, "load/L-1") == {"NO_CARRIER"}


def test_silence_goes_on_to_the_next_and_tells_the_first() -> None:
    """Given no answer by the tender's expiry, the carrier is told that the offer no longer stands and the next is
    asked; its acceptance after that binds nobody and is shown as stale."""
    for world in told(ORDER, PLAN, FIRST, tellings=4, rules=_rules()):
        _clock(world, 61)
        assert _asked(world) == [(1, "CARRIER-A"), (2, "CARRIER-B")]
        assert [b.tender for b in _wanted(world, TenderCancelled)] == ["L-1-T1"]
        assert opened(world, "load/L-1") == {"TENDER_UNANSWERED"}
        then(world, SECOND, s.answered("L-1", 75, 1, "accepted"))
        assert opened(world, "load/L-1") == {"STALE_ANSWER"}
        then(world, s.answered("L-1", 80, 2, "accepted"))
        assert ledger(world)["freight_expense"] == 110_00


def test_an_answer_in_time_takes_the_next_request_back() -> None:
    """Given an acceptance given in time and heard late, the request to the next carrier is withdrawn, the first carrier
    is told nothing more, and its rate is accrued."""
    for world in told(ORDER, PLAN, FIRST, tellings=4, rules=_rules()):
        _clock(world, 61)
        then(world, s.answered("L-1", 55, 1, "accepted"))
        assert _asked(world) == [(1, "CARRIER-A")]
        assert not _wanted(world, TenderCancelled)
        last = {t.chain: t for t in world.record("load/L-1").told.values()}
        for chain in ("tms/tender/2", "tms/untender/L-1-T1"):
            assert isinstance(world.instructions[last[chain].id].body, Withdrawn)
        assert ledger(world)["freight_expense"] == 100_00
        assert not opened(world, "load/L-1")


def test_a_request_already_offered_is_not_taken_back() -> None:
    """Given that the next carrier was offered the load before the first one's word was heard, both requests stand; the
    first accepted in time and binds until the second accepts, too."""
    yes = s.answered("L-1", 55, 1, "accepted")
    for world in told(ORDER, PLAN, FIRST, SECOND, yes, rules=_rules(), tellings=6):
        assert _asked(world) == [(1, "CARRIER-A"), (2, "CARRIER-B")]
        assert ledger(world)["freight_expense"] == 100_00
        then(world, s.answered("L-1", 80, 2, "accepted"))
        assert ledger(world)["freight_expense"] == 110_00
        then(world, s.answered("L-1", 85, 2, "rejected"))
        assert _asked(world) == [(1, "CARRIER-A"), (2, "CARRIER-B")]
        assert ledger(world)["freight_expense"] == 100_00


def test_a_rejection_in_time_is_no_silence() -> None:
    """Given a rejection given in time and heard after the clock passed, a policy that goes on after silence only asks
    nobody else, tells the carrier nothing, and shows that none is left."""
    for world in told(ORDER, PLAN, FIRST, tellings=3, rules=_rules(retender_after=("expired",))):
        _clock(world, 61)
        then(world, s.answered("L-1", 55, 1, "rejected"))
        assert _asked(world) == [(1, "CARRIER-A")]
        assert not _wanted(world, TenderCancelled)
        assert opened(world, "load/L-1") == {"NO_CARRIER"}


def test_at_the_deadline_the_next_is_asked_with_time_to_answer() -> None:
    """Given ``retender``, an open offer is given up at the deadline and the next carrier asked; that one has its own
    time to answer before the third is asked."""
    first = s.asked("L-1", 30, 1, "CARRIER-A", 100_00, 5000)
    for world in told(ORDER, DUE, first, tellings=3, rules=_rules(load_and_depart="retender")):
        _clock(world, 309)
        assert len(_asked(world)) == 1
        _clock(world, 311)
        assert _asked(world) == [(1, "CARRIER-A"), (2, "CARRIER-B")]
        assert [b.carrier for b in _wanted(world, TenderCancelled)] == ["CARRIER-A"]
        then(world, s.asked("L-1", 320, 2, "CARRIER-B", 110_00, 900))
        assert len(_asked(world)) == 2
        _clock(world, 901)
        assert _asked(world)[-1] == (3, "CARRIER-C")


def test_only_what_is_aboard_waits_for_the_carrier() -> None:
    """Given a load that is held and a shipment of the same order that does not travel on it, that one is posted."""
    rules = _rules(tender_carriers=(), load_and_depart="hold")
    for world in told(ORDER, DUE, s.picked("O-1", 10, "A", 5), tellings=3, rules=rules):
        then(world, s.departed("O-1", 350, "S-9", lines={"A": 2}), s.departed("O-1", 351, "S-1", lines={"A": 3}))
        assert ledger(world)["inventory"] == -2 * 999
        assert [h.type for h in decision(world, "O-1").holds] == ["CARRIER_UNCONFIRMED"]


def test_the_policy_says_after_what_the_next_is_asked() -> None:
    """Given a policy that goes on after rejections only, silence asks nobody else and stays a tender unanswered."""
    for world in told(ORDER, PLAN, FIRST, tellings=4, rules=_rules(retender_after=("rejected",))):
        _clock(world, 61)
        assert _asked(world) == [(1, "CARRIER-A")]
        assert opened(world, "load/L-1") == {"TENDER_UNANSWERED"}
        then(world, s.answered("L-1", 70, 1, "rejected"))
        assert _asked(world)[-1] == (2, "CARRIER-B")


def test_what_was_taken_back_binds_nobody() -> None:
    """Given a withdrawal, an acceptance before it stands no longer, and one after it is stale; nothing is accrued."""
    for minute, shown in ((40, set()), (50, {"STALE_ANSWER"})):
        back = (FIRST, s.answered("L-1", minute, 1, "accepted"), s.taken_back("L-1", 45, 1))
        for world in told(ORDER, PLAN, *back, tellings=6):
            assert not any(ledger(world).values())
            assert opened(world, "load/L-1") - {"NO_CARRIER"} == shown
            assert not decision(world, "O-1").notices


def test_the_tms_s_own_expiry_counts() -> None:
    """Given that the TMS itself says the tender expired, the next carrier is asked without waiting for our clock."""
    for world in told(ORDER, PLAN, FIRST, s.answered("L-1", 60, 1, "expired"), tellings=4, rules=_rules()):
        assert _asked(world)[-1] == (2, "CARRIER-B")


def test_an_empty_load_is_not_tendered() -> None:
    """Given that everybody left the load, nobody is asked to carry it and nobody is missed."""
    for world in told(ORDER, PLAN, s.boarded("L-1", 25, 2), tellings=4, rules=_rules()):
        assert not _asked(world)
        then(world, FIRST, s.answered("L-1", 40, 1, "rejected"))
        assert _asked(world) == [(1, "CARRIER-A")]
        assert not opened(world, "load/L-1")


def _provisional(**knobs: Any) -> Rules:
    usual = {"tender_carriers": (), "load_and_depart": "provisional", "provisional_carrier": "CARRIER-D",
             "provisional_rate_minor": 90_00}  # fmt: skip
    return _rules(**usual | knobs)


def _worth(amount_minor: int) -> Event:
    body = PLAN.body
    member = msgspec.structs.replace(body.members[0], value_minor=amount_minor)  # type: ignore[union-attr]
    plan = msgspec.structs.replace(body, members=(member,), cut_off=at(400))  # type: ignore[union-attr]
    return s.say("load/L-1", "load/L-1/v1", 20, plan)


def test_goods_above_the_limit_wait_for_a_person() -> None:
    """Given goods worth more than leave without approval, the deadline accrues nothing and releases no truck; a
    person's release does both."""
    for world in told(
        ORDER, _worth(500_00), FIRST, tellings=4, rules=_provisional(provisional_approval_above_minor=499_99)
    ):
        _clock(world, 311)
        assert opened(world, "load/L-1") == {"TENDER_UNANSWERED", "PROVISIONAL_VALUE"}
        assert not _wanted(world, LoadingReleased)
        assert ledger(world) == {}
        then(world, s.let_go("load/L-1", 320, "provisional/L-1"))
        (body,) = _wanted(world, LoadingReleased)
        assert (body.carrier, body.provisional, body.shipments) == ("CARRIER-D", True, ("S-1",))
        assert ledger(world) == {"freight_expense": 90_00, "accrued_freight": -90_00}
        assert opened(world, "load/L-1") == {"TENDER_UNANSWERED", "SHIPPED_PROVISIONALLY"}


def test_goods_above_the_maximum_never_leave_unconfirmed() -> None:
    """Given goods worth more than the maximum, a person's release changes nothing; at the maximum they may leave."""
    for worth, freight in ((500_01, 0), (500_00, 90_00)):
        for world in told(ORDER, _worth(worth), FIRST, s.let_go("load/L-1", 320, "provisional/L-1"), tellings=3,
                          rules=_provisional(provisional_value_max_minor=500_00)):  # fmt: skip
            _clock(world, 311)
            assert ledger(world).get("freight_expense", 0) == freight
            assert ("PROVISIONAL_VALUE" in opened(world, "load/L-1")) == (freight == 0)


def test_a_later_cut_off_moves_the_deadline() -> None:
    """Given that the cut-off is put off after the deadline passed, the provisional accrual goes; it comes with the new
    deadline, and bears its day."""
    later = s.boarded("L-1", 330, 2, cut_off=3000, O_1=20)
    for world in told(ORDER, DUE, FIRST, tellings=3, rules=_provisional()):
        _clock(world, 311)
        assert ledger(world)["freight_expense"] == 90_00
        then(world, later)
        assert not any(ledger(world).values())
        _clock(world, 2911)
        assert ledger(world)["freight_expense"] == 90_00
        assert decision(world, "load/L-1").ought["freight_accrual/L-1"].document.date == "2026-02-01"


def test_without_a_cut_off_there_is_no_deadline() -> None:
    """Given a load without a cut-off, nothing is ever provisional; the warehouse waits for a carrier."""
    for world in told(ORDER, PLAN, FIRST, tellings=3, rules=_provisional()):
        _clock(world, 90_000)
        assert ledger(world) == {}
        assert not _wanted(world, LoadingReleased)


def test_a_rejection_before_the_deadline_does_not_stop_a_provisional_departure() -> None:
    """Given that the carrier rejected before the deadline, the load leaves with the contract carrier; a rejection after
    it takes the accrual back, but not the word to the warehouse: the truck may have left."""
    for minute, freight, shown in ((40, 90_00, "SHIPPED_PROVISIONALLY"), (320, 0, "CARRIER_REJECTED_LATE")):
        for world in told(
            ORDER, DUE, FIRST, s.answered("L-1", minute, 1, "rejected"), tellings=4, rules=_provisional()
        ):
            _clock(world, 311)
            assert ledger(world).get("freight_expense", 0) == freight
            assert shown in opened(world, "load/L-1")
            assert [b.carrier for b in _wanted(world, LoadingReleased)] == ["CARRIER-D"]


def test_the_lane_decides_whether_a_load_may_leave() -> None:
    """Given a policy that holds on one lane only, a truck that leaves unconfirmed there is not posted, elsewhere it is;
    both records follow it, the load's and the order's."""
    rules = _rules(tender_carriers=(), special=(Special(lane="alpine", set={"load_and_depart": "hold"}),))
    for lane, held in (("alpine", True), ("standard", False)):
        plan = s.say("load/L-1", "load/L-1/v1", 20, msgspec.structs.replace(DUE.body, lane=lane))  # type: ignore[type-var]
        for world in told(ORDER, plan, s.picked("O-1", 10, "A", 5), FIRST, tellings=4, rules=rules):
            _clock(world, 311)
            then(world, s.departed("O-1", 350, "S-1"))
            assert ("CARRIER_UNCONFIRMED" in opened(world, "O-1")) == held
            assert ("CARRIER_UNCONFIRMED" in opened(world, "load/L-1")) == held
            assert bool(ledger(world, "O-1")) == (not held)
            then(world, s.answered("L-1", 50, 1, "accepted"))
            assert not opened(world, "O-1")
            assert ledger(world, "O-1")["inventory"] == -5 * 999


def test_the_warehouse_hears_who_is_aboard() -> None:
    """Given that the members change after the carrier accepted, the warehouse is told the new list, and nothing but the
    load, its site, its carrier and its shipments."""
    facts = (ORDER, PLAN, FIRST, s.answered("L-1", 40, 1, "accepted"))
    for world in told(*facts, tellings=4, rules=_rules(load_and_depart="hold")):
        then(world, s.assigned("L-1", 50, "O-2", "S-2"))
        last = [t for t in world.record("load/L-1").told.values() if t.chain == "wms/load"][-1]
        assert world.instructions[last.id].body == LoadingReleased(
            load="L-1", node="DC-NORTH", carrier="CARRIER-A", shipments=("S-1", "S-2")
        )


def test_another_practice_takes_no_accepted_tender_back() -> None:
    """Given a load accepted and let go, and then planned on a lane where Milepost neither asks nor waits for carriers:
    nobody is told to take the request back, nor to stop loading."""
    rules = _rules(load_and_depart="hold", special=(
        Special(lane="alpine", set={"load_and_depart": "allow", "tender_carriers": ()}),))  # fmt: skip
    elsewhere = s.say("load/L-1", "load/L-1/v2", 60, msgspec.structs.replace(DUE.body, version=2, lane="alpine"))  # type: ignore[type-var]
    for world in told(ORDER, DUE, FIRST, s.answered("L-1", 40, 1, "accepted"), tellings=4, rules=rules):
        then(world, elsewhere)
        assert not [i for i in world.instructions.values() if isinstance(i.body, Withdrawn)]


def test_the_customer_hears_of_the_carrier_that_came_back() -> None:
    """Given a carrier that accepts, rejects, is followed by another that does the same, and accepts again: the last
    carrier the customer hears of is the one that comes."""
    for world in told(ORDER, s.planned("L-1", 20, 1, ("O-1", "S-1")), tellings=4):
        for attempt, carrier in enumerate(("CARRIER-A", "CARRIER-B", "CARRIER-A"), start=1):
            minute = 30 * attempt
            then(world, s.asked("L-1", minute, attempt, carrier, 100_00, minute + 20),
                 s.answered("L-1", minute + 5, attempt, "accepted"))  # fmt: skip
            if attempt < 3:
                then(world, s.answered("L-1", minute + 10, attempt, "rejected"))
        heard = [t.notice for t in world.record("O-1").told.values() if t.notice]
        assert [n.carrier for n in heard] == ["CARRIER-A", "CARRIER-B", "CARRIER-A"]
        assert [n.kind for n in heard] == ["carrier_confirmed", "carrier_changed", "carrier_changed"]


def test_a_load_and_its_orders_judge_by_one_policy() -> None:
    """Given an order released under one policy and put on a load planned under the next, which takes no late answer: as
    the load accrues nothing, nobody confirms a carrier to the ERP or the customer."""
    late = (s.planned("L-1", 55, 1, ("O-1", "S-1")), s.offered("L-1", 60, 1, 100_00, 70),
            s.answered("L-1", 80, 1, "accepted"))  # fmt: skip
    for world in told(ORDER, *late, tellings=8):
        assert opened(world, "load/L-1") == {"STALE_ANSWER", "NO_CARRIER"}
        assert (ledger(world), world.erp.booked, world.notices) == ({}, [], {})


def test_a_load_s_policy_that_changed_under_an_order_is_a_drift() -> None:
    """Given that the load's policy, not the order's own, is deployed with other words under the same name: the order
    that judges by it is held before anything is confirmed."""
    late = (s.planned("L-1", 55, 1, ("O-1", "S-1")), s.offered("L-1", 60, 1, 100_00, 70),
            s.answered("L-1", 80, 1, "accepted"))  # fmt: skip
    other = msgspec.structs.replace(SHIPPING_SHORT, late_accept="honour_if_not_retendered")
    for world in told(ORDER, *late, tellings=4):
        world.shell.rules = Rules([HOLDING, other], [MASTER], tenant="test")
        then(world, s.picked("O-1", 90, "A", 1))
        assert "DECISION_DRIFT" in opened(world, "O-1")
        assert not world.erp.booked
