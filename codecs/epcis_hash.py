"""Who an EPCIS event is where it has no eventID: the hash of what it says, however spelled (CBV 2.0, section 8.9).

The event becomes one text, in the standard's order of fields, every value in its canonical spelling; that is hashed.
So fields in another order, a time in another offset, a CBV word or an EPC in another spelling give the same hash. Not
in it: eventID, recordTime, errorDeclaration. An error declaration thus has the hash of the event that it takes back.

Where the published reference program depends on the order of JSON fields, on binary fractions or on the way Python
prints a value, the standard's text is followed instead.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from milepost.codecs import cbv, gs1
from milepost.codecs.documents import Plain

Namespaces = Mapping[str, str]

_IGNORED = {"type", "eventID", "recordTime", "errorDeclaration", "@context", "rdfs:comment", "comment"}
_EPCS = {"epcList", "inputEPCList", "childEPCs", "outputEPCList"}
_QUANTITIES = {"quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"}
_PLACES = {"readPoint", "bizLocation"}
_ORDER = (
    "eventTime", "eventTimeZoneOffset", "certificationInfo", "parentID", "epcList", "inputEPCList", "childEPCs",
    "quantityList", "childQuantityList", "inputQuantityList", "outputEPCList", "outputQuantityList", "action",
    "transformationID", "bizStep", "disposition", "persistentDisposition", "readPoint", "bizLocation",
    "sensorElementList",
)  # fmt: skip
_QUANTITY = ("epcClass", "quantity", "uom")
_METADATA = (
    "time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules",
)  # fmt: skip
_REPORT = (
    "type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "time", "microorganism",
    "chemicalSubstance", "value", "component", "stringValue", "booleanValue", "hexBinaryValue", "uriValue", "minValue",
    "maxValue", "meanValue", "sDev", "percRank", "percValue", "uom", "coordinateReferenceSystem",
)  # fmt: skip
_PAIRS = {
    "bizTransactionList": ("bizTransaction", cbv.TRANSACTION),
    "sourceList": ("source", cbv.PARTY),
    "destinationList": ("destination", cbv.PARTY),
}
_WORDS = {
    "bizStep": cbv.BIZ_STEP, "disposition": cbv.DISPOSITION, "set": cbv.DISPOSITION, "unset": cbv.DISPOSITION,
    "component": cbv.COMPONENT,
}  # fmt: skip
_TIMES = {"eventTime", "time", "startTime", "endTime"}
_MEASURES = {"type", "exception"}  # of a sensor's report: words of the GS1 Web Vocabulary, bare or not
_BARE = re.compile(r"[A-Za-z_]+")
_NUMBER_MAX_CHARS = 60  # a longer run of digits is somebody's id, and stays the text it is
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d)(?::(\d\d))?(?:[.,](\d+))?\s*(?:([Zz])|([+-])(\d\d):?(\d\d))", re.ASCII
)


def event_hash(event: Mapping[str, Plain], namespaces: Namespaces = cbv.NAMESPACES) -> str:
    """Return the event's hash as the standard writes it: ``ni:///sha-256;...?ver=CBV2.0``."""
    digest = hashlib.sha256(prehash(event, namespaces).encode("utf-8", "surrogatepass")).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV2.0"


def prehash(event: Mapping[str, Plain], namespaces: Namespaces = cbv.NAMESPACES) -> str:
    """Return the text that is hashed. ``namespaces`` are the prefixes of the document's ``@context``."""
    parts = [f"eventType={_text(event.get('type'))}"]
    parts += [_field(name, event[name], namespaces) for name in _ORDER if name in event]
    rest = [
        _pairs(name, value, namespaces) if name in _PAIRS else _extension(name, value, namespaces)
        for name, value in event.items()
        if name not in _IGNORED and name not in _ORDER
    ]
    return "".join(parts + sorted(rest))


