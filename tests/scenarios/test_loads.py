"""S8, S73, item 1: loads over many orders, members that come and go, and their money to the cent."""

from __future__ import annotations

import msgspec
from milepost.contracts import tms
from milepost.contracts.documents import FreightAccrual
from milepost.contracts.events import Event
from milepost.tests.scenarios.story import booked, decision, ledger, opened, then, told
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import HOLDING, MASTER, RULES, SOUTH
from milepost.workflow import step
from milepost.workflow.decision import Decision
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules, Special

ORDERS = tuple(s.released(f"O-{n}", 0, s.line("A", "ITEM-2", 5)) for n in (1, 2, 3))
PLAN = s.boarded("L-1", 20, O_1=20, O_2=30, O_3=5)
LEFT = s.on_load("L-1", 90, "pickedup", tms.PickedUp(load="L-1"))
BOUND = (s.asked("L-1", 30, 1, "CARRIER-A", 100_00, 60), s.answered("L-1", 40, 1, "accepted"))


def _shares(decided: Decision, chain: str = "freight_accrual/L-1") -> dict[str, int]:
    document = decided.ought[chain].document
    assert isinstance(document, FreightAccrual)
    return {share.shipment: share.amount_minor for share in document.shares}


def test_a_load_of_three_orders_is_split_by_weight() -> None:
    """Given three orders on one load of 100.00 that has left, one accrual falls on them by weight, to the cent; each
    order has its own confirmation."""
    for world in told(*ORDERS, PLAN, *BOUND, LEFT):
        assert _shares(decision(world, "load/L-1")) == {"S-1": 36_36, "S-2": 54_55, "S-3": 9_09}
        assert ledger(world) == {"freight_expense": 100_00, "accrued_freight": -100_00}
        assert booked(world, "shipment_confirmation") == 3
        assert not opened(world, "load/L-1")


def test_rows_of_the_optimiser_move_the_members() -> None:
    """Given that one shipment is taken off and another put on after the plan, the freight falls on those aboard, the
    one that left loses its confirmation, and the load's net stays the same."""
    rows = (s.assigned("L-1", 45, "O-3", "S-3", aboard=False), s.assigned("L-1", 46, "O-4", "S-4", weight_kg=50))
    for world in told(*ORDERS, s.released("O-4", 0, s.line("A", "ITEM-2", 5)), PLAN, *BOUND, *rows, LEFT):
        assert _shares(decision(world, "load/L-1")) == {"S-1": 20_00, "S-2": 30_00, "S-4": 50_00}
        assert ledger(world) == {"freight_expense": 100_00, "accrued_freight": -100_00}
        assert [f"shipment_confirmation/L-1/S-{n}" in decision(world, f"O-{n}").ought for n in (1, 2, 3, 4)] == [
            True, True, False, True,
        ]  # fmt: skip


def test_a_row_before_the_plan_is_overtaken_by_it() -> None:
    """Given a row that is older than the plan, the plan's word stands; a newer version of the row is the later word."""
    old = s.assigned("L-1", 10, "O-1", "S-1", aboard=False)
    newer = s.assigned("L-1", 50, "O-1", "S-1", version=2, aboard=False)
    for world in told(*ORDERS, PLAN, *BOUND, LEFT, old, tellings=6):
        assert set(_shares(decision(world, "load/L-1"))) == {"S-1", "S-2", "S-3"}
        then(world, newer)
        assert set(_shares(decision(world, "load/L-1"))) == {"S-2", "S-3"}
        then(world, s.undone(newer, 60))
        assert set(_shares(decision(world, "load/L-1"))) == {"S-1", "S-2", "S-3"}


def test_a_plan_after_the_row_takes_everything_in() -> None:
    """Given a later version of the plan, rows before it are history: who is aboard is what the plan says."""
    row = s.assigned("L-1", 45, "O-3", "S-3", aboard=False)
    again = s.boarded("L-1", 50, 2, O_1=20, O_3=20)
    for world in told(*ORDERS, PLAN, *BOUND, row, again, LEFT):
        assert _shares(decision(world, "load/L-1")) == {"S-1": 50_00, "S-3": 50_00}


