"""CloudEvents 1.0 on Kafka: the official SDK reads what we write, we read what it writes, nothing is without data."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

import pytest
from cloudevents.core.bindings import kafka as sdk
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs import cloudevents
from milepost.codecs.errors import REASONS, DecodeError

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12)
NAMES = st.text("abcdefgh0123", min_size=1, max_size=8).filter(
    lambda name: name not in ("data", "id", "type", "time", "source", "subject")
)
DATA = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.isoformat() + "Z")


@st.composite
def documents(draw: st.DrawFn, *, for_sdk: bool = False) -> dict[str, Any]:
    """Draw the document of an event, its data JSON, text or bytes.

    The SDK adds a time where there is none, and writes nothing but objects as JSON.
    """
    event: dict[str, Any] = {"id": draw(TEXT), "source": draw(TEXT), "type": draw(TEXT), "specversion": "1.0"}
    event |= draw(st.dictionaries(NAMES, TEXT, max_size=3))
    optional = {"subject": TEXT, "time": TIMES, "partitionkey": TEXT}
    event |= {name: draw(values) for name, values in optional.items() if for_sdk or draw(st.booleans())}
    kind = draw(
        st.sampled_from(["application/json", "application/vnd.x+json; charset=utf-8", "text/plain", "image/png"])
    )
    event["datacontenttype"] = kind
    if kind == "image/png":
        event["data_base64"] = base64.b64encode(draw(st.binary(min_size=1, max_size=20))).decode()
    else:
        data = st.dictionaries(TEXT, DATA, max_size=3) if for_sdk else DATA
        event["data"] = draw(TEXT if kind == "text/plain" else data)
    return event


def only(value: bytes | None, content_type: str = "", headers: Any = ()) -> dict[str, Any]:
    (document,) = cloudevents.read(value, content_type, headers).documents
    assert document.kind == "cloudevent"
    return document.fields


def refusal(value: bytes | None, content_type: str = cloudevents.STRUCTURED, headers: Any = ()) -> DecodeError:
    with pytest.raises(DecodeError) as caught:
        cloudevents.read(value, content_type, headers)
    assert caught.value.reason in REASONS
    return caught.value


@given(documents())
def test_both_modes_say_the_same(event: dict[str, Any]) -> None:
    """Written binary or structured and read again, an event is the document that it was."""
    assert only(cloudevents.write(event), cloudevents.STRUCTURED + "; charset=UTF-8") == event
    binary = cloudevents.write_binary(event)
    assert only(binary.value, headers=binary.headers) == event
    assert binary.key.decode() == event.get("partitionkey", "")


@given(documents(for_sdk=True))
def test_the_sdk_reads_what_we_write(event: dict[str, Any]) -> None:
    """The official SDK finds the same attributes and data in both modes."""
    binary = cloudevents.write_binary(event)
    structured = [("content-type", cloudevents.STRUCTURED.encode())]
    for value, headers, read in (
        (binary.value, binary.headers, sdk.from_binary),
        (cloudevents.write(event), structured, sdk.from_structured),
    ):
        found = read(sdk.KafkaMessage(dict(headers), None, value), JSONFormat(), CloudEvent)
        attributes = {
            name: value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
            for name, value in found.get_attributes().items()
        }
        assert attributes == {name: value for name, value in event.items() if not name.startswith("data")} | {
            "datacontenttype": event["datacontenttype"]
        }
        assert _same(found.get_data(), event)


def _same(data: Any, event: dict[str, Any]) -> bool:
    if "data_base64" in event:
        # Of bytes that happen to be UTF-8 the SDK makes a text.
        return (data.encode() if isinstance(data, str) else data) == base64.b64decode(event["data_base64"])
    return bool(data == event["data"])


@given(documents(for_sdk=True))
def test_we_read_what_the_sdk_writes(event: dict[str, Any]) -> None:
    """An event that the official SDK wrote, in both modes, is the document with the same attributes and data."""
    attributes = {name: value for name, value in event.items() if name not in ("data", "data_base64")}
    if "time" in attributes:
        attributes["time"] = datetime.fromisoformat(attributes["time"].replace("Z", "+00:00"))
    data = base64.b64decode(event["data_base64"]) if "data_base64" in event else event["data"]
    theirs = CloudEvent(attributes, data)
    for write in (sdk.to_binary, sdk.to_structured):
        message = write(theirs, JSONFormat())
        found = only(message.value, headers=tuple(message.headers.items()))
        assert found == event


ATTRIBUTES = {"id": "1", "source": "/wms", "type": "x", "specversion": "1.0"}


@pytest.mark.parametrize(
    ("changes", "reason", "place"),
    [
        ({"specversion": "0.3"}, "unknown_version", "$.specversion"),
        ({"specversion": None}, "missing_field", "$.specversion"),
        ({"id": ""}, "missing_field", "$.id"),
        ({"source": None}, "missing_field", "$.source"),
        ({"type": 7}, "wrong_type", "$.type"),
        ({"Subject": "x"}, "invalid_value", "$.Subject"),
        ({"sub_ject": "x"}, "invalid_value", "$.sub_ject"),
        ({"subject": ""}, "invalid_value", "$.subject"),
        ({"own": {"a": 1}}, "wrong_type", "$.own"),
        ({"time": "2026-03-02 10:00:00Z"}, "invalid_value", "$.time"),
        ({"time": "2026-03-02T10:00:00"}, "invalid_value", "$.time"),
        ({"time": "2026-02-30T10:00:00Z"}, "invalid_value", "$.time"),
        ({"data": None}, "missing_field", "$.data"),
        ({"data": ""}, "missing_field", "$.data"),
        ({"data": None, "data_base64": ""}, "missing_field", "$.data"),
        ({"data": None, "data_base64": "%%"}, "invalid_value", "$.data_base64"),
        ({"data_base64": "YQ=="}, "invalid_value", "$.data_base64"),
        ({"datacontenttype": "text/plain", "data": {"a": 1}}, "wrong_type", "$.data"),
    ],
)
def test_what_is_no_event(changes: dict[str, Any], reason: str, place: str) -> None:
    """An event that breaks a rule of the specification is refused by the attribute, and cannot be written either."""
    event = {name: value for name, value in (ATTRIBUTES | {"data": {"a": 1}} | changes).items() if value is not None}
    error = refusal(json.dumps(event).encode())
    assert (error.reason, error.place) == (reason, place)
    if "specversion" in event:
        with pytest.raises(ValueError, match=reason):
            cloudevents.write(event)


@pytest.mark.parametrize("value", [None, b""])
def test_nothing_is_no_event(value: bytes | None) -> None:
    """A record without a value is a deletion, never an event, in either mode."""
    headers = tuple((f"ce_{name}", text.encode()) for name, text in ATTRIBUTES.items())
    assert refusal(value).reason == "missing_field"
    assert refusal(value, "", headers).reason == "missing_field"
    with pytest.raises(ValueError, match="deletion"):
        cloudevents.write_binary(ATTRIBUTES)


def test_headers_of_either_transport() -> None:
    """Kafka's names as they are, HTTP's percent-encoded, in any case; a header that stands twice must say the same."""
    kafka = [("ce_id", b"a%20b"), ("ce_source", "/lager/süd".encode()), ("ce_type", b"x"), ("ce_specversion", b"1.0")]
    assert only(b"{}", "application/json", kafka)["id"] == "a%20b"
    http = [("CE-Id", b"a%20b"), ("ce-source", b"/l%C3%BC"), ("ce-type", b"x"), ("ce-specversion", b"1.0")]
    found = only(b"{}", "application/json", http)
    assert (found["id"], found["source"]) == ("a b", "/lü")
    assert only(b"{}", "", [*kafka, ("ce_type", b"x")])["type"] == "x"
    assert refusal(b"{}", "", [*kafka, ("ce_type", b"y")]).reason == "invalid_value"
    assert refusal(b"{}", "", [*kafka, ("ce_own", b"\xff")]).reason == "not_utf8"
    assert refusal(b"{", "application/json", kafka).place.startswith("$.data")


def test_another_event_under_the_same_id_is_not_lost() -> None:
    """Two events of a batch that share source and id and say different things are both there, and that is told."""
    event = {"specversion": "1.0", "id": "1", "source": "s", "type": "t"}
    batch = json.dumps([event | {"data": 1}, event | {"data": 2}, event | {"data": 1}]).encode()
    found = cloudevents.read(batch, cloudevents.BATCH)
    assert [(one.id, one.fields["data"]) for one in found.documents] == [("s 1", 1), ("s 1#1", 2)]
    assert [(one.code, one.place) for one in found.findings] == [("repeated_id", "$[1]")]


def test_a_batch_is_read_event_by_event() -> None:
    """A bad event of a batch is refused alone with its bytes; the same event twice is one."""
    event = ATTRIBUTES | {"data": 1}
    value = json.dumps([event, event, ATTRIBUTES, event | {"id": "2"}]).encode()
    found = cloudevents.read(value, cloudevents.BATCH)
    assert [document.id for document in found.documents] == ["/wms 1", "/wms 2"]
    assert [(part.error.place, json.loads(part.value)) for part in found.refused] == [("$[2].data", [ATTRIBUTES])]


def test_a_format_that_is_not_read_is_named() -> None:
    """Structured events in another format than JSON are refused by its name."""
    assert "avro" in refusal(b"x", "application/cloudevents+avro").text


@given(st.binary(max_size=100), st.sampled_from(["", cloudevents.STRUCTURED, cloudevents.BATCH, "text/plain"]))
def test_any_bytes_are_events_or_the_one_error(value: bytes, content_type: str) -> None:
    """Whatever the bytes and their label, the reader answers with a Reading or a DecodeError."""
    headers = (*((f"ce_{name}", text.encode()) for name, text in ATTRIBUTES.items()), ("ce_own", value))
    for given_headers in ((), headers):
        try:
            cloudevents.read(value, content_type, given_headers)
        except DecodeError as error:
            reason = error.reason
        else:
            continue
        assert reason in REASONS