def time_in_utc(text: str) -> str | None:
    """Return a time with offset in UTC at milliseconds, the fourth decimal rounded half up; None for anything else."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    day, minute, second, fraction, zulu, sign, hours, minutes = found.groups()
    digits = (fraction or "").ljust(4, "0")
    # A leap second has no place in a datetime: it is the next second, as nearly everybody counts.
    leap = second == "60"
    try:
        at = datetime.fromisoformat(f"{day}T{minute}:{'59' if leap else second or '00'}")
        at += timedelta(seconds=leap, milliseconds=int(digits[:3]) + (digits[3] >= "5"))
        if not zulu:
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            at = at - offset if sign == "+" else at + offset
    except (ValueError, OverflowError):
        return None
    return at.replace(tzinfo=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _field(name: str, value: Plain, names: Namespaces) -> str:
    if name in _EPCS:
        return _listed(name, [_scalar("epc", item, names) for item in _items(value)])
    if name in _QUANTITIES:
        return _listed(name, [_ordered("quantityElement", item, _QUANTITY, names) for item in _items(value)])
    if name in _PLACES:
        return _ordered(name, value if isinstance(value, dict) else {"id": value}, ("id",), names)
    if name == "persistentDisposition":
        return _ordered(name, value, ("set", "unset"), names)
    if name == "sensorElementList":
        return _listed(name, [_sensor(item, names) for item in _items(value)])
    return _scalars(name, value, names)


def _sensor(element: Plain, names: Namespaces) -> str:
    if not isinstance(element, dict):
        return ""
    metadata = _ordered("sensorMetadata", element.get("sensorMetadata", {}), _METADATA, names)
    reports = [_ordered("sensorReport", item, _REPORT, names) for item in _items(element.get("sensorReport", []))]
    more = _others(element, ("sensorMetadata", "sensorReport", "type"), names)
    inner = metadata + "".join(sorted(reports)) + more
    return f"sensorElement{inner}" if inner else ""


def _ordered(name: str, value: Plain, order: tuple[str, ...], names: Namespaces) -> str:
    """Return a parent with its fields in the standard's order, and what else it has behind them."""
    if not isinstance(value, dict):
        return ""
    reports = name == "sensorReport"
    inner = "".join(_scalars(field, value[field], names, reports) for field in order if field in value)
    inner += _others(value, order, names)
    return name + inner if inner else ""


def _others(value: dict[str, Plain], known: tuple[str, ...], names: Namespaces) -> str:
    others = [item for item in value.items() if item[0] not in known and item[0] not in _IGNORED]
    return "".join(sorted(_extension(name, inner, names) for name, inner in others))


def _pairs(name: str, value: Plain, names: Namespaces) -> str:
    """Return a list of things with a type: the type stands before the thing, whichever was written first."""
    key, vocabulary = _PAIRS[name]
    entries = []
    for item in _items(value):
        if isinstance(item, dict):
            typed = cbv.web(vocabulary, _text(item["type"])) if item.get("type") else ""
            kind = f"type={_canonical(typed, names)}" if typed else ""
            entries.append(kind + _scalars(key, item.get(key), names))
    return _listed(name, entries)


def _extension(name: str, value: Plain, names: Namespaces) -> str:
    """Return somebody's own field: its name with the full namespace, its value or its fields sorted."""
    key = _key(name, names)
    if isinstance(value, list):
        return "".join(sorted(_extension(name, item, names) for item in value))
    if isinstance(value, dict):
        text = _text(value["#text"]).strip() if "#text" in value else ""
        inner = [_extension(n, v, names) for n, v in value.items() if n != "#text" and not n.startswith("@")]
        return key + (f"={_canonical(text, names)}" if text else "") + "".join(sorted(inner))
    text = _text(value).strip()
    return key + (f"={_canonical(text, names)}" if text else "")


def _listed(name: str, entries: list[str]) -> str:
    inner = "".join(sorted(entries))
    return name + inner if inner else ""


def _scalars(name: str, value: Plain, names: Namespaces, measured: bool = False) -> str:
    return "".join(sorted(_scalar(name, item, names, measured) for item in _items(value)))


def _scalar(name: str, value: Plain, names: Namespaces, measured: bool = False) -> str:
    text = _text(value).strip()
    if not text:
        return ""
    if name in _TIMES and (moment := time_in_utc(text)):
        return f"{name}={moment}"
    if name in _WORDS:
        text = cbv.web(_WORDS[name], text)
    if measured and name in _MEASURES and _BARE.fullmatch(text):
        text = cbv.NAMESPACES["gs1"] + text
    return f"{name}={_canonical(text, names)}"


def _canonical(text: str, names: Namespaces) -> str:
    prefix, colon, rest = text.partition(":")
    if colon and prefix in names and not rest.startswith("//"):
        text = names[prefix] + rest
    if text.startswith("urn:epcglobal:cbv:"):
        for vocabulary in cbv.VOCABULARIES:
            if text.startswith(vocabulary.urn):
                text = vocabulary.web + text[len(vocabulary.urn) :]
    key = gs1.parse(text)
    return key.link if key else _number(text)


def _number(text: str) -> str:
    if not _NUMBER.fullmatch(text) or len(text) > _NUMBER_MAX_CHARS:
        return text
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    plain = format(number, "f")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain in ("-0", "") else plain


def _key(name: str, names: Namespaces) -> str:
    prefix, colon, rest = name.partition(":")
    return f"{{{names[prefix]}}}{rest}" if colon and prefix in names else name


def _items(value: Plain) -> list[Plain]:
    return value if isinstance(value, list) else [value]


def _text(value: Plain) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""