def test_a_load_changes_carrier_and_members_after_it_was_posted() -> None:
    """S73: given an accrual booked with the first carrier, its rejection and a second carrier correct it by difference:
    the first is reversed, the second stands, nothing is posted twice."""
    for world in told(*ORDERS, PLAN, *BOUND, tellings=6):
        assert ledger(world)["freight_expense"] == 100_00
        then(world, s.answered("L-1", 45, 1, "rejected"))
        assert not any(ledger(world).values())
        then(world, s.asked("L-1", 50, 2, "CARRIER-B", 110_00, 90), s.answered("L-1", 55, 2, "accepted"))
        assert ledger(world) == {"freight_expense": 110_00, "accrued_freight": -110_00}
        assert booked(world, "freight_accrual") == 2
        kinds = {n.kind for n in decision(world, "O-1").notices}
        assert kinds == {"carrier_changed"}


def test_an_agreed_amount_replaces_the_rate() -> None:
    """Given a person's agreed amount, the accrual of the accepted tender bears it, its shares add up to it, and who
    agreed is among its reasons; taken back, the tender's own rate stands again."""
    word = s.overridden("load/L-1", 50, "freight_amount", "", 90_01)
    for world in told(*ORDERS, PLAN, *BOUND, LEFT, word, tellings=8):
        ought = decision(world, "load/L-1").ought["freight_accrual/L-1"]
        assert isinstance(ought.document, FreightAccrual)
        assert (ought.document.basis, ought.document.amount_minor) == ("agreed", 90_01)
        assert word.business_key in ought.because
        assert sum(_shares(decision(world, "load/L-1")).values()) == 90_01
        assert ledger(world)["freight_expense"] == 90_01
        then(world, s.undone(word, 60))
        assert ledger(world)["freight_expense"] == 100_00


def test_an_agreed_amount_alone_makes_no_accrual() -> None:
    """Given an agreed amount and no tender that binds, nothing ought to exist."""
    for world in told(*ORDERS, PLAN, BOUND[0], s.overridden("load/L-1", 50, "freight_amount", "", 90_01), tellings=4):
        assert decision(world, "load/L-1").ought == {}
        assert ledger(world) == {}


def test_a_truck_ordered_and_not_used_is_charged() -> None:
    """Given that an accepted tender is withdrawn for a charge and another carrier takes the load, the charge stands
    beside the accrual, each split over those aboard; the first carrier's rate is gone."""
    gone = (s.taken_back("L-1", 45, 1, 25_00), s.asked("L-1", 46, 2, "CARRIER-B", 110_00, 90))
    for world in told(*ORDERS, PLAN, *BOUND, *gone, s.answered("L-1", 50, 2, "accepted"), LEFT):
        ought = decision(world, "load/L-1").ought
        assert set(ought) == {"freight_accrual/L-1", "freight_charge/L-1/L-1-T1"}
        charge = ought["freight_charge/L-1/L-1-T1"].document
        assert isinstance(charge, FreightAccrual)
        assert (charge.basis, charge.carrier, charge.amount_minor) == ("not_used", "CARRIER-A", 25_00)
        assert sum(_shares(decision(world, "load/L-1"), "freight_charge/L-1/L-1-T1").values()) == 25_00
        assert ledger(world) == {"freight_expense": 135_00, "accrued_freight": -135_00}


def test_unknown_weights_are_split_equally_and_shown() -> None:
    """Given a load of which nobody knows the weights, nothing is said while it stands; once it has left the freight is
    split equally and a person is told."""
    for world in told(*ORDERS, s.boarded("L-1", 20, O_1=0, O_2=0, O_3=0), *BOUND, tellings=4):
        assert not opened(world, "load/L-1")
        then(world, LEFT)
        assert _shares(decision(world, "load/L-1")) == {"S-1": 33_34, "S-2": 33_33, "S-3": 33_33}
        assert opened(world, "load/L-1") == {"SPLIT_FALLBACK"}


