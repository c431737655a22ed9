"""Codes, contract versions, payload changes: what differs per partner and site is data, and a gap is never a guess."""

from __future__ import annotations

import json
from typing import Any

import pytest
from milepost.codecs.dialects.load import read_dialects
from milepost.codecs.dialects.model import Dialects
from milepost.codecs.dialects.said import Message, Said
from milepost.codecs.dialects.speaking import said_by
from milepost.codecs.errors import DecodeError
from milepost.runtime.dialect_files import dialect_files
from milepost.tests.partners.shipped import DIRECTORY, heard

PICK = {"type": "PICK_CONFIRMED", "activity": "p/1", "at": "2026-03-04T14:05:00Z", "order": "SO-1", "line": "1"}


def with_files(**files: str) -> Dialects:
    """Return the shipped dialects with more files beside them (``acme_yaml`` is acme.yaml)."""
    found = dict(dialect_files(DIRECTORY))
    found.pop("sites.yaml", None)
    for name, text in files.items():
        found[name.replace("_yaml", ".yaml").replace("_json", ".json").replace("_", "-")] = text.encode()
    return read_dialects(found)


def said(known: Dialects, partner: str, *events: dict[str, Any]) -> Said:
    value = json.dumps({"message": "m", "events": list(events)}).encode()
    return said_by(known.partners[partner], Message(partner, "m", value), known)


SITE = """
partner: {name}
extends: [wms-json]
contract: {{version: "1"}}
units: {{each: 1, box: {box}, "box@HEAVY": 2}}
codes:
  sites: {{version: "2026-11", missing: refuse, map: {{"{theirs}": {ours}}}}}
  items: {{version: "2026-11", missing: refuse, map: {{"{sku}": WIDGET}}}}
"""


def test_codes_and_units_differ_per_site() -> None:
    """S27: the same widget has another number, its box another size and the warehouse another name in each region."""
    known = with_files(
        west_yaml=SITE.format(name="west", box=12, theirs="W1", ours="DC-NORTH", sku="0012"),
        east_yaml=SITE.format(name="east", box=10, theirs="77", ours="DC-SOUTH", sku="A-9"),
    )
    west = said(known, "west", {**PICK, "site": "W1", "sku": "0012", "qty": 2, "uom": "box"})
    east = said(known, "east", {**PICK, "site": "77", "sku": "A-9", "qty": 2, "uom": "box"})
    heavy = said(known, "east", {**PICK, "site": "77", "sku": "HEAVY", "qty": 2, "uom": "box"})
    assert [(one.body.node, one.body.quantity) for one in (*west.events, *east.events)] == [
        ("DC-NORTH", 24), ("DC-SOUTH", 20),
    ]  # fmt: skip
    assert heavy.events[0].body.quantity == 4  # the item's own box


@pytest.mark.parametrize(
    ("changed", "reason"),
    [({"site": "W9"}, "unknown_code"), ({"uom": "pallet"}, "unknown_code")],
)
def test_a_code_that_no_table_has_is_refused_by_itself(changed: dict[str, object], reason: str) -> None:
    """A gap costs the row it stands in, names its place, and is never filled by a guess."""
    known = with_files(west_yaml=SITE.format(name="west", box=12, theirs="W1", ours="DC-NORTH", sku="0012"))
    good = {**PICK, "site": "W1", "sku": "0012", "qty": 1, "uom": "each"}
    found = said(known, "west", good, {**good, "activity": "p/2", **changed})
    assert [one.business_key for one in found.events] == ["p/1"]
    assert [one.error.reason for one in found.refused] == [reason]
    assert "events[1]" in found.refused[0].error.place


def test_an_unknown_status_is_said_and_ignored_ones_are_not() -> None:
    """S56: a status in neither list is unmapped_status with the word; what is ignored by intent says nothing at all."""
    unknown = heard("wms-json", json.dumps({"events": [
        {**PICK, "type": "PICK_SHORT", "site": "N", "qty": 1, "uom": "each", "reason": "eaten by mice"}
    ]}).encode())  # fmt: skip
    assert unknown.events == ()
    assert [one.error.reason for one in unknown.refused] == ["unmapped_status"]
    assert "eaten by mice" in str(unknown.refused[0].error)


CONTRACT = """
partner: acme
role: wms
owner: desk
contract: {version: "2", until: 2027-06-30}
format: json
read: {schema: acme.json}
let: {lines: {as: list, of: $.lines, each: {line: .line, quantity: .qty}}}
messages:
  - name: shipped, version 1
    when: {kind: json, $.version: "1"}
    say:
      - emit: wms.departed
        owner: {order: $.order}
        at: {as: time, of: $.at}
        body: {node: =DC-NORTH, shipment: $.shipment, lines: ~lines}
  - name: shipped, version 2
    when: {kind: json, $.version: "2"}
    say:
      - emit: wms.departed
        owner: {order: $.order}
        at: {as: time, of: $.at}
        body: {node: $.site, shipment: $.shipment, lines: ~lines}
"""
SCHEMA = {
    "type": "object",
    "required": ["version", "order", "at", "shipment", "lines"],
    "properties": {
        "version": {"type": "string"}, "order": {"type": "string"}, "at": {"type": "string"},
        "shipment": {"type": "string"}, "site": {"type": "string"},
        "lines": {"type": "array", "items": {
            "type": "object", "required": ["line", "qty"],
            "properties": {"line": {"type": "string"}, "qty": {"type": "integer"}},
        }},
    },
}  # fmt: skip
V1 = {
    "version": "1",
    "order": "SO-1",
    "at": "2026-03-04T14:05:00Z",
    "shipment": "SH-1",
    "lines": [{"line": "1", "qty": 4}],
}
V2 = {**V1, "version": "2", "site": "DC-NORTH", "shipment": "SH-2"}


