"""S28, S29, S30, S32, S33, S34: what a release sets in motion, for whom, and what it does not."""

from __future__ import annotations

import pytest
from milepost.contracts import tms
from milepost.contracts.events import Event
from milepost.contracts.identifiers import load_key
from milepost.contracts.instructions import ShipmentReadied
from milepost.tests.scenarios.story import opened, recipients, told, view
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES
from milepost.workflow import step
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record
from milepost.workflow.view import order_view

FOUR = [s.line(name, "ITEM-1", 5) for name in "ABCD"]


def test_s28_each_recipient_has_a_payload_of_its_own() -> None:
    """S28: given a release over one site, warehouse, transport and the public request are told different things."""
    for world in told(s.released("O-1", 0, *FOUR)):
        bodies = {i.recipient: i.body for i in world.instructions.values()}
        assert set(bodies) == {"wms", "tms", "all"}
        assert len({type(b) for b in bodies.values()}) == 3


WRONG = {
    "UNKNOWN_CUSTOMER": s.released("O-1", 0, *FOUR, customer="C999"),
    "UNKNOWN_SITE": s.released("O-1", 0, s.line("A", "ITEM-1", 5, "DC-MOON")),
    "UNKNOWN_ITEM": s.released("O-1", 0, s.line("A", "ITEM-404", 5)),
    "TRANSPORT_WEIGHT": s.released("O-1", 0, s.line("A", "ITEM-2", 16), mode="parcel"),
    "TRANSPORT_MODE": s.released("O-1", 0, *FOUR, mode="air"),
}


@pytest.mark.parametrize("rule", WRONG)
def test_s29_an_invalid_order_goes_nowhere(rule: str) -> None:
    """S29: given a release that breaks one rule, an exception names the rule and nothing goes downstream."""
    for world in told(WRONG[rule], s.picked("O-1", 10, "A", 5), s.departed("O-1", 50, "S-1"), tellings=5):
        assert opened(world, "O-1") == {rule}
        assert view(world, "O-1").stage == "rejected"
        assert not world.instructions
        assert not world.erp.booked
        assert not world.notices


def test_s30_one_normalised_request() -> None:
    """S30: given a valid release and amendments, exactly one normalised request goes out, version 1."""
    for world in told(s.released("O-1", 0, *FOUR), s.amended("O-1", 5, 2, s.line("A", "ITEM-1", 9))):
        (request,) = [i for i in world.instructions.values() if i.recipient == "all"]
        assert request.body.version == 1  # type: ignore[union-attr]


@pytest.mark.parametrize(("mode", "messages"), [("pickup", 0), ("parcel", 0), ("ltl", 1)])
def test_s32_transport_is_told_only_where_it_plans(mode: str, messages: int) -> None:
    """S32: given a customer pick-up or a parcel nothing goes to transport, given less-than-truckload one plan does."""
    for world in told(s.released("O-1", 0, *FOUR, mode=mode), tellings=5):
        assert recipients(world).count("tms") == messages


def test_s33_picks_make_the_shipment_ready() -> None:
    """S33: given four lines picked one by one, readiness is 25, 50, 75, 100 %, and ready is said once."""
    record, seen, said_ready = Record("O-1"), [], 0
    picks = [s.picked("O-1", 10 + n, name, 5) for n, name in enumerate("ABCD")]
    for event in (s.released("O-1", 0, *FOUR), *picks, *picks):
        record, said = step.step(record, [Arrival(event)], RULES, 1)
        said_ready += sum(isinstance(i.body, ShipmentReadied) for i in said.instructions)
        seen.append(order_view(record, RULES).readiness_percent)
    assert seen[:5] == [0, 25, 50, 75, 100]
    assert said_ready == 1


def _load_facts() -> tuple[Event, ...]:
    assigned = s.say(
        load_key("L-1"), "assigned/L-1/CARRIER-1/1", 21, tms.CarrierAssigned(load="L-1", carrier="CARRIER-1")
    )
    rated = s.say(load_key("L-1"), "rated/L-1/CARRIER-1", 20,
                  tms.FreightRated(load="L-1", carrier="CARRIER-1", amount_minor=700, currency="EUR"))  # fmt: skip
    return s.planned("L-1", 19, 1, ("O-1", "S-1")), rated, assigned, s.offered("L-1", 22, 1, 712, 40)


def test_s34_nothing_on_assignment_three_outputs_on_acceptance() -> None:
    """S34: given plan, rate, assignment and offer nothing is posted or told; given the acceptance, exactly three
    outputs, once: shipment confirmation, expected freight cost, customer notice."""
    for world in told(s.released("O-1", 0, *FOUR), *_load_facts()):
        assert not world.erp.booked
        assert not world.notices
        world.will_say([s.answered("L-1", 23, 1, "accepted")])
        world.drain()
        booked = sorted(b.command.chain for b in world.erp.booked)
        assert booked == ["freight_accrual/L-1", "shipment_confirmation/L-1/S-1"]
        assert [n.kind for n in world.notices.values()] == ["carrier_confirmed"]
        accrual = next(b.command for b in world.erp.booked if b.command.chain.startswith("freight"))
        assert accrual.journal[0].amount_minor == 712


def test_s34_a_retendered_load_costs_what_the_last_carrier_asks() -> None:
    """S34: given that the carrier backs out and another accepts, in any order, the accrual nets to the last one's."""
    second = (
        s.answered("L-1", 24, 1, "rejected"),
        s.offered("L-1", 30, 2, 900, 50),
        s.answered("L-1", 35, 2, "accepted"),
    )
    for world in told(s.released("O-1", 0, *FOUR), *_load_facts(), s.answered("L-1", 23, 1, "accepted"), *second):
        net = {a: n for (_, _, a, _, _), n in world.erp.net().items()}
        assert net == {"freight_expense": 900, "accrued_freight": -900}
        assert any(n.carrier == "CARRIER-2" for n in world.notices.values())
