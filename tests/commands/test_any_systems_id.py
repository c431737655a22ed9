"""S5, S57, S69: an order is found by any system's number, and what is shown is the same."""

from __future__ import annotations

import msgspec
import pytest
from click import ClickException
from milepost.commands.looking import found_in
from milepost.commands.order_finding import Shelf, shelf_of_run
from milepost.commands.order_meanings import meanings, owners_of
from milepost.contracts import tms
from milepost.contracts.events import Event
from milepost.tables import references
from milepost.tests.intake.referred import Pool, link, load, pointed, reference
from milepost.tests.scenarios.story import told
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES
from milepost.workflow.record import encode
from milepost.workflow.view import order_view

SHIPMENT = tms.ShipmentCreated(shipment="S-1", load="L-1", pro="PRO-7", bol="BOL-7")
LIFE: tuple[Event, ...] = (
    s.released("O-1", 0, s.line("A", "ITEM-2", 5), references={"delivery": "80001234", "customer_po": "PO-9"}),
    s.say("O-1", "shipment/S-1", 5, SHIPMENT),
    s.planned("L-1", 20, 1, ("O-1", "S-1")),
    s.offered("L-1", 21, 1, 500, 40),
    s.answered("L-1", 22, 1, "accepted"),
    s.picked("O-1", 30, "A", 5),
    s.departed("O-1", 50, "S-1"),
)
PRO, PARCEL, SEEN = reference("PRO-8"), reference("1Z", "tracking", "UPS"), reference("S-1", "shipment", "own")


def shelf(rows: dict[str, bytes] | None = None) -> Shelf:
    """The records of one order and its load, another order, and a table of native ids."""
    other = s.released("O-2", 0, s.line("A", "ITEM-2", 1), references={"delivery": "80009999"})
    (world,) = told(*LIFE, other, tellings=1)
    records = {owner: encode(world.record(owner)) for owner in ("O-1", "O-2", "load/L-1")}
    return shelf_of_run(records, {}, RULES, meanings(rows or {}))


def rows_of(pool: Pool) -> dict[str, bytes]:
    rows: dict[str, bytes] = {}
    for store in pool.stores:
        rows.update(store.items(references.TABLE))
    return rows


def shown(found: Shelf, number: str, owner: str) -> bytes:
    (record,) = [one for one in found_in(found, number) if one.key == owner]
    return msgspec.json.encode(order_view(record, RULES))


def test_every_systems_number_shows_the_same() -> None:
    """Order, delivery, customer's order, shipment, PRO, BOL, tender, ERP document: byte for byte the same view."""
    found = shelf()
    view = order_view(found_in(found, "O-1")[0], RULES)
    numbers = ["80001234", "PO-9", "S-1", "PRO-7", "BOL-7", *view.native_ids["tender"], *view.native_ids["document"]]
    assert len(numbers) >= 7
    assert {shown(found, number, "O-1") for number in numbers} == {msgspec.json.encode(view)}
    with pytest.raises(ClickException):
        found_in(found, "80001235")


def test_a_partners_own_number_finds_the_order() -> None:
    """A carrier's tracking number stands in no record of ours: it is found by what intake learned, and by a PRO that
    nobody linked, too, where a milestone was told by another number beside it."""
    pool = Pool()
    pool.say(link(PARCEL, "O-1", "S-1"), link(SEEN, "O-1", "S-1"))
    pool.say(*(pointed(at, also=(SEEN, PRO)) for at in (SEEN, PRO)))
    pool.run()
    rows = rows_of(pool)
    assert owners_of(rows, "1Z") == owners_of(rows, "PRO-8") == ["O-1"]
    found = shelf(rows)
    assert shown(found, "1Z", "O-1") == shown(found, "PRO-8", "O-1") == shown(found, "O-1", "O-1")


def test_a_number_that_waits_means_nobody() -> None:
    """A PRO whose milestone nobody was told of, or that no longer stands, finds no order."""
    pool = Pool()
    pool.say(pointed(PRO), link(PARCEL, "O-1", "S-1"), link(PARCEL, "O-1", "S-1", stands=False, version=1))
    pool.run()
    assert owners_of(rows_of(pool), "PRO-8") == owners_of(rows_of(pool), "1Z") == []
    assert meanings(rows_of(pool)) == {}


def test_a_number_of_a_load_shows_who_is_aboard() -> None:
    """A PRO that means a load shows the load and after it each order that knows the load, and no other."""
    pool = Pool()
    pool.say(link(PRO, "load/L-1"), link(load("L-1"), "O-1", "S-1"))
    pool.run()
    assert [one.key for one in found_in(shelf(rows_of(pool)), "PRO-8")] == ["load/L-1", "O-1"]
