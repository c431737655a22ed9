"""Strangers' EPCIS files: what each says of order, items, quantities, units, places and times, read off by hand."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from milepost.codecs import epcis, formats
from milepost.codecs.documents import Reading
from milepost.tests.codecs.corpus import CORPUS, files, needs

pytestmark = needs("epcis")

TYPES = Counter({
    "epcis/ObjectEvent": 6, "epcis/AggregationEvent": 3, "epcis/AssociationEvent": 3, "epcis/TransactionEvent": 5,
    "epcis/TransformationEvent": 2,
})  # fmt: skip


def read(name: str) -> Reading:
    return epcis.read((CORPUS / "epcis" / f"Capture__{name}.json").read_bytes())


def fields(name: str, number: int = 0) -> dict[str, Any]:
    return read(name).documents[number].fields


def gtins(things: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(thing["gtin"], thing.get("serial", thing.get("lot", ""))) for thing in things]


def test_every_file_is_read_whole() -> None:
    """Each file is recognised and read, no event of it is refused, and together they are these."""
    counted: Counter[str] = Counter()
    for path in files("epcis"):
        value = path.read_bytes()
        assert formats.recognise(value).format == "epcis", path.name
        found = epcis.read(value)
        assert not found.refused, path.name
        counted.update(document.kind for document in found.documents)
    if {path.name for path in files("epcis")} == NAMED:
        assert counted == TYPES


NAMED = {
    f"Capture__{name}.json"
    for name in (
        "Documents__AggregationEvent", "Documents__Combination_of_different_event", "Documents__JumbledFieldsOrder",
        "Documents__ObjectEvent", "Documents__ObjectEvent_with_error_declaration", "Documents__TransactionEvent",
        "Events__AggregationEvent", "Events__AssociationEvent", "Events__ObjectEvent", "Events__TransactionEvent",
        "Events__TransformationEvent",
    )
}  # fmt: skip

SHIPPED = {
    "biz_step": "shipping", "disposition": "in_transit", "action": "OBSERVE", "offset": "-06:00",
    "event_time": "2005-04-03T20:33:31.116000-06:00",
}  # fmt: skip
RECEIVED = {
    "biz_step": "receiving", "disposition": "in_progress", "action": "OBSERVE", "offset": "-06:00",
    "event_time": "2005-04-04T20:33:31.116-06:00", "extensions": {"myField": "Example of a vendor/user extension"},
}  # fmt: skip


@pytest.mark.parametrize("name", ["Documents__ObjectEvent", "Documents__ObjectEvent_with_error_declaration"])
def test_two_items_shipped_one_received(name: str) -> None:
    """Order 12345678: two serialised items left, one arrived under despatch advice 1152."""
    shipped, received = fields(name, 0), fields(name, 1)
    assert shipped | SHIPPED == shipped
    assert received | RECEIVED == received
    assert gtins(shipped["epcs"]) == [("10614141073464", "2017"), ("10614141073464", "2018")]
    assert gtins(received["epcs"]) == [("10614141073464", "2018")]
    assert [one["id"] for one in shipped["transactions"]["po"]] == ["12345678"]
    assert [one["id"] for one in received["transactions"]["desadv"]] == ["1152"]
    assert received["transactions"]["desadv"][0]["gln"] == "0614141073467"
    assert (shipped["read_point"]["gln"], shipped["read_point"]["extension"]) == ("0614141073467", "1234")
    assert (received["read_point"]["gln"], received["biz_location"]["gln"]) == ("0012345111112", "0012345111112")
    assert ("error" in shipped) == (name != "Documents__ObjectEvent")


def test_which_events_are_taken_back() -> None:
    """Three events are declared wrong, each with the reason and the events that put it right."""
    found = {
        path.name.removeprefix("Capture__").removesuffix(".json"): [
            (
                document.fields["error"]["reason"],
                document.fields["error"]["time"],
                document.fields["error"]["corrective"],
            )
            for document in epcis.read(path.read_bytes()).documents
            if "error" in document.fields
        ]
        for path in files("epcis")
        if path.name in NAMED
    }
    assert {name: errors for name, errors in found.items() if errors} == {
        "Documents__Combination_of_different_event": [
            ("incorrect_data", "2019-11-07T14:00:00Z", ["urn:uuid:fd338495-0e6d-41dd-afee-a862ecd32518"]),
        ],
        "Documents__ObjectEvent_with_error_declaration": [
            ("incorrect_data", "2021-02-01T22:46:31.117000+00:00", [
                "ni:///sha-256;c6407ffcac52ec159528f2b556ba4ac3844c5aa48485c1fd61643e94f0a2d678?ver=CBV2.0",
                "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
            ]),
        ],
        "Events__TransformationEvent": [
            ("incorrect_data", "2020-01-15T00:00:00Z", ["urn:uuid:404d95fc-9457-4a51-bd6a-0bba133845a8"]),
        ],
    }  # fmt: skip


def test_a_pallet_received() -> None:
    """A pallet with two serialised items, ten of a class and 200.5 kg of a lot; kilograms keep their fraction."""
    event = fields("Documents__AggregationEvent")
    assert event["parent"]["sscc"] == "106141412345678908"
    assert gtins(event["children"]) == [("10614141073464", "2017"), ("10614141073464", "2018")]
    assert [
        (one["gtin"], one.get("lot", ""), one["quantity"], one.get("unit", "")) for one in event["child_quantities"]
    ] == [("04012345987652", "", 10, ""), ("04012345123456", "998877", "200.5", "KGM")]
    assert (event["read_point"]["gln"], event["biz_location"]["gln"]) == ("0614141007776", "0614141008889")


def test_three_references_of_one_receipt() -> None:
    """Invoice, order and despatch advice of a receipt, and who owned it before and after."""
    event = fields("Events__AggregationEvent")
    assert {kind: [one["id"] for one in ids] for kind, ids in event["transactions"].items()} == {
        "inv": ["A123"], "po": ["XYZ567"], "desadv": ["urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"],
    }  # fmt: skip
    assert event["transactions"]["po"][0]["gln"] == "9529999999991"
    assert event["sources"]["owning_party"][0]["gln"] == "9520001111112"
    assert event["destinations"]["owning_party"][0]["gln"] == "9520999999990"
    assert [serial for _, serial in gtins(event["children"])] == ["10000001001", "10000001002", "10000001003"]


def test_fields_in_any_order() -> None:
    """The event whose fields are jumbled: its order 1618034, ten kilograms of lot 4444, six parties, its sensors."""
    event = fields("Documents__JumbledFieldsOrder")
    assert event["transactions"]["po"][0]["id"] == "1618034"
    assert [(one["gtin"], one["lot"], one["quantity"], one["unit"]) for one in event["quantities"]] == [
        ("04012345111118", "4444", 10, "KGM")
    ]
    assert event["parent"]["sscc"] == "106141412345678908"
    assert {kind: ids[0]["gln"] for kind, ids in event["sources"].items()} == dict.fromkeys(
        ("owning_party", "location", "possessing_party"), "4012345002256"
    )
    assert {kind: ids[0]["gln"] for kind, ids in event["destinations"].items()} == dict.fromkeys(
        ("owning_party", "location", "possessing_party"), "0614141007776"
    )
    assert event["sensors"][0]["sensorReport"][0]["value"] == "26.0"


def test_what_was_made_of_what() -> None:
    """Inputs and outputs with their lots, quantities and units; an own field of the declaration is kept too."""
    event = fields("Events__TransformationEvent")
    assert gtins(event["inputs"]) == [("04012345111118", "987")]
    assert gtins(event["input_quantities"]) == [("04012345222227", "87545GHGH")]
    assert gtins(event["outputs"]) == [("04012345333336", "AGHFG")]
    assert [(one["gtin"], one["quantity"], one["unit"]) for one in event["output_quantities"]] == [
        ("04012345444445", 452, "KGM")
    ]
    assert event["error"]["extensions"] == {"vendorExtension": "Test1"}
    combined = fields("Documents__Combination_of_different_event", 3)
    assert [one.get("unit") for one in combined["input_quantities"]] == ["KGM", None, None]
    assert combined["persistent_disposition"] == {"set": ["completeness_verified"], "unset": ["completeness_inferred"]}
    assert combined["extensions"]["int"] == "10"


def test_things_that_are_no_goods() -> None:
    """Assets in a train and in a machine: own words are kept and told, own fields keep their structure."""
    found = read("Events__TransactionEvent")
    train = found.documents[0].fields
    assert (train["epcs"][0]["kind"], train["epcs"][0]["key"]) == ("giai", "952005385w2")
    assert train["transactions"] == {
        "urn:gs1:epcisapp:rail:btt:passage": [
            {"id": "xyz12345", "value": "http://transaction.examplerail.com/passage/xyz12345"}
        ]
    }
    assert [wagon["vehiclePosition"] for wagon in train["extensions"]["vehicle"]] == ["1", "2", "3"]
    assert [finding.code for finding in found.findings] == ["unknown_cbv"]
    machine = fields("Events__AssociationEvent")
    assert (machine["biz_step"], machine["record_time"]) == ("installing", "2019-11-06T14:05:00+01:00")
    assert machine["child_quantities"][0]["quantity"] == 4
    assert machine["sensors"][0]["sensorReport"][0]["maxValue"] == "12.2"
    untyped = fields("Documents__TransactionEvent")
    assert untyped["transactions"]["untyped"][0]["id"] == "0003555480001000"
