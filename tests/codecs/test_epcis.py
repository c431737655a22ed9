"""EPCIS 2.0: events in any spelling are the same documents under the same ids; the rest is the one error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from epcis_event_hash_generator import hash_generator, json_to_py
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs import cbv, epcis, epcis_hash, gs1
from milepost.codecs.documents import DOCUMENTS_MAX, Reading
from milepost.codecs.epcis_names import namespaces_of
from milepost.codecs.errors import REASONS, DecodeError
from milepost.tests.codecs.epcis_events import (
    CONTEXT,
    EXTENSION,
    document,
    events,
    lgtins,
    respelled,
    sgtins,
    shipping,
    ssccs,
)

NAMES = namespaces_of([CONTEXT, EXTENSION])


def read(message: Any) -> Reading:
    return epcis.read(json.dumps(message).encode())


def fields(**changes: Any) -> dict[str, Any]:
    found = read(document(shipping(**changes)))
    assert not found.refused
    return found.documents[0].fields


def answer(value: bytes) -> Reading | DecodeError:
    try:
        return epcis.read(value)
    except DecodeError as error:
        return error


def test_serialised_things_count_one_each_beside_quantities_of_their_article() -> None:
    """What an event is about adds up by article and unit; pallets by their SSCC are no articles."""
    things = [f"urn:epc:id:sgtin:4012345.012345.A{n}" for n in range(3)]
    pallets = ["urn:epc:id:sscc:4012345.3000000001"]
    lots = [{"epcClass": f"urn:epc:class:lgtin:4012345.012345.L{n}", "quantity": n} for n in (2, 4)]
    assert fields(epcList=things + pallets, quantityList=lots)["items"] == [{"gtin": "04012345123456", "quantity": "9"}]
    assert "items" not in fields(epcList=pallets, quantityList=[])


def test_a_quantity_that_is_left_out_is_no_number() -> None:
    """A class without a quantity is there, nobody knows how much of it: an item without a quantity, never one piece."""
    lots = [
        {"epcClass": f"urn:epc:class:lgtin:4012345.012345.L{n}", **said} for n, said in ((1, {"quantity": 2}), (2, {}))
    ]
    assert fields(epcList=[], quantityList=lots)["items"] == [{"gtin": "04012345123456"}]


def test_an_event_in_plain_names() -> None:
    """Each field of the standard is where a dialect looks for it, keys with their check digits."""
    assert fields(eventID="urn:uuid:1") == {
        "type": "ObjectEvent", "event_id": "urn:uuid:1", "event_time": "2026-03-02T09:15:30.250+01:00",
        "offset": "+01:00", "action": "OBSERVE", "biz_step": "shipping", "disposition": "in_transit",
        "epcs": [
            {"id": "urn:epc:id:sgtin:4012345.012345.A1", "kind": "sgtin", "gtin": "04012345123456",
             "link": "https://id.gs1.org/01/04012345123456/21/A1", "serial": "A1"},
            {"id": "https://shop.example/00/340123450000000017", "kind": "sscc", "sscc": "340123450000000017",
             "link": "https://id.gs1.org/00/340123450000000017"},
        ],
        "items": [{"gtin": "04012345123456", "quantity": "1"},
                  {"gtin": "04012345123456", "quantity": "2.5", "unit": "KGM"}],
        "quantities": [{"epc_class": "urn:epc:class:lgtin:4012345.012345.LOT7", "kind": "lgtin", "lot": "LOT7",
                        "gtin": "04012345123456", "link": "https://id.gs1.org/01/04012345123456/10/LOT7",
                        "quantity": "2.5", "unit": "KGM"}],
        "read_point": {"id": "urn:epc:id:sgln:4012345.00001.7", "kind": "sgln", "gln": "4012345000016",
                       "link": "https://id.gs1.org/414/4012345000016/254/7", "extension": "7"},
        "biz_location": {"id": "urn:epc:id:sgln:4012345.00002.0", "kind": "sgln", "gln": "4012345000023",
                         "link": "https://id.gs1.org/414/4012345000023"},
        "transactions": {
            "po": [{"id": "O-17", "value": "urn:epcglobal:cbv:bt:4012345000009:O-17", "gln": "4012345000009"}],
            "desadv": [{"id": "D-4", "value": "https://erp.example/asn/D-4?x=1"}],
        },
        "sources": {"possessing_party": [{"id": "urn:epc:id:pgln:4012345.00003", "kind": "pgln",
                                          "gln": "4012345000030", "link": "https://id.gs1.org/417/4012345000030"}]},
        "extensions": {"dock": "7"},
    }  # fmt: skip


@given(st.data())
def test_one_event_has_one_identity(data: st.DataObject) -> None:
    """Fields in another order, words and keys in other spellings, the time in another offset: the same hash."""
    event = data.draw(events())
    other = respelled(event, data.draw)
    assert epcis_hash.event_hash(other, NAMES) == epcis_hash.event_hash(event, NAMES)


@given(events(), st.sampled_from(["action", "bizStep", "own:more", "eventTime", "readPoint"]))
def test_another_event_has_another_identity(event: dict[str, Any], name: str) -> None:
    """What an event says is in its hash: with another value it is another."""
    values = {
        "action": "DELETE", "bizStep": "exampling", "own:more": "x", "eventTime": "1999-01-01T00:00:00Z",
        "readPoint": {"id": "geo:1,2"},
    }  # fmt: skip
    assert epcis_hash.event_hash(event | {name: values[name]}, NAMES) != epcis_hash.event_hash(event, NAMES)


@pytest.mark.filterwarnings("ignore:open_text is deprecated")
@given(events())
def test_the_hash_is_that_of_the_reference_program(event: dict[str, Any]) -> None:
    """For whatever event, the published reference program gives the same hash."""
    reference = json_to_py.event_list_from_epcis_document_json(json.loads(json.dumps(document(event))))
    assert hash_generator.epcis_hashes_from_events(reference) == [epcis_hash.event_hash(plainly(event), NAMES)]


def plainly(event: dict[str, Any]) -> dict[str, Any]:
    """Return the event as the reader has it: fractions are text."""
    found: dict[str, Any] = json.loads(json.dumps(event), parse_float=str)
    return found


# Each was computed by the reference program from an event of our own.
VECTORS = [
    (shipping(), "915953574cd5d9cfd61f98290a2c1a8044564188506eac551555fc86365486d9"),
    (
        {
            "type": "AggregationEvent", "eventTime": "2026-03-02T08:15:30.1235Z", "eventTimeZoneOffset": "-06:00",
            "parentID": "urn:epc:id:sscc:4012345.3000000001", "childEPCs": ["urn:epc:id:sgtin:4012345.012345.B%2F2"],
            "childQuantityList": [{"epcClass": "urn:epc:idpat:sgtin:4012345.012345.*", "quantity": 12.0}],
            "action": "ADD", "bizStep": "https://ref.gs1.org/cbv/BizStep-packing",
            "persistentDisposition": {"set": ["completeness_verified"], "unset": ["completeness_inferred"]},
        },
        "5f94fecec9344e8762e2a947155cfc7fa3c56476734c96ead2bb4585a4bc7500",
    ),
    (
        {
            "type": "TransformationEvent", "eventTime": "2026-03-02T23:59:59.1239+01:00",
            "eventTimeZoneOffset": "+01:00",
            "inputEPCList": ["urn:epc:id:giai:4012345.X7"], "outputEPCList": ["urn:epc:id:grai:4012345.00007.9"],
            "outputQuantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.L1", "quantity": 3, "uom": "EA"}],
            "transformationID": "urn:epc:id:gdti:4012345.00001.88", "bizStep": "commissioning",
            "ilmd": {"own:batch": "4711", "cbvmda:lotNumber": "L1"},
        },
        "94ed6747c3dab2216b892c5d7a20affabfe55a63a96eb36d0350062c636a953f",
    ),
    (
        {
            "type": "ObjectEvent", "eventTime": "2026-03-02T08:00:00Z", "eventTimeZoneOffset": "+00:00",
            "action": "OBSERVE", "bizStep": "inspecting", "epcList": ["urn:epc:id:sgtin:4012345.012345.C3"],
            "certificationInfo": "https://certs.example/7",
            "sensorElementList": [
                {
                    "sensorMetadata": {"time": "2026-03-02T07:59:00.5+01:00", "deviceID": "urn:epc:id:giai:4012345.D1"},
                    "sensorReport": [
                        {"type": "Temperature", "value": 26.50, "uom": "CEL"},
                        {"type": "gs1:Speed", "minValue": -1.0, "maxValue": 160, "uom": "KMH"},
                    ],
                }
            ],
            "own:deep": {"own:b": 2, "own:a": "x"},
        },
        "b58ef80bc3a5ca6f146fb7b88c3c4f3ff78432e02211f920cf5f4c52a3f78639",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("event", "digest"), VECTORS)
def test_known_hashes(event: dict[str, Any], digest: str) -> None:
    """Events of every kind have the hash that the reference program gave them once."""
    assert epcis_hash.event_hash(plainly(event), NAMES) == f"ni:///sha-256;{digest}?ver=CBV2.0"


def test_a_time_is_rounded_half_up() -> None:
    """The fourth decimal rounds the third, into the next second too; a leap second and any offset are times."""
    times = {
        "2026-03-02T10:00:00.1425Z": "2026-03-02T10:00:00.143Z",
        "2026-03-02T10:00:00.14249Z": "2026-03-02T10:00:00.142Z",
        "2026-12-31T23:59:59.9995-01:30": "2027-01-01T01:30:00.000Z",
        "2026-03-02T10:00:60Z": "2026-03-02T10:01:00.000Z",
        "2026-03-02T10:00+0100": "2026-03-02T09:00:00.000Z", "2026-02-30T10:00:00Z": None, "2026-03-02T10:00:00": None,
    }  # fmt: skip
    assert {text: epcis_hash.time_in_utc(text) for text in times} == times


@given(sgtins | ssccs | lgtins)
def test_a_key_is_one_in_every_spelling(urn: str) -> None:
    """A URN and the link it becomes are the same key, with a right check digit; so is the link on any other host."""
    key = gs1.parse(urn)
    assert key is not None
    assert key.valid
    assert gs1.parse(key.link) == key
    assert gs1.parse(key.link.replace("https://id.gs1.org", "http://shop.example:80/x") + "?a=/01/x#y") == key


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("urn:epc:id:sgtin:0614141.107346.2017", "sgtin", "10614141073464"),
        ("urn:epc:id:sscc:0614141.1234567890", "sscc", "106141412345678908"),
        ("urn:epc:id:sgln:4012345.00005.0", "sgln", "4012345000054"),
        ("https://shop.example/gtin/4012345123456/cpv/x/lot/L1/ser/S1", "sgtin", "04012345123456"),
        ("https://shop.example/01/614141007349", "gtin", "00614141007349"),
        ("urn:epc:id:sgtin:061414.107346.2017", None, ""),
        ("urn:epc:id:sgtin:0614141.107346", None, ""),
        ("urn:epc:id:sgtin:0614141.10734X.1", None, ""),
        ("https://shop.example/01/2026/03", None, ""),
        ("https://shop.example/orders/401", None, ""),
        ("urn:uuid:1", None, ""),
    ],
)
def test_which_key_it_is(text: str, kind: str | None, key: str) -> None:
    """A key's kind and digits; what only looks like one is none."""
    found = gs1.parse(text)
    assert (found and found.kind, found.key if found else "") == (kind, key)


