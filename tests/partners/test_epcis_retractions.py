"""What an EPCIS error declaration takes back is just what the event had told, whatever the event was and had in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from milepost.contracts.wms import Reversed
from milepost.tests.partners.shipped import heard

ITEMS = {
    "epcList": ["urn:epc:id:sgtin:4012345.011111.1", "urn:epc:id:sgtin:4012345.011111.2"],
    "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.022222.L1", "quantity": 5}],
}
PARENT = {"parentID": "urn:epc:id:sscc:4012345.1111111111", "childEPCs": ITEMS["epcList"]}
OWN = {"house:line": "7", "house:quantity": 3}
ERROR = {"errorDeclaration": {"declarationTime": "2026-03-05T11:00:00Z", "reason": "did_not_occur"}}
KINDS = [
    ("ObjectEvent", "picking", ITEMS),
    ("ObjectEvent", "picking", OWN),
    ("TransactionEvent", "picking", ITEMS),
    ("ObjectEvent", "picking", {**OWN, "disposition": "mismatch_quantity"}),
    ("AggregationEvent", "packing", {**PARENT, "action": "ADD"}),
    ("ObjectEvent", "loading", {"epcList": [PARENT["parentID"]]}),
    ("ObjectEvent", "shipping", ITEMS),
    ("AggregationEvent", "departing", PARENT),
    ("ObjectEvent", "shipping", {"house:activity": "out-7", **ITEMS}),
    ("ObjectEvent", "receiving", ITEMS),
    ("ObjectEvent", "receiving", {**ITEMS, "disposition": "returned", "rma": True}),
    ("ObjectEvent", "inspecting", {**ITEMS, "disposition": "damaged", "rma": True}),
]


def event(kind: str, step: str, more: dict[str, Any]) -> dict[str, Any]:
    numbers = {"po": "SO-3", "desadv": "SH-3"} | ({"rma": "R-3"} if more.get("rma") else {})
    return {
        "type": kind, "eventID": "urn:uuid:1", "action": "OBSERVE", "bizStep": step,
        "eventTime": "2026-03-05T09:00:00+01:00", "eventTimeZoneOffset": "+01:00",
        "readPoint": {"id": "urn:epc:id:sgln:4012345.00001.0"},
        "bizTransactionList": [
            {"type": name, "bizTransaction": f"urn:epcglobal:cbv:bt:4012345000009:{one}"}
            for name, one in numbers.items()
        ],
        **{name: value for name, value in more.items() if name != "rma"},
    }  # fmt: skip


@pytest.mark.parametrize("with_id", [True, False])
@pytest.mark.parametrize(("kind", "step", "more"), KINDS)
def test_an_error_declaration_takes_back_all_that_was_told_and_nothing_else(
    kind: str, step: str, more: dict[str, Any], with_id: bool
) -> None:
    """Each fact that an event told is reversed by its declaration under its key, with an id of its own or not."""
    one = event(kind, step, more)
    if not with_id:
        del one["eventID"]
    told, gone = (heard("epcis", json.dumps(each).encode()) for each in (one, one | ERROR))
    assert not told.refused
    assert not gone.refused
    keys = {each.business_key for each in told.events}
    assert keys
    assert all(isinstance(each.body, Reversed) for each in gone.events)
    assert {each.body.reverses for each in gone.events} == keys
