"""A goods issue that must be replaced while its invoice is right: the day of the departure turns out otherwise.

Found by `milepost demo --seed 11`: carrier and warehouse named days of two months.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest
from milepost.contracts.events import Body, Event
from milepost.contracts.orders import OrderLine, OrderReleased
from milepost.contracts.postings import PostingAnswered, PostingCommand
from milepost.contracts.tms import Delivered, LoadPlanned, Member, PickedUp
from milepost.contracts.wms import Departed, Loaded, PickConfirmed
from milepost.tests.workflow.known_rules import RULES
from milepost.workflow.evolve import Arrival
from milepost.workflow.outbox import chains
from milepost.workflow.record import Record
from milepost.workflow.step import decide, step

LINE = OrderLine(line="1", item="ITEM-1", quantity=5, unit_price_minor=1000, unit_cost_minor=700, node="DC-NORTH")


def event(key: str, body: Body, day: int, hour: int = 12) -> Event:
    at = datetime(2026, 3, day, hour, tzinfo=UTC)
    return Event(event_id=key, business_key=key, owner="O1", occurred_at=at, source="test", body=body)


RELEASED = event("order/O1/v1", OrderReleased(customer="C001", currency="EUR", terms="on_delivery", lines=(LINE,)), 20)
REST = (
    event("load/L1/v1", LoadPlanned(load="L1", members=(Member(order_id="O1", shipment="S1"),)), 20),
    event("pick/O1/1/1", PickConfirmed(node="DC-NORTH", line="1", quantity=5), 29),
    event("loaded/S1", Loaded(node="DC-NORTH", shipment="S1"), 30),
    event("departed/S1/1", Departed(node="DC-NORTH", shipment="S1"), 30, 23),
    event("pickedup/L1/1", PickedUp(load="L1"), 31, 1),
    event("pod/S1", Delivered(shipment="S1"), 31, 20),
)


def accept(record: Record, commands: list[PostingCommand], booked: list[PostingCommand]) -> Record:
    """Book everything at once, and what follows from the receipts."""
    while commands:
        command = commands.pop(0)
        booked.append(command)
        assert invoices_stand_on_goods_issues(booked)
        body = PostingAnswered(outcome="accepted", command=command, document_number=f"D{len(booked)}")
        record, said = step(record, [Arrival(event(f"receipt/{command.id}", body, 31))], RULES, 1)
        commands += said.commands
    return record


def invoices_stand_on_goods_issues(booked: list[PostingCommand]) -> bool:
    live = {c.id: c for c in booked if not c.reverses}
    for command in booked:
        live.pop(command.reverses, None)
    kinds = [c.chain.partition("/")[0] for c in live.values()]
    return kinds.count("customer_invoice") <= kinds.count("goods_issue") <= 1


@pytest.mark.parametrize("first", REST, ids=lambda event: event.event_id)
def test_whatever_comes_first_the_books_end_alike(first: Event) -> None:
    """In any order of arrival the ledger ends at what ought to be, never with an invoice without its goods issue."""
    for rest in permutations([e for e in REST if e is not first]):
        ends_right((first, *rest))


def ends_right(order: tuple[Event, ...]) -> None:
    record, booked = Record("O1"), list[PostingCommand]()
    for one in (RELEASED, *order):
        record, said = step(record, [Arrival(one)], RULES, 1)
        record = accept(record, said.commands, booked)
    live = {name: [e.document for e in chain.live] for name, chain in chains(record).items() if chain.live}
    assert live == {name: [ought.document] for name, ought in decide(record, RULES).ought.items()}
    assert {d.date for (d,) in live.values()} == {"2026-03-30", "2026-03-31"}