@given(st.sampled_from(cbv.VOCABULARIES), st.data())
def test_a_word_is_one_in_every_spelling(vocabulary: cbv.Vocabulary, data: st.DataObject) -> None:
    """Bare, as a URN, as a web address and shortened it is the same word of its vocabulary, and of no other."""
    word = data.draw(st.sampled_from(sorted(vocabulary.words)))
    short = "cbv:" + vocabulary.web.removeprefix(cbv.WEB)
    for start in ("", vocabulary.urn, vocabulary.web, vocabulary.web.replace("https", "http"), short):
        assert cbv.word(vocabulary, start + word) == (word, True)
    for other in cbv.VOCABULARIES:
        if other is not vocabulary:
            assert not cbv.word(other, vocabulary.web + word)[1]


def test_an_unknown_word_is_kept_and_told() -> None:
    """What the vocabulary lacks stays as it was sent, with a finding; it is never guessed."""
    found = read(document(shipping(bizStep="own:exampling", disposition="shiny")))
    assert found.documents[0].fields["biz_step"] == "own:exampling"
    assert found.documents[0].fields["disposition"] == "shiny"
    assert [(finding.code, finding.value) for finding in found.findings] == [
        ("unknown_cbv", "own:exampling"), ("unknown_cbv", "shiny"),
    ]  # fmt: skip