def acme(payload: dict[str, Any]) -> Said:
    known = with_files(acme_yaml=CONTRACT, acme_json=json.dumps(SCHEMA))
    return said_by(known.partners["acme"], Message("acme", "m", json.dumps(payload).encode()), known)


def test_two_versions_side_by_side() -> None:
    """S42: a producer that sends version 1 and version 2 at once is understood in both; what 1 lacks is filled in."""
    assert [one.body.node for payload in (V1, V2) for one in acme(payload).events] == ["DC-NORTH", "DC-NORTH"]


def test_a_third_version_is_refused_with_a_diff() -> None:
    """S42, S49: fields that were renamed are refused, and the refusal names what is gone and what came instead."""
    third = {"version": "3", "orderNo": "SO-1", "at": V1["at"], "shipment": "SH-3", "lines": [{"line": "1", "qty": 4}]}
    with pytest.raises(DecodeError) as refused:
        acme(third)
    assert "removed $.order (string)" in str(refused.value)
    assert "added $.orderNo" in str(refused.value)


def test_another_type_is_refused_with_a_diff() -> None:
    """S49: a quantity that becomes a text is refused at its place, with what it was and what it is now."""
    with pytest.raises(DecodeError) as refused:
        acme({**V2, "lines": [{"line": "1", "qty": "4"}]})
    assert refused.value.place == "$.lines[0].qty"
    assert "changed $.lines[].qty (integer, now string)" in str(refused.value)


def test_a_new_field_is_taken_and_counted() -> None:
    """S49: a field that nobody knew costs nothing: the milestone is told, and the field is found for counting."""
    found = acme({**V2, "colour": "blue"})
    assert len(found.events) == 1
    assert [(one.code, one.value or one.place) for one in found.findings if one.code == "unknown_field"] != []


def test_a_vendor_that_renames_a_field_is_seen() -> None:
    """S49 on a shipped partner: a tracker whose status has another type is refused, a new field of it is noted."""
    sample = json.loads((DIRECTORY / "samples" / "easypost" / "tracker.json").read_text())
    sample["result"]["co2_grams"] = 12
    found = heard("easypost", json.dumps(sample).encode())
    assert any(one.code == "unknown_field" and "co2_grams" in one.place + one.value for one in found.findings)
    assert found.pointed
    sample["result"]["tracking_details"][0]["datetime"] = 1772618400
    with pytest.raises(DecodeError) as refused:
        heard("easypost", json.dumps(sample).encode())
    assert "datetime" in str(refused.value)


@pytest.mark.parametrize("updates", [{}, {"statusUpdates": []}, {"statusUpdates": None}])
def test_the_latest_status_alone_is_told(updates: dict[str, Any]) -> None:
    """A snapshot without its list of updates says what its latest one says; an unknown one names its place."""
    latest = {"timestamp": "2026-03-02T08:00:00-0500", "statusCode": "DELIVERED"}
    shipment = {"carrierIdentifier": {"type": "SCAC", "value": "CARA"},
                "shipmentIdentifiers": [{"type": "PRO", "value": "P-1"}]}  # fmt: skip
    found = heard("project44", json.dumps({"shipment": shipment, "latestStatusUpdate": latest, **updates}).encode())
    assert [one.event.occurred_at.hour for one in found.pointed] == [13]
    listed = {"shipment": shipment, "statusUpdates": [{**latest, "statusCode": "WEIRD"}]}
    (refused,) = heard("project44", json.dumps(listed).encode()).refused
    assert (refused.error.reason, refused.error.place) == ("unmapped_status", "$.statusUpdates[0].statusCode")


HEADINGS = "Satzart;Beleg;Auftrag;Sendung;Lager;Position;Artikel;Menge;Einheit;Grund;Datum;Uhrzeit;Text"


def rows(*told: str) -> Said:
    lines = [f"{one};04.03.2026;15:05:30;" for one in told]
    return heard("wms-csv", "\n".join([HEADINGS, *lines, ""]).encode())


def test_a_report_of_several_lines_and_orders_tells_each() -> None:
    """Rows under one number are picks of their own lines and of their own orders; each can be taken back."""
    found = rows(
        "KOMM;B-7;SO-1;;DC;1;W;2;STK;", "KOMM;B-7;SO-1;;DC;2;W;3;STK;", "KOMM;B-7;SO-2;;DC;1;W;4;STK;",
        "KOMM;B-8;SO-3;;DC;1;W;5;STK;",
    )  # fmt: skip
    assert {(one.owner, one.business_key, one.body.quantity) for one in found.events} == {
        ("SO-1", "B-7/1", 2), ("SO-1", "B-7/2", 3), ("SO-2", "B-7", 4), ("SO-3", "B-8", 5),
    }  # fmt: skip
    back = rows("STOR;B-7;SO-1;;DC;2;;;;").events
    assert {one.body.reverses for one in back} == {"B-7", "B-7/2"}
