"""What our own events teach of native ids: who is on which load, as the load itself finds it; what is new, once."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.agents.links import KNOWN_MAX, Links
from milepost.codecs import canonical
from milepost.contracts import orders, tms, wms
from milepost.contracts.events import Body, Event
from milepost.contracts.references import BY_HAND, UNKNOWN, Linked
from milepost.tables import references as rows
from milepost.tests.intake.referred import T0, Pool, link, load, pointed, reference
from milepost.tests.workflow.known_rules import RULES
from milepost.workflow.counted import Counted
from milepost.workflow.evolve import Arrival, evolve
from milepost.workflow.membership import standing_plans
from milepost.workflow.record import Fact, Record


def event(body: Body, owner: str = "O-1", minutes: int = 0) -> Event:
    return Event(
        event_id=f"e/{minutes}", business_key=f"k/{minutes}", owner=owner, source="tms", body=body,
        occurred_at=T0 + timedelta(minutes=minutes),
    )  # fmt: skip


def taught(*events: Event) -> list[Linked]:
    links = Links()
    return [msgspec.json.decode(o.value or b"", type=Linked) for one in events for o in links.taught(0, one)]


def meanings(*events: Event) -> set[tuple[str, str, str]]:
    return {(one.reference.key, one.target.owner, one.target.shipment) for one in taught(*events)}


LINE = orders.OrderLine(line="1", item="WIDGET", quantity=1, unit_price_minor=1, node="DC-NORTH")


@pytest.mark.parametrize(
    ("body", "owner", "means"),
    [
        (tms.ShipmentCreated(shipment="S-1", load="L-1", pro="P-1", bol="B-1"), "O-1",
         {(f"ref/{kind}/own/{number}", "O-1", "S-1")
          for kind, number in (("shipment", "S-1"), ("load", "L-1"), ("pro", "P-1"), ("bol", "B-1"))}),
        (wms.Departed(node="N", shipment="S-1"), "O-1", {("ref/shipment/own/S-1", "O-1", "S-1")}),
        (wms.Loaded(node="N", shipment="S-1"), "O-1", {("ref/shipment/own/S-1", "O-1", "S-1")}),
        (tms.TenderOffered(load="L-1", tender="T-1", attempt=1, carrier="C", amount_minor=1, currency="USD"),
         "load/L-1", {("ref/tender/own/T-1", "load/L-1", "")}),
        (orders.OrderReleased(customer="C-1", currency="USD", lines=(LINE,),
                              references={"customer_po": "PO-1", "delivery": "80", "our_code": "x"}), "O-1",
         {("ref/po/C-1/PO-1", "O-1", ""), ("ref/delivery/own/80", "O-1", "")}),
        (orders.InboundAdvised(advice="ASN-1"), "O-1", {("ref/asn/own/ASN-1", "O-1", "")}),
        (tms.Delivered(shipment="S-1"), "O-1", set()),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_each_teaches(body: Body, owner: str, means: set[tuple[str, str, str]]) -> None:
    """A shipment is its order's under every id it has, a tender its load's; purchase orders are their customer's."""
    assert meanings(event(body, owner)) == means


MEMBERS = [("O-1", "S-1"), ("O-1", "S-2"), ("O-2", "S-3"), ("O-3", "S-4")]
plans = st.builds(
    lambda version, members, minutes: event(
        tms.LoadPlanned(load="L-1", version=version, members=tuple(
            tms.Member(order_id=o, shipment=s) for o, s in sorted(members))), "load/L-1", minutes),
    st.integers(1, 3), st.sets(st.sampled_from(MEMBERS), max_size=4), st.integers(0, 20),
)  # fmt: skip
assignments = st.builds(
    lambda version, member, aboard, minutes: event(
        tms.MemberAssigned(load="L-1", order_id=member[0], shipment=member[1], version=version, aboard=aboard),
        "load/L-1", minutes),
    st.integers(1, 3), st.sampled_from(MEMBERS), st.booleans(), st.integers(0, 20),
)  # fmt: skip


def without_contradictions(events: list[Event]) -> list[Event]:
    """One version says one thing: what contradicts an earlier one under its number is a conflict for people."""
    kept: dict[Any, Event] = {}
    for one in events:
        body = one.body
        whom = (body.order_id, body.shipment) if isinstance(body, tms.MemberAssigned) else ()
        kept.setdefault((type(body), whom, body.version), one)  # type: ignore[union-attr]
    return list(kept.values())


@settings(max_examples=200)
@given(st.lists(plans | assignments, max_size=8).map(without_contradictions), st.data())
def test_members_are_those_the_load_sees(events: list[Event], data: st.DataObject) -> None:
    """Whatever plans and rows of the optimiser come in whatever order, a load's reference means the members that the
    load's own record finds, as soon as there is a plan."""
    if not any(isinstance(one.body, tms.LoadPlanned) for one in events):
        return
    record, row = Record("load/L-1"), rows.Row()
    for number, one in enumerate(events):
        record.facts[f"k/{number}"] = (Fact(one.occurred_at, one.body, one.source, number + 1),)
    for said in data.draw(st.permutations(taught(*events))):
        rows.linked(row, said)
    plan = standing_plans(Counted(record))["L-1"]
    assert [key[:2] for key in row.standing()] == [(m.order_id, m.shipment) for m in plan.members]


