"""Formats by name: what bytes are is said of any bytes, each is read by its reader, wrong options are told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs import formats, plain_paths
from milepost.codecs.documents import Reading
from milepost.codecs.errors import REASONS, DecodeError
from milepost.tests.codecs.corpus import files, needs
from milepost.tests.codecs.epcis_events import document, shipping
from milepost.tests.codecs.events import plain, written

FORMATS = st.sampled_from(formats.READ)
LABELS = st.sampled_from(
    ["", "application/json", "text/csv", "application/edi-x12", "application/cloudevents+json", "é;"]
)
NAMES = st.sampled_from(["", "a.csv", "a.edi", "a", ".", "x.json", "a.zip"])
STARTS = st.sampled_from(
    [b"", b"ISA*00*", b"{", b"[", b"<a", b"a,b\n1,2\n", b"UNB+", b"\xff\xfe", b"\xef\xbb\xbf", b"ST*9"]
)


def answer(format: str, value: bytes, **options: Any) -> Reading | DecodeError:
    try:
        return formats.read_as(format, options, value)
    except DecodeError as error:
        return error


@given(st.tuples(STARTS, st.binary(max_size=200)).map(b"".join), LABELS, NAMES)
def test_any_bytes_are_recognised(value: bytes, content_type: str, name: str) -> None:
    """Whatever the bytes, their label and their name, something is said of them, and options that can be read with."""
    found = formats.recognise(value, content_type, name)
    assert found.format in (*formats.READ, *formats.REFUSED_BY_NAME)
    assert found.why
    assert formats.recognise(value, content_type, name) == found
    if found.format in formats.READ and found.format != "fixed":
        assert formats.problems(found.format, found.options) == []


@given(FORMATS, st.tuples(STARTS, st.binary(max_size=200)).map(b"".join))
def test_any_bytes_are_read_or_the_one_error(format: str, value: bytes) -> None:
    """Whatever the bytes and the format they are read as, the answer is a Reading or a DecodeError, twice the same."""
    options = {"columns": {"a": "1-2"}} if format == "fixed" else {}
    first = answer(format, value, **options)
    assert str(first) == str(answer(format, value, **options))
    assert isinstance(first, Reading) or first.reason in REASONS


TABLE = [
    (b"", "", "", "empty"),
    (b" \r\n\t", "", "", "empty"),
    (b"\xef\xbb\xbf\n", "", "", "empty"),
    (b"ISA*00*          *00*", "", "", "x12"),
    (b"\xef\xbb\xbf\r\n  ISA|00|", "", "", "x12"),
    (b"ST*945*0001~", "", "", "x12"),
    (b"GS*SW*A*B*20260302*0915*1*X*004010~", "", "", "x12"),
    (b"UNA:+.? 'UNB+UNOC:3+A+B'", "", "", "edifact"),
    (b"UNB+UNOC:3+A+B'", "", "", "edifact"),
    (b"<?xml version='1.0'?><order/>", "", "", "xml"),
    (b"<Order xmlns='x'><a/></Order>", "", "", "xml"),
    (b"<!DOCTYPE html><html>", "", "", "html"),
    (b"PK\x03\x04....", "", "", "zip"),
    (b"\x1f\x8b\x08", "", "", "gzip"),
    (b"%PDF-1.7", "", "", "pdf"),
    (b"\x00\x01\x02\x03", "", "", "binary"),
    (b'{"a":1}', "", "", "json"),
    (b'[{"a":1}]', "", "", "json"),
    (b'{"a":1', "", "", "json"),
    (json.dumps(shipping()).encode(), "", "", "epcis"),
    (json.dumps([shipping()]).encode(), "", "", "epcis"),
    (json.dumps(document(shipping())).encode(), "", "", "epcis"),
    (b'{"specversion":"1.0","id":"1","source":"s","type":"t","data":1}', "", "", "cloudevents"),
    (b"anything", "application/cloudevents+json; charset=utf-8", "", "cloudevents"),
    (written(), "", "", "canonical"),
    (b'{"batch_id":"b","events":[]}', "", "", "canonical"),
    (b"order,qty\nA,1\n", "", "", "csv"),
    (b"order,qty", "text/csv", "", "csv"),
    (b"order,qty", "", "drop.csv", "csv"),
    (b"Dear all,\n\nthe truck is late.\nBest, Ann", "", "", "unknown"),
    (b"one line, with a comma", "", "", "unknown"),
    (b"A001  00012\nA002  00013\n", "", "", "fixed"),
    (b"garbage", "application/json", "", "json"),
    (b"garbage", "", "x.edi", "x12"),
    (b"ISA*00*", "application/json", "x.json", "x12"),
]


@pytest.mark.parametrize(("value", "content_type", "name", "format"), TABLE)
def test_what_it_is(value: bytes, content_type: str, name: str, format: str) -> None:
    """Content counts before the content type, that before the name; what nothing here reads has a name too."""
    assert formats.recognise(value, content_type, name).format == format


@pytest.mark.parametrize(
    ("value", "options"),
    [
        (b"a,b,c\n1,2,3\n", {}),
        (b"a;b;c\n1,5;2,5;3,5\n2;3;4\n", {"delimiter": ";"}),
        (b"a\tb\n1,5\t2\n", {"delimiter": "tab"}),
        (b"a|b\n1|2\n", {"delimiter": "|"}),
        (b'a,b\n"x,y",2\n"p;q",3\n', {}),
        (b"report\n\na;b\n1;2\n3;4\n5;6\n7;8\n", {"delimiter": ";", "skip": 2}),
        (b"1,2\n3,4\n", {"header": False, "columns": ["column_1", "column_2"]}),
        ("größe;b\n1;2\n".encode("latin-1"), {"delimiter": ";", "encoding": "cp1252"}),
        ("a;b\n1;2\n".encode("utf-16"), {"delimiter": ";", "encoding": "utf-16"}),
    ],
)  # fmt: skip
def test_how_a_table_is_laid_out(value: bytes, options: dict[str, Any]) -> None:
    """Delimiter, header, lines before it and encoding are found by counting, and the table can be read with them."""
    found = formats.recognise(value)
    assert (found.format, found.options) == ("csv", options)
    reading = formats.read_as("csv", found.options, value)
    assert reading.documents
    assert not reading.refused


VENDORS = [
    ("easypost", {"id": "evt_1", "object": "Event", "description": "tracker.updated", "result": {"object": "Tracker"}}),
    ("shiphero", {"webhook_type": "Shipment Update", "fulfillment": {"shipment_id": 1}}),
    ("shipstation", {"resource_url": "https://x", "resource_type": "TRACK_EVENT_V2"}),
    ("ongoing", {"webhookEventId": "1", "goodsOwnerId": 2, "path": "/orders/1"}),
    ("project44", {"shipment": {"shipmentIdentifiers": []}, "latestStatusUpdate": {}}),
    ("amazon sp-api", {"NotificationType": "X", "Payload": {}, "NotificationMetadata": {"NotificationId": "1"}}),
    ("", {"order": 1, "shipment": {"id": 2}}),
]  # fmt: skip


@pytest.mark.parametrize(("vendor", "payload"), VENDORS)
def test_whose_it_is(vendor: str, payload: dict[str, Any]) -> None:
    """A vendor's payload is known by its shape, alone and in a list; the options read it under its own id."""
    for value in (payload, [payload]):
        raw = json.dumps(value).encode()
        found = formats.recognise(raw)
        assert (found.format, found.vendor) == ("json", vendor)
        assert formats.read_as("json", found.options, raw).documents


