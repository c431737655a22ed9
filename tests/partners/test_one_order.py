"""S20, S38, S83: one order that old and new systems speak of, each in its own words and its own model of the world."""

from __future__ import annotations

import json

import msgspec
from milepost.codecs import canonical
from milepost.contracts import tms, wms
from milepost.contracts.controls import DeadlineFired, HoldPlaced, PostingChecked
from milepost.contracts.documents import GoodsIssue
from milepost.contracts.events import Event
from milepost.contracts.orders import OrderReleased
from milepost.tests.partners.shipped import heard
from milepost.tests.partners.words_coarse import Left, Line, as_csv, as_epcis, as_x12
from milepost.tests.partners.words_tms import tms_json
from milepost.tests.partners.words_wms import wms_json
from milepost.tests.scenarios.story import ledger, then, told, under, view
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import NORTH, SOUTH, at

ORDER = "O-1"
RELEASE = s.released(ORDER, 0, s.line("A", "ITEM-2", 5), s.line("B", "ITEM-2", 4), s.line("C", "ITEM-2", 3, SOUTH),
                     references={"delivery": "80001234"})  # fmt: skip
TRANSPORT = (
    s.say(ORDER, "shipment/S-1", 5, tms.ShipmentCreated(shipment="S-1", load="L-1", pro="PRO-7", bol="BOL-7")),
    s.planned("L-1", 20, 1, (ORDER, "S-1")),
    s.offered("L-1", 21, 1, 500, 40),
    s.answered("L-1", 22, 1, "accepted"),
    s.say("load/L-1", "arrived/L-1/STOP-4", 90, tms.Arrived(load="L-1", stop="STOP-4")),
    s.delivered(ORDER, 120, "S-1"),
)
CARTONS = tuple(
    s.say(ORDER, f"pack/{ORDER}/CARTON-{n}", 30 + n, wms.Packed(node=NORTH, package=f"CARTON-{n}", lines=lines))
    for n, lines in enumerate((
        (wms.LineQuantity(line="A", quantity=5),),
        (wms.LineQuantity(line="B", quantity=2),),
        (wms.LineQuantity(line="B", quantity=2),),
    ))
)  # fmt: skip
NORTHERN = (s.picked(ORDER, 10, "A", 5), s.picked(ORDER, 11, "B", 4), *CARTONS, s.departed(ORDER, 50, "S-1"))
SOUTHERN = Left(ORDER, SOUTH, "S-2", at(70), (Line("C", "ITEM-2", 3),))


def said(partner: str, value: bytes) -> tuple[Event, ...]:
    found = heard(partner, value)
    assert not found.refused, found.refused
    return found.events


def modern() -> tuple[Event, ...]:
    """What the northern warehouse and transport say by webhooks."""
    north = said("wms-json", json.dumps({"message": "m-1", "events": [wms_json(one) for one in NORTHERN]}).encode())
    transport = {"message": "m-2", "events": [tms_json(one) for one in TRANSPORT]}
    return north + said("tms-json", json.dumps(transport).encode())


def test_old_and_new_systems_make_one_timeline() -> None:
    """S83: given webhooks from the north and from transport, and from the south a file drop, EDI or EPCIS, the order
    has one timeline that names each of them, one state, and the ERP's books are the same to the cent."""
    books, partners = set(), set()
    for partner, form in (("wms-csv", as_csv), ("wms-x12", as_x12), ("epcis", as_epcis)):
        for world in told(RELEASE, *modern(), *said(partner, form(SOUTHERN)), tellings=3):
            seen = view(world, ORDER)
            assert seen.lines["C"]["shipped"] == 3
            assert seen.lines["A"]["delivered"] == 5
            timeline = {one.partner for one in world.shell.journal.facts(ORDER)}
            assert {"wms-json", "tms-json", partner} <= timeline
            partners |= timeline
            books.add(tuple(sorted(ledger(world).items())))
    assert len(books) == 1
    assert {"wms-csv", "wms-x12", "epcis"} <= partners


def test_cartons_and_stops_stay_out_of_the_erp() -> None:
    """S38: three cartons over two order lines are two lines of the one goods issue that stands; what transport alone
    knows (stops, PRO, BOL, the tender) and cartons are kept with the order, and no document of the order bears them."""
    for world in told(RELEASE, *modern(), tellings=4):
        booked = [one.command for one in world.erp.booked if one.command.owner == ORDER]
        undone = {one.reverses for one in booked}
        standing = [one.document for one in booked if not one.reverses and one.id not in undone]
        (issue,) = [one for one in standing if isinstance(one, GoodsIssue)]
        assert {line.line: line.quantity for line in issue.lines} == {"A": 5, "B": 4}
        papers = b"".join(msgspec.json.encode(one.document) for one in booked)
        kept = msgspec.json.encode([one.body for one in world.shell.journal.facts(ORDER)])
        on_load = msgspec.json.encode([one.body for one in world.shell.journal.facts("load/L-1")])
        for foreign in (b"CARTON-", b"PRO-7", b"BOL-7"):
            assert foreign in kept
            assert foreign not in papers
        for foreign in (b"STOP-4", b"L-1-T1"):
            assert foreign in on_load
            assert foreign not in papers


def test_every_way_of_synchronising_has_one_envelope() -> None:
    """S20: what the system of record says, what happens, what a process waits for, what reconciliation found and what
    a person adds are facts of one envelope and one schema, on one timeline."""
    watched = under(milestone_within_s=3600)
    for world in told(RELEASE, *NORTHERN, tellings=3, rules=watched):
        issue = next(one.command.id for one in world.erp.booked if one.command.chain.startswith("goods_issue"))
        found = PostingChecked(posting=issue, finding="missing")
        then(world, s.held(ORDER, 60), s.say(ORDER, f"checked/{issue}/missing/1", 300, found))
        world.shell.tick(at(100_000))
        world.drain()
        journal = world.shell.journal.facts(ORDER)
        kinds = {type(one.body) for one in journal}
        assert {OrderReleased, wms.PickConfirmed, PostingChecked, DeadlineFired, HoldPlaced} <= kinds
        for one in journal:
            assert canonical.decode(canonical.encode(one)) == one
            assert all((one.event_id, one.business_key, one.owner, one.source, one.schema_version))
        assert {"release", "shipment", "goods_issue"} <= {step["step"] for step in view(world, ORDER).process}
