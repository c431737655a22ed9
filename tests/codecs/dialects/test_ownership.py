"""Tables that stand twice, or beside somebody else's, say the same: owners, roles, names of facts."""

from __future__ import annotations

from typing import get_args

import msgspec
from hypothesis import given
from milepost.agents import ownership as gate
from milepost.codecs.dialects import keys, ownership
from milepost.codecs.dialects.model import ROLES
from milepost.contracts.events import Body, Event, tag_of, tag_of_type
from milepost.contracts.statements import StatementBody
from milepost.simulators.life import lives
from milepost.tests.codecs import events

TAGS = {tag_of_type(kind) for kind in get_args(Body)}
SAID = {tag for tag in TAGS if any(ownership.may_say(role, tag) for role in ROLES)}


def test_a_loads_facts_are_those_of_the_gate() -> None:
    """What the engine refuses is what intake would: no document is said by half."""
    assert {tag_of_type(kind) for kind in gate.LOAD_OWNED} == ownership.OF_A_LOAD
    of_order = {tag_of_type(kind) for kind in gate.ORDER_OWNED}
    assert of_order >= (SAID - ownership.OF_A_LOAD - ownership.OF_EITHER)
    assert not of_order & ownership.OF_EITHER - {"instruction.received"}


def test_no_role_may_say_our_own_words() -> None:
    """No partner, whatever its role, says what only Milepost or a person may say."""
    internal = {tag_of_type(kind) for kind in gate.INTERNAL}
    people = {tag for tag in TAGS if tag.startswith(("control.", "data.", "source.", "rules.", "deadline."))}
    assert not SAID & (internal | people)
    assert {tag for tag in TAGS if tag.startswith(("wms.", "tms.", "order."))} <= SAID


def test_every_fact_and_statement_has_a_name() -> None:
    """Whatever a partner may say has a name by its kind."""
    assert keys.KEYS.keys() == SAID
    assert set(keys.STATED) == {tag_of_type(kind) for kind in get_args(StatementBody)}


@given(events.events(*[kind for kind in get_args(Body) if tag_of_type(kind) in SAID]))
def test_names_are_made_of_what_the_fact_says(event: Event) -> None:
    """The same fact has the same name whoever tells it, and it is an id."""
    name = keys.key_of(event.owner, event.body, event.occurred_at)
    again = msgspec.json.decode(msgspec.json.encode(event), type=Event)
    assert name == keys.key_of(again.owner, again.body, again.occurred_at)
    assert 0 < len(name) <= 200


SAME = {
    "order.released", "order.amended", "order.cancel_requested", "order.inbound_released", "order.inbound_advised",
    "wms.wave_planned", "wms.allocated", "wms.packed", "wms.loaded", "wms.goods_received", "wms.return_received",
    "milestone.reversed", "tms.shipment_created", "tms.load_planned", "tms.member_assigned", "tms.freight_rated",
    "tms.tender_offered", "tms.tender_accepted", "tms.tender_rejected", "tms.tender_expired", "tms.tender_withdrawn",
    "tms.arrived", "tms.delivered",
}  # fmt: skip
"""Facts that their own ids name: one told in our JSON and one told in a stranger's form are the same."""
FIRST = {"wms.departed", "tms.picked_up", "tms.carrier_assigned", "order.return_requested"}
"""Facts that can happen again: the name by kind is that of the first."""


def test_names_are_those_that_our_own_partners_use() -> None:
    """A fact told by our own JSON and by a stranger's document has one name."""
    world = lives(7, 60)
    acts = [act for group in (world.orders, world.loads, world.inbound) for life in group for act in life.acts]
    met = set()
    for event in (act.event for act in acts):
        tag = tag_of(event.body)
        name = event.business_key
        if tag in SAME or (tag in FIRST and name.endswith("/1")):
            met.add(tag)
            assert keys.key_of(event.owner, event.body, event.occurred_at) == name
    assert met > SAME - {"tms.tender_expired", "tms.tender_withdrawn"}