@pytest.mark.parametrize("format", [*formats.REFUSED_BY_NAME, "", "edi"])
def test_what_nothing_reads(format: str) -> None:
    """A format that has no reader is one error with its name, and a problem of a dialect that names it."""
    found = answer(format, b"x")
    assert isinstance(found, DecodeError)
    assert (found.reason, repr(format) in found.text) == ("unknown_format", True)
    assert formats.problems(format, {})


@pytest.mark.parametrize(
    ("format", "options", "said"),
    [
        ("json", {"document": "$.a"}, "document"),
        ("json", {"documents": "events"}, "path"),
        ("json", {"duplicates": "first"}, "duplicates"),
        ("json", {"schema": "file.json"}, "schema"),
        ("json", {"schema": {"$ref": "#/none"}}, "nowhere"),
        ("x12", {"policy": "lax"}, "policy"),
        ("x12", {"ack": "998"}, "ack"),
        ("epcis", {"policy": "strict"}, "policy"),
        ("csv", {"delimiter": ";;"}, "delimiter"),
        ("fixed", {}, "columns"),
    ],
)
def test_options_that_are_none(format: str, options: dict[str, Any], said: str) -> None:
    """Wrong options are one sentence when a dialect is checked, and the one error for who reads with them."""
    (problem,) = formats.problems(format, options)
    assert said in problem
    found = answer(format, b'{"a":1}', **options)
    assert isinstance(found, DecodeError)
    assert said in found.text


