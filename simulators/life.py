"""Everything that happens to an order, and to a load, drawn from one seed. What happens to messages is ``transport``'s.

`life(seed, n)` is a function of its arguments alone: no run, no clock and no other draw changes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from milepost.simulators.acts import Act, tms_gate, wms_gate
from milepost.simulators.acts_inbound import inbound_acts
from milepost.simulators.acts_loads import carrier_causes, load_acts
from milepost.simulators.acts_orders import order_acts
from milepost.simulators.acts_people import cancel_act, lasting_causes, people_acts
from milepost.simulators.acts_returns import return_acts
from milepost.simulators.acts_sites import site_acts
from milepost.simulators.acts_transport import carried_acts
from milepost.simulators.catalogue import MODES_WITHOUT_LOAD, NODES
from milepost.simulators.life_groups import BLOCK_ORDERS, Group, group_of, groups_of
from milepost.simulators.life_inbound import ORDERS_PER_INBOUND, inbound_plan
from milepost.simulators.life_loads import load_plan, load_story
from milepost.simulators.life_orders import order_plan
from milepost.simulators.plan import OrderPlan
from milepost.simulators.plan_inbound import InboundPlan
from milepost.simulators.plan_loads import LoadPlan, LoadStory


@dataclass(frozen=True, slots=True)
class OrderLife:
    """An order's physical truth, and its messages on a perfect network in the order of their times."""

    plan: OrderPlan
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class LoadLife:
    plan: LoadPlan
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class InboundLife:
    plan: InboundPlan
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class Lives:
    """The lives of orders 1 to n, of the loads that carry them, and of the goods that come in beside them."""

    orders: tuple[OrderLife, ...]
    loads: tuple[LoadLife, ...]
    inbound: tuple[InboundLife, ...] = ()

    @property
    def acts(self) -> tuple[Act, ...]:
        of_orders = [act for life in self.orders for act in life.acts]
        of_loads = [act for life in self.loads for act in life.acts]
        of_inbound = [act for life in self.inbound for act in life.acts]
        return tuple(sorted(of_orders + of_loads + of_inbound, key=lambda act: (act.at, act.id)))


def life(seed: int, number: int) -> OrderLife:
    """Return the life of order ``number``, from 1."""
    return acted(seed, order_plan(seed, number))


def lives(seed: int, orders: int) -> Lives:
    """Return the lives of orders 1 to ``orders``; loads carry none of the others."""
    return Lives(
        tuple(life(seed, n) for n in range(1, orders + 1)),
        tuple(load_lives(seed, orders)),
        tuple(inbound_life(seed, n) for n in range(1, orders // ORDERS_PER_INBOUND + 1)),
    )


def inbound_life(seed: int, number: int) -> InboundLife:
    """Return the life of inbound order ``number``, from 1."""
    plan = inbound_plan(seed, number)
    return InboundLife(plan, inbound_acts(plan))


def load_lives(seed: int, orders: int) -> Iterator[LoadLife]:
    """Return the lives of the loads that carry any of orders 1 to ``orders``."""
    for block in range((orders + BLOCK_ORDERS - 1) // BLOCK_ORDERS):
        for group in groups_of(seed, block):
            for node in NODES:
                loaded = _load_life(seed, group, node, orders)
                if loaded:
                    yield loaded


def acted(seed: int, plan: OrderPlan) -> OrderLife:
    """Return the life of an order whose truth is ``plan``: its messages follow from it."""
    group = group_of(seed, plan.number)
    acts = [*order_acts(plan)]
    gates = gates_of(plan)
    if plan.cancel:
        # Once partners were told, nobody cancels before they were: an early cancellation alone waits for nothing.
        acts.append(cancel_act(plan, () if plan.cancel.early else _all_gates(plan)))
    if plan.goes_to_work:
        stories = {node: load_story(seed, group, node) for node in plan.working_nodes}
        lasting = {node: (*lasting_causes(plan, node, gates), *_unconfirmed(plan, stories[node])) for node in stories}
        planned_at = {story.load: story.planned_at for story in stories.values()}
        acts += [*site_acts(plan, lasting), *people_acts(plan, gates), *carried_acts(plan, planned_at)]
        acts += return_acts(plan, gates)
    return OrderLife(plan, tuple(sorted(acts, key=lambda act: act.at)))


def _unconfirmed(plan: OrderPlan, story: LoadStory) -> tuple[str, ...]:
    return carrier_causes(story) if any(one.load == story.load for one in plan.shipments) else ()


def gates_of(plan: OrderPlan) -> tuple[str, ...]:
    """Return the instructions an order that goes to work waits for."""
    sites = tuple(wms_gate(plan.order_id, node) for node in plan.nodes)
    return sites if plan.mode in MODES_WITHOUT_LOAD else (*sites, tms_gate(plan.order_id))


def _all_gates(plan: OrderPlan) -> tuple[str, ...]:
    """Return the gates of sites that help out, too: once cancelled, an order sends for nobody's help."""
    return tuple(dict.fromkeys((*gates_of(plan), *(wms_gate(plan.order_id, node) for node in plan.working_nodes))))


@lru_cache(maxsize=20_000)
def _load_life(seed: int, group: Group, node: str, orders: int) -> LoadLife | None:
    members = [order_plan(seed, number) for number in group.members if number <= orders]
    plan = load_plan(load_story(seed, group, node), members)
    if plan is None:
        return None
    # Of all members: a pick-up may be heard before the news that a shipment was taken off.
    aboard = {order_id for order_id, _ in plan.members}
    lasting = [c for o in members if o.order_id in aboard for c in lasting_causes(o, node, gates_of(o))]
    return LoadLife(plan, load_acts(plan, (*lasting, *carrier_causes(plan.story))))