def test_an_error_declaration_names_its_event() -> None:
    """The declaration has the event's own id, with or without an eventID, and is a document beside it."""
    error = {"declarationTime": "2026-03-03T00:00:00Z", "reason": "urn:epcglobal:cbv:er:did_not_occur",
             "correctiveEventIDs": ["urn:uuid:2"]}  # fmt: skip
    for own in ({}, {"eventID": "urn:uuid:1"}):
        found = read(document(shipping(**own), shipping(**own, errorDeclaration=error)))
        event, taken_back = found.documents
        assert taken_back.fields["event_id"] == event.fields["event_id"] == event.id
        assert taken_back.id != event.id
        assert read(document(shipping(**own, errorDeclaration=error))).documents[0].id == taken_back.id
        assert taken_back.fields["error"] == {
            "time": "2026-03-03T00:00:00Z", "reason": "did_not_occur", "corrective": ["urn:uuid:2"],
        }  # fmt: skip


def test_every_frame_around_events_is_read() -> None:
    """Documents, answers to queries, one event, bare events and lists of them give the same documents."""
    event = shipping(**{"@context": EXTENSION})
    whole = read(document(event)).documents[0]
    frames = [
        event, [event], document(epcisBody={"event": event}),
        document(epcisBody={"queryResults": {"queryName": "q", "resultsBody": {"eventList": [event]}}}) | {
            "type": "EPCISQueryDocument"},
    ]  # fmt: skip
    for frame in frames:
        assert [(found.kind, found.fields, found.id) for found in read(frame).documents] == [
            ("epcis/ObjectEvent", whole.fields, whole.id)
        ]
    assert read(document()) == Reading()


