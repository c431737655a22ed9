"""Which format bytes are in: by what they begin with, then by what they are called. A guess, and never an error."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from milepost.codecs import plain, vendors
from milepost.codecs.documents import DOCUMENT_MAX_BYTES, Plain
from milepost.codecs.errors import DecodeError
from milepost.codecs.flat_lines import END_OF_FILE
from milepost.codecs.sniffing import sniff, wide

READ: tuple[str, ...] = ("x12", "json", "epcis", "cloudevents", "csv", "fixed", "canonical")
"""What some reader here takes."""
REFUSED_BY_NAME: tuple[str, ...] = ("edifact", "xml", "html", "zip", "gzip", "pdf", "empty", "binary", "unknown")
"""What is known for what it is, and read by nothing here."""

_SIGNATURES = (
    (b"\x1f\x8b", "gzip", "starts as gzip does; it has to be unpacked first"),
    (b"PK\x03\x04", "zip", "starts as a zip archive or a spreadsheet does"),
    (b"PK\x05\x06", "zip", "an empty zip archive"),
    (b"%PDF-", "pdf", "starts as a PDF does"),
    (b"\xd0\xcf\x11\xe0", "binary", "starts as an old office document does"),
    (b"\x89PNG", "binary", "starts as a picture does"),
    (b"\xff\xd8\xff", "binary", "starts as a picture does"),
)
_ISA = re.compile(rb"ISA[^A-Za-z0-9\s]")
_SET = re.compile(rb"(?:GS([^A-Za-z0-9\s])[A-Z]{2}\1|ST([^A-Za-z0-9\s])\d{3}\2)")
_EDIFACT = re.compile(rb"UNA.{6}\s*UN[BH]|UNB[+:\x1d\x1f]|UNH\+", re.DOTALL)
_XML = re.compile(rb"<(?:\?xml|!DOCTYPE|!--|[A-Za-z_][\w.:-]*[\s/>])", re.IGNORECASE)
_HTML = re.compile(rb"<(?:!DOCTYPE\s+html|html[\s>])", re.IGNORECASE)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1b]")
_BY_TYPE = {
    "application/edi-x12": "x12", "application/x12": "x12", "application/edifact": "edifact", "text/csv": "csv",
    "application/csv": "csv", "text/tab-separated-values": "csv", "application/json": "json", "text/xml": "xml",
    "application/xml": "xml", "application/pdf": "pdf", "application/zip": "zip", "application/gzip": "gzip",
}  # fmt: skip
_BY_NAME = {
    "edi": "x12", "x12": "x12", "850": "x12", "856": "x12", "940": "x12", "945": "x12", "json": "json",
    "jsonld": "epcis", "csv": "csv", "tsv": "csv", "tab": "csv", "xml": "xml", "pdf": "pdf", "zip": "zip", "gz": "gzip",
}  # fmt: skip


class Recognised(NamedTuple):
    """What bytes seem to be: ``format`` of READ or REFUSED_BY_NAME, ``options`` to read it with, ``why`` for people.

    ``vendor``: whose shape it has, where one is known (``easypost``, ``shiphero`` ...); empty otherwise.
    """

    format: str
    options: dict[str, Plain]
    why: str
    vendor: str = ""


def recognise(value: bytes, content_type: str = "", name: str = "") -> Recognised:
    """Say which format ``value`` is in: by its content, then its content type, then its name. Never an error."""
    media = content_type.partition(";")[0].strip().lower()
    begin = value[:DOCUMENT_MAX_BYTES].removeprefix(plain.BOM).lstrip()
    if not begin:
        return Recognised("empty", {}, "there is nothing in it")
    if media.startswith("application/cloudevents"):
        return Recognised("cloudevents", {}, f"content type {media}")
    said, why = _said(media, name)
    found = _by_content(begin, value)
    if found is None and said and said != "csv":
        found = Recognised(said, {}, why)
    # A table is not taken on anybody's word: its layout must be found.
    return found or _by_lines(value, said == "csv")


def _by_content(begin: bytes, value: bytes) -> Recognised | None:
    for mark, format, why in _SIGNATURES:
        if value.startswith(mark):
            return Recognised(format, {}, why)
    if _ISA.match(begin):
        return Recognised("x12", {}, "starts with ISA")
    if _SET.match(begin):
        return Recognised("x12", {}, f"starts with {begin[:2].decode('latin-1')}: X12 without its envelope")
    if _EDIFACT.match(begin):
        return Recognised("edifact", {}, f"starts with {begin[:3].decode('latin-1')}")
    if _HTML.match(begin):
        return Recognised("html", {}, "a web page: perhaps an error page of the partner's server")
    if _XML.match(begin):
        return Recognised("xml", {}, "starts as XML does")
    if begin[:1] in b"{[":
        return _json(value)
    return None


def _json(value: bytes) -> Recognised | None:
    try:
        data = plain.parse(value)
    except DecodeError as error:
        # "[note] ..." may begin a text; a broken object is still meant as JSON.
        return Recognised("json", {}, f"starts as JSON does, but is none: {error}") if b":" in value else None
    if found := _standard(data):
        return found
    if shape := vendors.vendor_of(data):
        return Recognised("json", dict(shape.options), f"JSON of the shape that {shape.vendor} sends", shape.vendor)
    options: dict[str, Plain] = {}
    if isinstance(data, list):
        options, data = {"documents": "$"}, data[0] if data else None
        if shape := vendors.vendor_of(data):
            options |= shape.options
            return Recognised("json", options, f"a list of what {shape.vendor} sends", shape.vendor)
    return Recognised("json", options, "JSON that no vendor's shape is known of")


def _standard(data: Any) -> Recognised | None:
    first = data[0] if isinstance(data, list) and data else data
    if not isinstance(first, dict):
        return None
    kind = first.get("type", first.get("isA"))
    local = re.split(r"[:/#]", kind)[-1] if isinstance(kind, str) else ""
    epcis = ("ObjectEvent", "AggregationEvent", "AssociationEvent", "TransactionEvent", "TransformationEvent")
    if local in ("EPCISDocument", "EPCISQueryDocument") or "epcisBody" in first:
        return Recognised("epcis", {}, "an EPCIS document")
    if local in epcis and "eventTime" in first:
        return Recognised("epcis", {}, f"an EPCIS event ({local})")
    if "specversion" in first and "source" in first and "id" in first:
        return Recognised("cloudevents", {}, "a structured CloudEvent")
    if {"batch_id", "events"} <= first.keys() or {"event_id", "business_key", "owner", "body"} <= first.keys():
        return Recognised("canonical", {}, "our own events")
    return None


def _said(media: str, name: str) -> tuple[str, str]:
    """Return what the content type says, else the name; and which of them."""
    said = _BY_TYPE.get(media, "")
    why = f"content type {media}"
    if not said and media.endswith("+json"):
        said = "json"
    if not said and "." in name:
        ending = name.rpartition(".")[2].lower()
        said, why = _BY_NAME.get(ending, ""), f"the name ends with .{ending}"
    return said, why


def _by_lines(value: bytes, meant: bool) -> Recognised:
    value = value.removesuffix(END_OF_FILE)
    if _CONTROLS.search(value[:4096]) and not wide(value):
        return Recognised("binary", {}, "control characters, so no text")
    found = sniff(value[:DOCUMENT_MAX_BYTES], meant=meant)
    if found is None:
        return Recognised("unknown", {}, "no text whose lines are alike")
    return Recognised(found.format, found.options, found.why)
