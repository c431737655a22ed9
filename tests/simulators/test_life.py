"""Laws of the lives: repeatable, a function of seed and number alone, complete, readable by the contracts."""

from __future__ import annotations

import json
from collections import Counter

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.codecs import canonical
from milepost.contracts.events import Event, payload_digest
from milepost.contracts.identifiers import LOAD_PREFIX
from milepost.contracts.tms import PickedUp
from milepost.contracts.wms import Departed
from milepost.simulators import life_loads, life_orders
from milepost.simulators.acts_loads import carrier_causes
from milepost.simulators.acts_people import lasting_causes
from milepost.simulators.catalogue import SOURCES
from milepost.simulators.life import Lives, gates_of, life, lives
from milepost.simulators.life_groups import BLOCK_ORDERS, groups_of
from milepost.simulators.rates import RATES
from milepost.tests.simulators.pipeline import ROOT

SEEDS = st.integers(min_value=0, max_value=2**32)
NUMBERS = st.integers(min_value=1, max_value=5000)


@pytest.fixture(scope="module")
def world() -> Lives:
    return lives(5, 2000)


def _forget() -> None:
    life_orders.order_plan.cache_clear()
    life_loads.load_story.cache_clear()


@settings(deadline=None)
@given(seed=SEEDS, number=NUMBERS)
def test_repeatable(seed: int, number: int) -> None:
    """One seed and number give one life, message for message, whatever was drawn before."""
    first = life(seed, number)
    _forget()
    life(seed + 1, number + 7)
    assert life(seed, number) == first


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, orders=st.integers(min_value=1, max_value=40), more=st.integers(min_value=1, max_value=20))
def test_independent_of_the_world_s_size(seed: int, orders: int, more: int) -> None:
    """An order's life does not change when more orders are played."""
    small, large = lives(seed, orders), lives(seed, orders + more)
    assert small.orders == large.orders[:orders]
    assert small.inbound == large.inbound[: len(small.inbound)]


@settings(deadline=None)
@given(seed=SEEDS, block=st.integers(min_value=0, max_value=400))
def test_groups_hold_each_order_once(seed: int, block: int) -> None:
    """The groups of a block hold each of its orders exactly once."""
    members = [number for group in groups_of(seed, block) for number in group.members]
    assert members == list(range(block * BLOCK_ORDERS + 1, (block + 1) * BLOCK_ORDERS + 1))


def test_seeds_differ(world: Lives) -> None:
    """Another seed gives other lives."""
    assert lives(6, 10).orders != world.orders[:10]


def test_every_branch_is_reached(world: Lives) -> None:
    """In 2,000 orders everything happens that the table of rates names."""
    taken = Counter(name for order in world.orders for name in order.plan.drawn)
    taken.update(name for load in world.loads for name in load.plan.story.drawn)
    taken.update(name for coming in world.inbound for name in coming.plan.drawn)
    for name in RATES:
        print(f"{name:24} {taken[name]:6}")
    print(f"branches reached: {sum(taken[name] > 0 for name in RATES)} of {len(RATES)}")
    assert set(taken) == {name for name, rate in RATES.items() if rate}


def test_messages_pass_the_contracts(world: Lives) -> None:
    """Every message of every life decodes from its JSON to itself, and the partners' codec takes it."""
    for act in world.acts[::5]:
        encoded = msgspec.json.encode(act.event)
        assert msgspec.json.decode(encoded, type=Event) == act.event
        assert canonical.decode(encoded) == act.event


def test_one_payload_per_key_but_for_mistakes(world: Lives) -> None:
    """Only a mistaken pick puts a second payload under a fact's key, and every message has its own id."""
    payloads: dict[tuple[str, str], set[str]] = {}
    for act in world.acts:
        event = act.event
        payloads.setdefault((event.owner, event.business_key), set()).add(payload_digest(event.occurred_at, event.body))
    disputed = {key for key, found in payloads.items() if len(found) > 1}
    mistaken = {(order.plan.order_id, pick.key) for order in world.orders for pick in order.plan.picks if pick.mistake}
    assert disputed == mistaken
    assert len({act.id for act in world.acts}) == len(world.acts)


def test_the_invalid_and_only_they_break_the_reference_data(world: Lives) -> None:
    """A life is invalid exactly when the reference data lack a name in its release or its mode's limit breaks."""
    reference = json.loads((ROOT / "reference" / "2026-01.json").read_bytes())
    customers, sites, items = set(reference["customers"]), set(reference["sites"]), reference["items"]
    for order in world.orders:
        plan = order.plan
        known = plan.customer in customers and all(n.node in sites and n.item in items for n in plan.standing.lines)
        limit = reference["transport"][plan.mode]["max_weight_grams"]
        for snapshot in plan.snapshots:
            grams = sum(items[n.item]["weight_grams"] * n.quantity for n in snapshot.lines if n.item in items)
            assert (known and grams <= limit) == (not plan.invalid), plan.order_id


def test_two_periods(world: Lives) -> None:
    """Goods leave in two accounting periods."""
    assert {a.event.occurred_at.month for a in world.acts if isinstance(a.event.body, Departed)} == {3, 4}


def test_lasting_holds_come_before_what_they_stop(world: Lives) -> None:
    """Whatever attests a departure waits until every hold that is never lifted was delivered and digested."""
    plans = {order.plan.order_id: order.plan for order in world.orders}
    stories = {load.plan.story.load: load.plan.story for load in world.loads}
    stopped = 0
    for act in world.acts:
        if isinstance(act.event.body, Departed):
            plan = plans[act.event.owner]
            own = set(lasting_causes(plan, act.event.body.node, gates_of(plan)))
            of_load = {name for name in act.settled if name.startswith(LOAD_PREFIX)}
            assert set(act.settled) == own | of_load
            mine = {one.load for one in plan.shipments if one.node == act.event.body.node and one.load}
            assert of_load == {name for load in mine for name in carrier_causes(stories[load])}
            stopped += bool(act.settled)
    for load in world.loads:
        causes = {
            cause
            for order_id, _ in load.plan.members
            for cause in lasting_causes(plans[order_id], load.plan.story.node, gates_of(plans[order_id]))
        }
        for act in load.acts:
            if isinstance(act.event.body, PickedUp):
                assert set(act.settled) == causes | set(carrier_causes(load.plan.story))
    assert stopped > 10


def test_work_waits_for_instructions(world: Lives) -> None:
    """Nothing physical is reported before we instructed it; what the ERP says waits for nothing."""
    for order in world.orders:
        for act in order.acts:
            kind = act.event.body.__struct_config__.tag
            if kind.startswith(("wms.", "tms.", "milestone.")):
                assert act.gates
            if kind in ("order.released", "order.amended", "order.credit_blocked", "order.credit_cleared"):
                assert not act.gates
    for coming in world.inbound:
        assert all(act.gates for act in coming.acts if act.event.source in SOURCES.values())