def test_prefixes_are_resolved_and_never_fetched() -> None:
    """The same extension under another prefix is the same; a context that cannot be fetched is not missed."""
    event = shipping()
    other = {name.replace("own:", "o:"): value for name, value in event.items()}
    context = ["https://nowhere.invalid/context.jsonld", {"o": {"@id": EXTENSION["own"]}}]
    assert read(document(other, **{"@context": context})).documents[0].id == read(document(event)).documents[0].id


@pytest.mark.parametrize(
    ("changes", "reason", "place"),
    [
        ({"type": None}, "missing_field", ".type"),
        ({"type": "QuantityEvent"}, "unknown_type", ".type"),
        ({"eventTime": None}, "missing_field", ".eventTime"),
        ({"eventTime": "yesterday"}, "invalid_value", ".eventTime"),
        ({"eventTime": "2026-02-30T00:00:00Z"}, "invalid_value", ".eventTime"),
        ({"eventTime": "1066-10-14T09:00:00Z"}, "absurd_time", ".eventTime"),
        ({"action": "MOVE"}, "invalid_value", ".action"),
        ({"epcList": "urn:x"}, "wrong_type", ".epcList"),
        ({"epcList": [7]}, "invalid_value", ".epcList[0]"),
        ({"quantityList": [7]}, "wrong_type", ".quantityList[0]"),
        ({"quantityList": [{"quantity": 1}]}, "missing_field", ".quantityList[0].epcClass"),
        ({"quantityList": [{"epcClass": "x", "quantity": []}]}, "wrong_type", ".quantityList[0].quantity"),
        *(
            ({"quantityList": [{"epcClass": "x", "quantity": one}]}, "invalid_value", ".quantityList[0].quantity")
            for one in ("sNaN", "-Infinity", "9e999999", "1e-999999", "many", "")
        ),
        ({"readPoint": {}}, "missing_field", ".readPoint.id"),
        ({"eventID": 7}, "wrong_type", ".eventID"),
        ({"errorDeclaration": "x"}, "wrong_type", ".errorDeclaration"),
    ],
)
def test_a_bad_event_is_refused_alone(changes: dict[str, Any], reason: str, place: str) -> None:
    """What is wrong with an event refuses it by its place, and its bytes are a document that can be sent again."""
    found = read(document(shipping(**changes), shipping(eventID="urn:uuid:2")))
    assert [other.id for other in found.documents] == ["urn:uuid:2"]
    (part,) = found.refused
    assert (part.error.reason, part.error.place) == (reason, f"$.epcisBody.eventList[0]{place}")
    again = epcis.read(part.value)
    assert not again.documents
    assert str(again.refused[0].error) == str(part.error)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (7, "wrong_type"),
        ({}, "unknown_type"),
        ({"type": "EPCISDocument", "schemaVersion": "2.0"}, "missing_field"),
        (document(schemaVersion="1.2"), "unknown_version"),
        ([{}] * (DOCUMENTS_MAX + 1), "too_large"),
        (shipping(eventTime="x"), "invalid_value"),
    ],
)
def test_a_message_that_is_none(message: Any, reason: str) -> None:
    """What holds no events, or those of another version, is refused as a whole."""
    error = answer(json.dumps(message).encode())
    assert isinstance(error, DecodeError)
    assert error.reason == reason


