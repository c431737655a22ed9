"""What partners may send at the edge of their contracts still gives records and outputs that their readers can read."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs import canonical
from milepost.contracts import orders, tms, wms
from milepost.contracts.events import Event
from milepost.contracts.identifiers import fulfilment_order, load_key
from milepost.contracts.money import AMOUNT_MAX_MINOR
from milepost.contracts.orders import OrderLine
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import MORNING, NORTH, RULES, at
from milepost.tests.workflow.profile import law
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record, decode, encode
from milepost.workflow.step import Outputs, fired, step

ids = st.integers(1, 195).map("X".__mul__)
amounts = st.sampled_from([0, 1, 7, AMOUNT_MAX_MINOR // 6, AMOUNT_MAX_MINOR])
quantities = st.sampled_from([1, 6, 9_000, 10**9])


@law
@given(ids, ids, amounts, amounts, amounts, quantities)
def test_an_order_of_any_ids_and_amounts_can_be_read(
    order: str, shipment: str, price: int, cost: int, value: int, quantity: int
) -> None:
    """An order with ids and amounts as large as contracts allow is shipped or refused, and all it says can be read."""
    lines = tuple(
        OrderLine(line=name, item="ITEM-1", quantity=quantity, unit_price_minor=price, unit_cost_minor=cost,
                  line_value_minor=value, node=NORTH)
        for name in ("A", "B")
    )  # fmt: skip
    body = orders.OrderReleased(customer="C001", currency="EUR", mode="ltl", lines=lines)
    picks = [wms.PickConfirmed(node=NORTH, line=n.line, quantity=quantity) for n in lines]
    _readable(
        s.say(order, "release", 0, body),
        *(s.say(order, f"pick/{pick.line}", 1, pick) for pick in picks),
        s.say(order, "departed", 2, wms.Departed(node=NORTH, shipment=shipment)),
    )


@law
@given(ids, ids, ids, amounts, st.booleans())
def test_a_load_of_any_ids_and_amounts_can_be_read(
    load: str, tender: str, shipment: str, amount: int, answered: bool
) -> None:
    """A load with ids and amounts as large as contracts allow is accrued, and all it says can be read."""
    owner, member = load_key(load), tms.Member(order_id="O-1", shipment=shipment)
    offer = tms.TenderOffered(load=load, tender=tender, attempt=1, carrier=shipment, amount_minor=amount,
                              currency="EUR", expires_at=at(5))  # fmt: skip
    fanned = _readable(
        s.say(owner, "plan", 0, tms.LoadPlanned(load=load, members=(member,))),
        s.say(owner, "offer", 1, offer),
        *[s.say(owner, "yes", 2, tms.TenderAccepted(load=load, tender=tender))] * answered,
    )
    release = s.released("O-1", 0, s.line("A", "ITEM-1", 3))
    _readable(release, *(canonical.decode(canonical.encode(e)) for e in fanned))


@pytest.mark.parametrize(("price", "cost"), [(AMOUNT_MAX_MINOR, 0), (0, AMOUNT_MAX_MINOR)])
def test_an_order_of_more_money_than_a_document_holds_is_refused(price: int, cost: int) -> None:
    """Lines whose sum no document could carry are refused at the release, by a rule that says so."""
    line = OrderLine(line="A", item="ITEM-1", quantity=2, unit_price_minor=price, unit_cost_minor=cost, node=NORTH)
    _, said = step(Record("O-1"), [Arrival(s.released("O-1", 0, line))], RULES, 1)
    assert [e.type for e in said.exceptions] == ["AMOUNT_TOO_LARGE"]
    assert not said.instructions


def test_long_names_stay_apart() -> None:
    """Two names that differ only in their last letter give two derived ids, however long they are."""
    assert fulfilment_order("O" * 199 + "1", NORTH) != fulfilment_order("O" * 199 + "2", NORTH)


def _readable(*events: Event) -> list[Event]:
    """Let a record hear the events and then the clock; return what it tells others of itself."""
    owner = events[0].owner
    record, said = step(Record(owner), [Arrival(canonical.decode(canonical.encode(e))) for e in events], RULES, 1)
    later, more = step(record, fired(record, RULES, MORNING.replace(year=2027), None), RULES, 1)
    assert decode(encode(record)) == record
    assert decode(encode(later)) == later
    assert not later.failed
    for one in (said, more):
        _each_readable(one)
    return said.fanned + more.fanned


def _each_readable(said: Outputs) -> None:
    for one in (*said.commands, *said.instructions, *said.notices, *said.exceptions, *said.fanned, *said.journal):
        assert msgspec.json.decode(msgspec.json.encode(one), type=type(one)) == one