@given(st.lists(plans | assignments, max_size=8).map(without_contradictions), st.data())
def test_merging_is_commutative_and_idempotent(events: list[Event], data: st.DataObject) -> None:
    """The words on a reference give the same row in any order and however often they are said."""
    said = taught(*events)
    one, other = rows.Row(), rows.Row()
    for link_ in said:
        rows.linked(one, link_)
    for link_ in data.draw(st.permutations(said + said)):
        rows.linked(other, link_)
    assert (one.plan, one.targets) == (other.plan, other.targets)
    assert not any(rows.linked(one, link_) for link_ in said)


def test_a_shipment_that_left_the_load_is_not_told_of_its_arrival() -> None:
    """Given a plan that drops a shipment, a later proof for the load reaches those who stayed, and not the one who
    left."""
    pool = Pool()
    both = tuple(tms.Member(order_id=o, shipment=s) for o, s in MEMBERS[2:])
    pool.event(event(tms.LoadPlanned(load="L-1", version=1, members=both), "load/L-1"))
    pool.event(event(tms.LoadPlanned(load="L-1", version=2, members=both[:1]), "load/L-1", 5))
    pool.run()
    pool.say(pointed(load("L-1")))
    assert [one.owner for one in pool.run().told if isinstance(one.body, tms.Delivered)] == ["O-2"]
    pool.event(event(tms.LoadPlanned(load="L-1", version=3), "load/L-1", 9))
    pool.run()
    told = len(pool.told)
    pool.say(pointed(load("L-1"), message="M-2"))
    assert len(pool.run().told) == told


def test_a_persons_word_stands() -> None:
    """What is linked by hand counts whatever plans and systems say, until a person takes it back."""
    row = rows.Row()
    hand = link(load("L-1"), "O-9", "S-9", version=BY_HAND, source="operator", actor="ann")
    rows.linked(row, hand)
    for said in taught(event(tms.LoadPlanned(load="L-1", version=7), "load/L-1", 99)):
        rows.linked(row, said)
    assert row.standing() == [("O-9", "S-9", "")]
    rows.linked(row, msgspec.structs.replace(hand, stands=False, said_at=T0 + timedelta(minutes=1)))
    assert row.standing() == []


def test_each_link_is_taught_once_as_far_as_is_remembered() -> None:
    """Events that teach what was taught say nothing more of it; who forgot it says it again."""
    links = Links()
    moves = [event(wms.Departed(node="N", shipment=f"S-{n}"), f"O-{n}") for n in range(KNOWN_MAX + 1)]
    assert all(len(links.taught(0, one)) == 1 for one in moves)
    assert links.taught(0, moves[-1]) == []
    assert len(links.taught(0, moves[0])) == 1
    assert len(links.taught(1, moves[-1])) == 1
    links.forget(0)
    assert len(links.taught(0, moves[-1])) == 1


def test_any_event_releases_what_waited() -> None:
    """A milestone of a shipment number that nobody knew is told when a warehouse reports that shipment's departure."""
    pool = Pool()
    pool.say(pointed(reference("S-1", "shipment", "own")))
    assert pool.run().told == []
    pool.event(event(wms.Departed(node="N", shipment="S-1")))
    told = [one for one in pool.run().told if isinstance(one.body, tms.Delivered)]
    assert [(one.owner, one.body) for one in told] == [("O-1", tms.Delivered(shipment="S-1", pod="POD"))]
    assert UNKNOWN not in told[0].business_key
    assert canonical.decode(canonical.encode(told[0])) == told[0]


def test_a_proof_for_a_load_counts_while_the_shipment_is_aboard() -> None:
    """Whatever comes first, the plan that drops a shipment or the proof for the load: the shipment counts as delivered
    only if it is aboard by the standing plan; what is said of the shipment by itself counts in any case, and once."""
    both = tuple(tms.Member(order_id=o, shipment=s) for o, s in MEMBERS[2:])
    plans = [
        event(tms.LoadPlanned(load="L-1", version=1, members=both), "load/L-1"),
        event(tms.LoadPlanned(load="L-1", version=2, members=both[:1]), "load/L-1", 5),
    ]
    counting = []
    for order in permutations(range(3)):
        pool = Pool()
        for number in order:
            if number < 2:
                pool.event(plans[number])
            else:
                pool.say(pointed(load("L-1")))
            pool.run()
        told: list[Any] = [one for one in pool.told if isinstance(one.body, tms.Delivered)]
        assert {one.body.load for one in told} == {"L-1"}
        counting.append([len(_proofs(owner, [*told, *plans])) for owner, _ in MEMBERS[2:]])
        alone = [msgspec.structs.replace(one, business_key=f"pod/{one.body.shipment}",
                 body=msgspec.structs.replace(one.body, load="")) for one in told]  # fmt: skip
        assert {len(_proofs(one.owner, [*told, *alone, *plans])) for one in alone} == {1}
    assert counting == [[1, 0]] * 6


def _proofs(owner: str, events: list[Event]) -> list[object]:
    mine = [msgspec.structs.replace(one, owner=owner) for one in events
            if one.owner == owner or isinstance(one.body, tms.LoadPlanned)]  # fmt: skip
    record, _ = evolve(Record(key=owner), [Arrival(one) for one in mine], RULES)
    counted = Counted(record)
    assert counted.conflicts == []
    return list(counted.standing(tms.Delivered))