def test_what_is_read_past_is_told() -> None:
    """A time without offset is read with the event's own; a wrong check digit and an unknown field are findings."""
    found = read(
        document(shipping(eventTime="2026-03-02T09:15:30", epcList=["https://x.example/01/04012345123457"], odd=1))
    )
    assert found.documents[0].fields["event_time"] == "2026-03-02T09:15:30+01:00"
    assert sorted(finding.code for finding in found.findings) == [
        "bad_check_digit", "time_without_offset", "unknown_field",
    ]  # fmt: skip


def test_the_same_event_twice_is_one_document() -> None:
    """An event said twice in a message is one; another under the same id has an id of its own. Both are told."""
    twice = read(document(shipping(), shipping(recordTime=None)))
    assert len(twice.documents) == 1
    other = read(document(shipping(eventID="urn:uuid:1"), shipping(eventID="urn:uuid:1", action="ADD")))
    assert [found.id for found in other.documents] == ["urn:uuid:1", "urn:uuid:1#1"]
    for found in (twice, other):
        assert [finding.code for finding in found.findings] == ["repeated_id"]


WILD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | sgtins,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(shipping())), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from([*shipping(), "ilmd", "errorDeclaration", "sensorElementList"]), WILD, max_size=4)
)
def test_any_event_is_a_document_or_refused(changes: dict[str, Any]) -> None:
    """Whatever stands in an event's fields, it is a document or refused with a reason, the same way twice."""
    value = json.dumps(document(shipping() | changes)).encode()
    found = answer(value)
    assert isinstance(found, Reading)
    assert len(found.documents) + len(found.refused) == 1
    assert all(part.error.reason in REASONS for part in found.refused)
    assert str(answer(value)) == str(found)


@given(st.binary(max_size=200))
def test_any_bytes_are_events_or_the_one_error(value: bytes) -> None:
    """Whatever the bytes, the reader answers with a Reading or a DecodeError."""
    found = answer(value)
    assert isinstance(found, Reading) or found.reason in REASONS
