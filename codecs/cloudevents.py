"""CloudEvents 1.0 by their Kafka binding, both ways: binary (attributes are headers ``ce_*``), structured (all JSON).

A document of kind ``cloudevent`` has the attributes under their names and ``data``: plain data where it is JSON, a
text where it is text, else ``data_base64``. Extension ``partitionkey`` is the order's id; it stays in the event
(binding, 3.1). An event without data is refused both ways: as a record it would be a null, which a compacted topic
takes for a deletion. Over HTTP the headers are ``ce-*`` and percent-encoded (HTTP binding, 3.1.3.2); they are read too.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import unquote

from milepost.codecs import plain, plain_paths
from milepost.codecs.documents import DOCUMENTS_MAX, Document, Finding, Plain, Reading, Refused
from milepost.codecs.errors import DecodeError

KIND = "cloudevent"
VERSION = "1.0"
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
REQUIRED = ("id", "source", "specversion", "type")
NOT_EMPTY = ("subject", "dataschema", "datacontenttype", "partitionkey")

_STRUCTURED_START = "application/cloudevents"
_NAME = re.compile(r"[a-z0-9]+")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_PREFIXES = ("ce_", "ce-")

Headers = Sequence[tuple[str, bytes]]


class Binary(NamedTuple):
    """An event as a record: its value, headers and key (the order's id where it names one)."""

    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    key: bytes


def read(value: bytes | None, content_type: str = "", headers: Headers = ()) -> Reading:
    """Return the event in a message; a batch (HTTP only) gives several, each by itself. Else DecodeError."""
    named = {name.lower(): raw for name, raw in headers}
    media = _media(content_type or named.get("content-type", b"").decode("latin-1"))
    if not value:
        raise DecodeError("missing_field", "an event without data would be a deletion", "$.data")
    if media.startswith(_STRUCTURED_START):
        if media not in (STRUCTURED, BATCH):
            raise DecodeError("unknown_format", f"{media:.80}; structured events are read as JSON")
        return _batch(value) if media == BATCH else _one(plain.parse(value))
    if any(name.startswith(_PREFIXES) for name in named):
        return _one(_of_headers(value, content_type, headers))
    # Nothing says so but the event itself.
    return _one(plain.parse(value))


def write(document: Mapping[str, Plain]) -> bytes:
    """Return the event as one JSON text of content type STRUCTURED; ValueError where it is no event."""
    return plain.encode(_writable(document))


def write_binary(document: Mapping[str, Plain]) -> Binary:
    """Return the event as a record: attributes as headers, data as the value; ValueError where it is no event."""
    event = _writable(document)
    headers = []
    for name, attribute in event.items():
        if name in ("data", "data_base64", "datacontenttype"):
            continue
        headers.append((f"ce_{name}", _header(attribute)))
    kind = str(event.get("datacontenttype", "application/json"))
    headers.append(("content-type", kind.encode()))
    return Binary(_value(event, kind), tuple(headers), str(event.get("partitionkey", "")).encode())


def _one(event: Plain) -> Reading:
    return Reading((_document(event, "$"),))


def _batch(value: bytes) -> Reading:
    events = plain.parse(value)
    if not isinstance(events, list):
        raise DecodeError("wrong_type", "a batch is a list of events", "$")
    if len(events) > DOCUMENTS_MAX:
        raise DecodeError("too_large", f"{len(events)} events; at most {DOCUMENTS_MAX} in one message", "$")
    documents: dict[str, Document] = {}
    findings: list[Finding] = []
    refused = []
    for number, event in enumerate(events):
        try:
            document = _document(event, f"$[{number}]")
        except DecodeError as error:
            refused.append(Refused(error, plain_paths.alone(value, "$", number)))
            continue
        # The same source and id is the same event, however often it is sent (CloudEvents 1.0, "id"): one that says
        # something else under them is its sender's error, and not lost for it.
        if documents.get(document.id, document).fields != document.fields:
            findings.append(
                Finding("repeated_id", "two events of one message have this id", document.place, document.id)
            )
            document = document._replace(id=f"{document.id}#{number}")
        documents.setdefault(document.id, document)
    return Reading(tuple(documents.values()), tuple(findings), tuple(refused))


def _document(event: Plain, place: str) -> Document:
    if not isinstance(event, dict):
        raise DecodeError("wrong_type", "an event is an object", place)
    attributes = {name: value for name, value in event.items() if value is not None}
    data = {name: attributes.pop(name) for name in ("data", "data_base64") if name in attributes}
    _check(attributes, place)
    fields = attributes | _data(data, str(attributes.get("datacontenttype", "")), place)
    return Document(KIND, fields, f"{fields['source']} {fields['id']}", place)


def _check(attributes: dict[str, Plain], place: str) -> None:
    """Raise DecodeError unless the attributes are those of an event of version 1.0."""
    version = attributes.get("specversion")
    if version is not None and version != VERSION:
        raise DecodeError("unknown_version", f"CloudEvents {version!r:.40}; {VERSION} is read", f"{place}.specversion")
    for name in REQUIRED:
        if attributes.get(name) in (None, ""):
            raise DecodeError("missing_field", "every event has this attribute", f"{place}.{name}")
    for name, value in attributes.items():
        at = f"{place}.{name}"
        if not _NAME.fullmatch(name):
            raise DecodeError("invalid_value", "names of attributes are small letters and digits", at)
        if isinstance(value, dict | list):
            raise DecodeError("wrong_type", "an attribute is a text, a whole number, true or false", at)
        if name in (*REQUIRED, *NOT_EMPTY, "time") and not isinstance(value, str):
            raise DecodeError("wrong_type", "this attribute is a text", at)
        if name in NOT_EMPTY and value == "":
            raise DecodeError("invalid_value", "where it is given it is not empty", at)
    if "time" in attributes and not _is_time(attributes["time"]):
        raise DecodeError("invalid_value", f"{attributes['time']!r:.60} is no time of RFC 3339", f"{place}.time")


def _is_time(text: str) -> bool:
    if not _TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
    except ValueError:
        return text[17:19] == "60"  # a leap second
    return True


def _data(data: dict[str, Plain], kind: str, place: str) -> dict[str, Plain]:
    if len(data) == 2:
        raise DecodeError("invalid_value", "data and data_base64 exclude each other", f"{place}.data_base64")
    if "data_base64" in data:
        try:
            raw = base64.b64decode(str(data["data_base64"]), validate=True)
        except (binascii.Error, ValueError):
            raise DecodeError("invalid_value", "no Base64", f"{place}.data_base64") from None
        return _of_bytes(raw, kind, place)
    if data.get("data") in (None, ""):
        raise DecodeError("missing_field", "an event without data would be a deletion", f"{place}.data")
    if not _is_json(kind) and not isinstance(data["data"], str):
        raise DecodeError("wrong_type", f"data of type {kind:.60} is a text, or data_base64", f"{place}.data")
    return data


def _of_bytes(raw: bytes, kind: str, place: str) -> dict[str, Plain]:
    """Return data that came as bytes: JSON as plain data, text as text, anything else in Base64."""
    if not raw:
        raise DecodeError("missing_field", "an event without data would be a deletion", f"{place}.data")
    if _is_json(kind):
        try:
            found = plain.parse(raw)
        except DecodeError as error:
            raise DecodeError(error.reason, error.text, f"{place}.data {error.place}".rstrip()) from None
        return _data({"data": found}, kind, place)
    if _media(kind).startswith("text/"):
        try:
            return {"data": raw.decode("utf-8")}
        except UnicodeDecodeError as bad:
            raise DecodeError("not_utf8", bad.reason, f"{place}.data byte {bad.start}") from None
    return {"data_base64": base64.b64encode(raw).decode("ascii")}


def _of_headers(value: bytes, content_type: str, headers: Headers) -> dict[str, Plain]:
    event: dict[str, Plain] = {}
    for header, raw in headers:
        name = header.lower()
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as bad:
            raise DecodeError("not_utf8", bad.reason, f"header {header:.60}") from None
        if name.startswith(_PREFIXES):
            text = unquote(text) if name.startswith("ce-") else text
            if event.setdefault(name[3:], text) != text:
                raise DecodeError("invalid_value", "the header stands twice and differs", f"header {header:.60}")
        elif name == "content-type":
            content_type = content_type or text
    for name in ("data", "data_base64", "datacontenttype"):
        if name in event:
            raise DecodeError("invalid_value", f"{name} is no attribute of a binary event", f"header ce_{name}")
    if content_type:
        event["datacontenttype"] = content_type
    _check(event, "$")
    return event | _of_bytes(value, content_type, "$")


def _writable(document: Mapping[str, Plain]) -> dict[str, Plain]:
    event = {"specversion": VERSION} | {name: value for name, value in document.items() if value is not None}
    try:
        return dict(_document(event, "$").fields)
    except DecodeError as error:
        raise ValueError(str(error)) from None


def _value(event: dict[str, Plain], kind: str) -> bytes:
    if "data_base64" in event:
        return base64.b64decode(event["data_base64"])
    return plain.encode(event["data"]) if _is_json(kind) else str(event["data"]).encode()


def _header(attribute: Plain) -> bytes:
    text = str(attribute).lower() if isinstance(attribute, bool) else str(attribute)
    return text.encode()


def _media(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _is_json(kind: str) -> bool:
    media = _media(kind)
    return media in ("", "application/json", "text/json") or media.endswith("+json")
