"""Each recipient gets what it needs, and nothing else can reach it (S28)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import msgspec
import pytest
from milepost.codecs.dialects.model import Dialects
from milepost.codecs.dialects.rendering import rendered
from milepost.contracts.events import tag_of_type
from milepost.contracts.instructions import (
    CustomerNotice,
    Instruction,
    InstructionBody,
    InstructionLine,
    LoadingReleased,
    PutAwayInstructed,
    TenderCancelled,
    TenderRequested,
    TransportPlanned,
    WarehouseInstructed,
)
from milepost.tests.dispatch.shipped import shipped

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
LINES = (InstructionLine(line="LINENO", item="ITEMNO", quantity=7),)
BODIES: tuple[InstructionBody, ...] = (
    WarehouseInstructed(
        order_id="ORDERNO", fulfilment_order="FULFILNO", node="NODENO", partial="allowed", wave="WAVENO", lines=LINES
    ),
    PutAwayInstructed(order_id="ORDERNO", node="NODENO", lines=LINES, void_labels=("LABELNO",)),
    TransportPlanned(
        order_id="ORDERNO", mode="truck", lane="standard", ship_to="SHIPTO", nodes=("NODENO",), weight_grams=4711
    ),
    TenderRequested(load="LOADNO", attempt=1, carrier="CARR"),
    TenderCancelled(load="LOADNO", tender="TENDERNO", carrier="CARR"),
    LoadingReleased(load="LOADNO", node="NODENO", carrier="CARR", shipments=("SHIPNO",)),
)
EVERYTHING = (
    "ORDERNO", "FULFILNO", "NODENO", "WAVENO", "LINENO", "ITEMNO", "LABELNO", "SHIPTO", "LOADNO", "CARR", "TENDERNO",
    "SHIPNO", "RULENO", "CORRELNO",
)  # fmt: skip
WAREHOUSE = frozenset(
    {"ORDERNO", "FULFILNO", "NODENO", "WAVENO", "LINENO", "ITEMNO", "LABELNO", "LOADNO", "CARR", "SHIPNO"}
)
TRANSPORT = frozenset({"ORDERNO", "NODENO", "SHIPTO", "LOADNO", "CARR", "TENDERNO", "SHIPNO"})
MONEY = ("price", "amount", "cost", "rate", "credit", "discount", "term", "currency", "minor", "company", "value")


@pytest.fixture(scope="module")
def partners() -> Dialects:
    return shipped()


def written(dialects: Dialects, name: str) -> dict[str, bytes]:
    """What a partner gets of each instruction it has a word for."""
    out = {}
    for body in BODIES:
        told = Instruction(
            id="0a1b2c", owner="ORDERNO", recipient="wms", body=body, rule="RULENO", correlation_id="CORRELNO"
        )
        if (said := rendered(dialects.partners[name], told, at=AT)) is not None:
            out[tag_of_type(type(body))] = said.value + said.path.encode()
    return out


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("wms-json", WAREHOUSE),
        ("wms-x12", WAREHOUSE),
        ("wms-csv", WAREHOUSE),
        ("tms-json", TRANSPORT),
        ("tms-x12", TRANSPORT),
    ],
)
def test_a_recipient_gets_what_its_kind_needs(partners: Dialects, name: str, allowed: frozenset[str]) -> None:
    """A warehouse never hears where the customer lives, transport never which items, and nobody our rule or trace."""
    out = written(partners, name)
    assert len(out) >= 2
    told = {one for one in EVERYTHING for value in out.values() if one.encode() in value}
    assert told
    assert told <= allowed


def test_two_warehouses_and_transport_get_different_payloads(partners: Dialects) -> None:
    """Of one order each recipient's payload is its own: in its form, with its fields."""
    values = [
        tuple(written(partners, name).values()) for name in ("wms-json", "wms-x12", "wms-csv", "tms-json", "tms-x12")
    ]
    assert len(set(values)) == len(values)


def test_nothing_that_goes_out_has_money_in_it() -> None:
    """No instruction or notice has a field for a price, a cost, a value or a customer's terms: none can be named."""
    kinds = [*get_args(InstructionBody), InstructionLine, CustomerNotice]
    named = {f"{kind.__name__}.{name}" for kind in kinds for name in kind.__struct_fields__}
    assert not [name for name in named if any(word in name.partition(".")[2] for word in MONEY)]
    assert all(issubclass(kind, msgspec.Struct) for kind in kinds)
