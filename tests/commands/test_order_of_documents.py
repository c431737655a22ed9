"""What `milepost order` says of facts that came in a stranger's document: whose, and in which message."""

from __future__ import annotations

import msgspec
import pytest
from milepost.commands.order_shown import came_by, print_order
from milepost.contracts import tms
from milepost.contracts.events import Event
from milepost.tests.commands.test_shown import RULES, picked
from milepost.tests.intake.test_documents_by_dialect import Strangers
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record
from milepost.workflow.step import step
from milepost.workflow.view import order_view


def heard() -> list[Event]:
    """A scan and a proof by PRO that came before the manifest said whose it is."""
    pool = Strangers()
    pool.message(1, event="scan", code="OFD", parcel="1Z")
    pool.message(2, event="delivered", pod="POD-9")
    pool.message(3, event="manifest", order="O-1", shipment="S-1")
    pool.run()
    return pool.told


def test_every_fact_of_a_document_names_partner_and_message() -> None:
    """Whether a message names the order or a native id of it, its facts bear the partner, the message's id and the
    order as what they belong to; two readings say the same."""
    told = heard()
    assert {(type(e.body), e.partner, e.batch, e.correlation_id, e.owner) for e in told} == {
        (tms.Tracked, "parcels", "M-1", "O-1", "O-1"), (tms.Delivered, "parcels", "M-2", "O-1", "O-1"),
        (tms.ShipmentCreated, "parcels", "M-3", "O-1", "O-1"),
    }  # fmt: skip
    assert [*map(msgspec.json.encode, heard())] == [*map(msgspec.json.encode, told)]


def test_the_timeline_says_by_whom_and_in_which_message(capsys: pytest.CaptureFixture[str]) -> None:
    """A person who reads an order's timeline sees which document to ask for; of our own words nothing more than the
    source."""
    record, said = step(Record("O-1"), [Arrival(event) for event in heard()], RULES, 1)
    print_order(order_view(record, RULES), record, said.journal)
    rows = capsys.readouterr().out.splitlines()
    (proof,) = (row for row in rows if "pod/S-1" in row and "tms.delivered" in row)
    assert proof.partition("  -> ")[0].endswith("parcel-carrier  by parcels message M-2")


def test_what_names_no_partner_has_no_more_to_say() -> None:
    """Only a partner's fact says more than its source, and nothing of it can steer a terminal."""
    own = picked(5)
    assert came_by(own) == ""
    assert came_by(msgspec.structs.replace(own, partner="milepost")) == ""  # told by the load's record
    assert came_by(msgspec.structs.replace(own, partner=own.source)) == ""
    assert came_by(msgspec.structs.replace(own, partner="acme")) == "  by acme"
    assert came_by(msgspec.structs.replace(own, partner=own.source, batch="B-1")) == f"  by {own.source} message B-1"
    assert came_by(msgspec.structs.replace(own, partner="acme", batch="\x1b[2J")).isprintable()