def test_the_split_is_the_policy_s_of_the_load() -> None:
    """Given a policy that splits by value on one lane only, a load on that lane is split by value, others by weight."""
    policy = msgspec.structs.replace(HOLDING, special=(Special(lane="alpine", set={"freight_split": "value"}),))
    rules = Rules([policy], [MASTER], tenant="test")
    members = (tms.Member(order_id="O-1", shipment="S-1", weight_grams=1, value_minor=3_00),
               tms.Member(order_id="O-2", shipment="S-2", weight_grams=3, value_minor=1_00))  # fmt: skip
    for lane, expected in (("alpine", {"S-1": 75_00, "S-2": 25_00}), ("coast", {"S-1": 25_00, "S-2": 75_00})):
        plan = s.say("load/L-1", "load/L-1/v1", 20, tms.LoadPlanned(load="L-1", members=members, lane=lane))
        for world in told(*ORDERS, plan, *BOUND, LEFT, tellings=3, rules=rules):
            assert _shares(decision(world, "load/L-1")) == expected


MANY = 500


def _row(number: int) -> Event:
    order = f"O-{number:05d}"
    return s.assigned("L-1", 25, order, f"{order}-S1", weight_kg=1 + number)


def test_s8_five_hundred_assignments_in_one_batch() -> None:
    """S8: given one batch of 500 rows, each order hears the plan and its own row, no other's; what concerns the tender
    they all hear, and a row that changes is heard by its order alone."""
    rows = [_row(n) for n in range(MANY)]
    record, said = _told(Record("load/L-1"), [s.planned("L-1", 20, 1), *rows])
    by_order: dict[str, list[Event]] = {}
    for event in said.fanned:
        by_order.setdefault(event.owner, []).append(event)
    assert len(by_order) == MANY
    for order, events in by_order.items():
        assert sorted(type(e.body).__name__ for e in events) == ["LoadPlanned", "MemberAssigned"]
        assert {e.body.order_id for e in events if isinstance(e.body, tms.MemberAssigned)} == {order}
    record, said = _told(record, BOUND)
    assert {type(e.body) for e in said.fanned} == {tms.TenderOffered, tms.TenderAccepted}
    record, said = _told(record, [s.assigned("L-1", 50, "O-00007", "O-00007-S1", version=2, aboard=False)])
    assert [e.owner for e in said.fanned] == ["O-00007"]


def test_two_orders_claim_one_row() -> None:
    """Given two payloads under one row's key that name different orders, both orders hear both and both are held."""
    one = s.say("load/L-1", "member/1", 25, tms.MemberAssigned(load="L-1", order_id="O-1", shipment="S-1"))
    other = s.say("load/L-1", "member/1", 25, tms.MemberAssigned(load="L-1", order_id="O-2", shipment="S-2"))
    for world in told(*ORDERS, s.boarded("L-1", 20, O_3=1), one, other):
        assert [opened(world, owner) for owner in ("O-1", "O-2", "O-3", "load/L-1")] == [
            {"CONFLICT"}, {"CONFLICT"}, set(), {"CONFLICT"},
        ]  # fmt: skip
        then(world, s.resolved("load/L-1", 40, one), *BOUND)
        assert [opened(world, owner) for owner in ("O-1", "O-2", "load/L-1")] == [set(), set(), set()]
        assert "shipment_confirmation/L-1/S-1" in decision(world, "O-1").ought
        assert not decision(world, "O-2").ought


def test_a_plan_s_node_dates_the_freight() -> None:
    """Given a load from a site in another zone, its freight bears that site's day."""
    master = msgspec.structs.replace(MASTER, sites=MASTER.sites | {SOUTH: _in_tokyo()})
    plan = s.say("load/L-1", "load/L-1/v1", 20, tms.LoadPlanned(
        load="L-1", node=SOUTH, members=(tms.Member(order_id="O-1", shipment="S-1"),)))  # fmt: skip
    late = (s.asked("L-1", 30, 1, "CARRIER-A", 100_00, 2000), s.answered("L-1", 8 * 60, 1, "accepted"))
    for world in told(*ORDERS, plan, *late, tellings=3, rules=Rules([HOLDING], [master], tenant="test")):
        assert decision(world, "load/L-1").ought["freight_accrual/L-1"].document.date == "2026-01-31"
        assert decision(world, "O-1").ought["shipment_confirmation/L-1/S-1"].document.date == "2026-01-31"


def _in_tokyo() -> object:
    site = MASTER.sites[SOUTH]
    return msgspec.structs.replace(site, calendar=msgspec.structs.replace(site.calendar, time_zone="Asia/Tokyo"))


def _told(record: Record, events: object) -> tuple[Record, step.Outputs]:
    return step.step(record, [Arrival(e) for e in events], RULES, 1)  # type: ignore[attr-defined]