def test_each_format_by_its_name() -> None:
    """Every reader answers under its name, also with options as the texts that a dialect has."""
    cases: list[tuple[str, dict[str, Any], bytes, str]] = [
        ("json", {"documents": "$.e", "id": "$.i"}, b'{"e":[{"i":7}]}', "json"),
        ("epcis", {}, json.dumps(shipping()).encode(), "epcis/ObjectEvent"),
        ("cloudevents", {}, b'{"specversion":"1.0","id":"1","source":"s","type":"t","data":1}', "cloudevent"),
        ("csv", {"delimiter": "tab", "header": "false", "columns": ["a", "b"], "skip": "1"}, b"x\n1\t2\n", "csv"),
        ("fixed", {"columns": {"a": "1-2"}}, b"12\n", "csv"),
        ("canonical", {}, written(), "canonical"),
    ]
    for format, options, value, kind in cases:
        assert formats.problems(format, options) == []
        assert [found.kind for found in formats.read_as(format, options, value).documents] == [kind]


def test_our_own_events_stand_by_themselves() -> None:
    """Rows of a batch of ours are documents, checked by the contract; a bad one is refused alone."""
    batch = {"batch_id": "b-1", "events": [plain(), plain(event_id="m-2", owner=7)]}
    found = formats.read_as("canonical", {}, json.dumps(batch).encode())
    assert [(one.id, one.fields["batch"]) for one in found.documents] == [("m-1", "b-1")]
    assert [(part.error.reason, part.error.place) for part in found.refused] == [("wrong_type", "$.events[1].owner")]


@given(st.dictionaries(st.text("abc", min_size=1), st.text("xyz ,;\n", min_size=1).map(str.strip), min_size=1))
def test_what_is_written_is_read_back(fields: dict[str, str]) -> None:
    """What a format writes, it reads as the same document."""
    for format in ("json", "csv"):
        value = formats.write_as(format, {}, format, fields)
        assert [one.fields for one in formats.read_as(format, {}, value).documents] == [fields]


@pytest.mark.parametrize("format", ["epcis", "canonical", "pdf", "x12"])
def test_what_nothing_writes(format: str) -> None:
    """A format without a writer, or X12 without its envelope, is a ValueError."""
    with pytest.raises(ValueError, match="written"):
        formats.write_as(format, {}, "x12/997", {"at": datetime(2026, 3, 2, tzinfo=UTC)})


def example_of(schema: dict[str, Any]) -> Any:
    """Return the schema's own example, else one put together from the examples of its properties."""
    if schema.get("examples"):
        return schema["examples"][0]
    named = {name: part["examples"][0] for name, part in schema["properties"].items() if part.get("examples")}
    metadata = dict.fromkeys(("ApplicationId", "SubscriptionId", "NotificationId"), "d0e9e693")
    metadata["PublishTime"] = "2026-03-02T08:00:00Z"
    return {"NotificationType": "FBA_INVENTORY_AVAILABILITY_CHANGES", "NotificationMetadata": metadata} | named


@needs("webhooks")
@pytest.mark.parametrize("path", files("webhooks"), ids=lambda path: path.stem)
def test_strangers_schemas_and_their_examples(path: Path) -> None:
    """A schema's own examples keep to it and are read whole, under the notification's id."""
    schema = json.loads(path.read_bytes())
    value = json.dumps(example_of(schema)).encode()
    recognised = formats.recognise(value)
    assert (recognised.format, recognised.vendor) == ("json", "amazon sp-api")
    options: dict[str, Any] = recognised.options | ({} if dangles(path) else {"schema": schema})
    assert formats.problems("json", options) == []
    (found,) = formats.read_as("json", options, value).documents
    assert found.fields == json.loads(value, parse_float=str)
    metadata = found.fields.get("NotificationMetadata") or found.fields["notificationMetadata"]
    assert found.id == (metadata.get("NotificationId") or metadata["notificationId"])


def dangles(path: Path) -> bool:
    """Say whether the schema is the one known to refer to a part that it does not have."""
    return path.stem == "ShipmentTrackingMilestoneChangedNotification"


@needs("webhooks")
@pytest.mark.parametrize("path", [path for path in files("webhooks") if dangles(path)], ids=lambda path: path.stem)
def test_a_strangers_schema_that_refers_to_nothing(path: Path) -> None:
    """Its dangling reference is one sentence that names it, when the dialect is checked."""
    (problem,) = formats.problems("json", {"schema": json.loads(path.read_bytes())})
    assert "'#/definitions/Notification' leads nowhere" in problem


_TRACKING = "$.payload.shipmentTrackingMilestoneChangedNotification.trackingDetail"
SPOKEN = {
    "FBAOutboundShipmentStatusNotification": {
        "$.Payload.FBAOutboundShipmentStatusNotification.AmazonOrderId": "113-2646096-4474645",
        "$.Payload.FBAOutboundShipmentStatusNotification.ShipmentStatus": "Created",
        "$.EventTime": "2020-01-11T00:09:53.109Z",
    },
    "FulfillmentOrderStatusNotification": {
        "$.Payload.FulfillmentOrderStatusNotification.SellerFulfillmentOrderId": "SFOID2345",
        "$.Payload.FulfillmentOrderStatusNotification.FulfillmentOrderStatus": "PROCESSED",
        "$.Payload.FulfillmentOrderStatusNotification.FulfillmentShipment.FulfillmentShipmentPackages[2].TrackingNumber":
            "1Z885647654573405",
        "$.Payload.FulfillmentOrderStatusNotification.FulfillmentReturnItem.ReturnedQuantity": 12,
    },
    "ItemInventoryEventChangeNotification": {
        "$.payload.itemInventoryEventChanges[1].asin": "B00094A20U",
        "$.payload.itemInventoryEventChanges[1].highlyAvailableInventory": 519,
    },
    "OrderChangeNotification": {
        "$.Payload.OrderChangeNotification.AmazonOrderId": "903-8868176-2219830",
        "$.Payload.OrderChangeNotification.Summary.OrderItems[0].Quantity": 10,
        "$.Payload.OrderChangeNotification.Summary.OrderItems[0].QuantityShipped": 0,
    },
    "ShipmentTrackingMilestoneChangedNotification": {
        f"{_TRACKING}.latestMilestone.status.code": "DELIVERED",
        f"{_TRACKING}.latestMilestone.occurredAt": "2026-06-14T01:26:56Z",
        f"{_TRACKING}.milestoneHistory[1].status.code": "OUT_FOR_DELIVERY",
    },
    "TransactionUpdateNotification": {
        "$.Payload.TransactionUpdateNotification.RelatedIdentifiers[0].RelatedIdentifierValue": "8129762527551",
        "$.Payload.TransactionUpdateNotification.TotalAmount.CurrencyAmount": 10,
    },
}  # fmt: skip


@needs("webhooks")
@pytest.mark.parametrize(
    "path", [path for path in files("webhooks") if path.stem in SPOKEN], ids=lambda path: path.stem
)
def test_what_strangers_notifications_say(path: Path) -> None:
    """Orders, quantities, statuses and times that a person reads in the examples stand at these paths."""
    (found,) = formats.read_as("json", {}, json.dumps(example_of(json.loads(path.read_bytes()))).encode()).documents
    assert {place: plain_paths.at(found.fields, place) for place in SPOKEN[path.stem]} == SPOKEN[path.stem]
