"""One EPCIS 2.0 event to the fields of a document: plain names, CBV words bare, keys with their digits.

``sensors`` are kept as they came. What somebody added goes to ``extensions`` (and ``ilmd``) under its local name: the
prefix before it is the sender's choice and may change from message to message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from milepost.codecs import cbv, epcis_hash
from milepost.codecs.documents import Finding, Plain
from milepost.codecs.epcis_items import items_of, number_of
from milepost.codecs.epcis_names import LOCAL, local_names
from milepost.codecs.epcis_things import key_at, list_at, object_at, text_at, transaction_at, word_at
from milepost.codecs.errors import DecodeError
from milepost.codecs.refusals import YEAR_FIRST, YEAR_LAST

TYPES = ("ObjectEvent", "AggregationEvent", "AssociationEvent", "TransactionEvent", "TransformationEvent")
ACTIONS = ("ADD", "OBSERVE", "DELETE")
UNTYPED = "untyped"  # the list of transactions, sources or destinations that say no type

_OFFSET = re.compile(r"[+-]\d\d:?\d\d|Z", re.ASCII)
_THINGS = {
    "epcList": "epcs", "childEPCs": "children", "inputEPCList": "inputs", "outputEPCList": "outputs",
}  # fmt: skip
_QUANTITIES = {
    "quantityList": "quantities", "childQuantityList": "child_quantities", "inputQuantityList": "input_quantities",
    "outputQuantityList": "output_quantities",
}  # fmt: skip
_PLACES = {"readPoint": "read_point", "bizLocation": "biz_location"}
_PAIRS = {
    "bizTransactionList": ("transactions", "bizTransaction", cbv.TRANSACTION),
    "sourceList": ("sources", "source", cbv.PARTY),
    "destinationList": ("destinations", "destination", cbv.PARTY),
}
_WORDS = {"bizStep": ("biz_step", cbv.BIZ_STEP), "disposition": ("disposition", cbv.DISPOSITION)}
_AS_IS = {"sensorElementList": "sensors", "transformationID": "transformation", "certificationInfo": "certification"}
_ERROR = ("declarationTime", "reason", "correctiveEventIDs")
_ELSEWHERE = {
    "type", "isA", "eventID", "eventTime", "eventTimeZoneOffset", "recordTime", "action", "persistentDisposition",
    "errorDeclaration", "@context", "ilmd", "parentID",
}  # fmt: skip


class Read(NamedTuple):
    """An event's fields, and what was wrong that it could be read past."""

    type: str
    fields: dict[str, Plain]
    findings: list[Finding]


def read_event(event: Plain, namespaces: Mapping[str, str], place: str) -> Read:
    """Return the event as fields; DecodeError where it is none: no known type, no moment, a list that is no list."""
    event = object_at(event, place)
    kind = _type(event, place)
    findings: list[Finding] = []
    fields: dict[str, Plain] = {"type": kind}
    own_id = event.get("eventID")
    if own_id is not None and (not isinstance(own_id, str) or not own_id):
        raise DecodeError("wrong_type", "an event's id is a text", f"{place}.eventID")
    fields["event_id"] = own_id or epcis_hash.event_hash(event, namespaces)
    fields |= _times(event, place, findings)
    fields |= _action(event, kind, place, findings)
    for name, value in event.items():
        if value is not None and (read := _READERS.get(name)):
            fields |= read(name, value, f"{place}.{name}", findings)
    fields |= items_of(fields)
    fields |= _own_fields(event, place, findings)
    return Read(kind, fields, findings)


def _type(event: dict[str, Plain], place: str) -> str:
    named = event.get("type", event.get("isA"))
    if named is None:
        raise DecodeError("missing_field", "an event has a type", f"{place}.type")
    local = LOCAL.search(named) if isinstance(named, str) else None
    if local is None or local[0] not in TYPES:
        raise DecodeError("unknown_type", f"{named!r:.80} is no type of event in EPCIS 2.0", f"{place}.type")
    return local[0]


def _times(event: dict[str, Plain], place: str, findings: list[Finding]) -> dict[str, Plain]:
    offset = event.get("eventTimeZoneOffset")
    if not isinstance(offset, str) or not _OFFSET.fullmatch(offset):
        missing = offset is None
        text = "an event says the offset of its place" if missing else "no offset such as +01:00"
        findings.append(_finding("missing_field" if missing else "invalid_value", text, place, "eventTimeZoneOffset"))
        offset = ""
    at = event.get("eventTime")
    if at is None:
        raise DecodeError("missing_field", "an event has a time", f"{place}.eventTime")
    found = {"event_time": _moment(at, offset, f"{place}.eventTime", findings)}
    if offset:
        found["offset"] = offset
    if event.get("recordTime") is not None:
        found["record_time"] = str(event["recordTime"])
    return found


def _moment(at: Plain, offset: str, place: str, findings: list[Finding]) -> str:
    text = at.strip() if isinstance(at, str) else ""
    if offset and text and epcis_hash.time_in_utc(text) is None and epcis_hash.time_in_utc(text + offset):
        findings.append(Finding("time_without_offset", "read with the event's own offset", place, text, text + offset))
        text += offset
    utc = epcis_hash.time_in_utc(text)
    if utc is None:
        raise DecodeError("invalid_value", f"{at!r:.60} is no time with an offset", place)
    if not YEAR_FIRST <= int(utc[:4]) <= YEAR_LAST:
        raise DecodeError("absurd_time", f"outside the years {YEAR_FIRST} to {YEAR_LAST}", place)
    return text


def _action(event: dict[str, Plain], kind: str, place: str, findings: list[Finding]) -> dict[str, Plain]:
    action = event.get("action")
    if action in ACTIONS:
        return {"action": action}
    if action is not None:
        raise DecodeError("invalid_value", f"{action!r:.40} is none of {', '.join(ACTIONS)}", f"{place}.action")
    if kind != "TransformationEvent":
        findings.append(_finding("missing_field", "every event but a transformation has an action", place, "action"))
    return {}


def _things(name: str, value: Plain, place: str, findings: list[Finding]) -> dict[str, Plain]:
    return {_THINGS[name]: [key_at(item, f"{place}[{n}]", findings) for n, item in enumerate(list_at(value, place))]}


def _quantities(name: str, value: Plain, place: str, findings: list[Finding]) -> dict[str, Plain]:
    found = []
    for number, item in enumerate(list_at(value, place)):
        at = f"{place}[{number}]"
        item = object_at(item, at)
        quantity = key_at(item.get("epcClass"), f"{at}.epcClass", findings)
        quantity["epc_class"] = quantity.pop("id")
        amount = item.get("quantity")
        if isinstance(amount, bool | dict | list):
            raise DecodeError("wrong_type", "a quantity is a number", f"{at}.quantity")
        if amount is not None:
            if number_of(amount) is None:
                raise DecodeError("invalid_value", f"{amount!r:.60} is no quantity", f"{at}.quantity")
            quantity["quantity"] = amount
        if item.get("uom") is not None:
            quantity["unit"] = text_at(item["uom"], f"{at}.uom")
        found.append(quantity)
    return {_QUANTITIES[name]: found}


def _place(name: str, value: Plain, place: str, findings: list[Finding]) -> dict[str, Plain]:
    value = value if isinstance(value, dict) else {"id": value}
    found = key_at(value.get("id"), f"{place}.id", findings)
    more = local_names({key: inner for key, inner in value.items() if key != "id"})
    return {_PLACES[name]: found | ({"extensions": more} if more else {})}


def _parent(name: str, value: Plain, place: str, findings: list[Finding]) -> dict[str, Plain]:
    return {"parent": key_at(value, place, findings)}


def _word(name: str, value: Plain, place: str, findings: list[Finding]) -> dict[str, Plain]:
    key, vocabulary = _WORDS[name]
    return {key: word_at(vocabulary, value, place, findings)}


def _persistent(name: str, value: Plain, place: str, findings: list[Finding]) -> dict[str, Plain]:
    value = object_at(value, place)
    found = {
        key: [
            word_at(cbv.DISPOSITION, item, f"{place}.{key}", findings) for item in list_at(value[key], f"{place}.{key}")
        ]
        for key in ("set", "unset")
        if value.get(key) is not None
    }
    return {"persistent_disposition": found}


def _pairs(name: str, value: Plain, place: str, findings: list[Finding]) -> dict[str, Plain]:
    plural, key, vocabulary = _PAIRS[name]
    found: dict[str, list[Plain]] = {}
    for number, item in enumerate(list_at(value, place)):
        at = f"{place}[{number}]"
        item = object_at(item, at)
        typed = item.get("type")
        kind = UNTYPED if typed is None else word_at(vocabulary, typed, f"{at}.type", findings)
        thing = item.get(key)
        read = transaction_at(thing, f"{at}.{key}", findings) if plural == "transactions" else None
        found.setdefault(kind, []).append(read or key_at(thing, f"{at}.{key}", findings))
    return {plural: found}


def _error(name: str, value: Plain, place: str, findings: list[Finding]) -> dict[str, Plain]:
    value = object_at(value, place)
    found: dict[str, Plain] = {"time": str(value.get("declarationTime") or "")}
    if value.get("reason") is not None:
        found["reason"] = word_at(cbv.ERROR_REASON, value["reason"], f"{place}.reason", findings)
    corrective = value.get("correctiveEventIDs")
    if corrective is not None:
        found["corrective"] = [str(item) for item in list_at(corrective, f"{place}.correctiveEventIDs")]
    more = {key: inner for key, inner in value.items() if key not in _ERROR}
    if more:
        found["extensions"] = local_names(more)
    return {"error": found}


def _as_is(name: str, value: Plain, place: str, findings: list[Finding]) -> dict[str, Plain]:
    return {_AS_IS[name]: value}


_READERS: dict[str, Any] = {
    **dict.fromkeys(_THINGS, _things), **dict.fromkeys(_QUANTITIES, _quantities), **dict.fromkeys(_PLACES, _place),
    **dict.fromkeys(_PAIRS, _pairs), **dict.fromkeys(_WORDS, _word), **dict.fromkeys(_AS_IS, _as_is),
    "parentID": _parent, "persistentDisposition": _persistent, "errorDeclaration": _error,
}  # fmt: skip


def _own_fields(event: dict[str, Plain], place: str, findings: list[Finding]) -> dict[str, Plain]:
    """Return what the standard does not name, and the master data of instances and lots (``ilmd``)."""
    own = {name: value for name, value in event.items() if name not in _READERS and name not in _ELSEWHERE}
    for name in own:
        if ":" not in name:
            findings.append(_finding("unknown_field", "a field that EPCIS 2.0 does not have", place, name))
    found: dict[str, Plain] = {"extensions": local_names(own)} if own else {}
    if event.get("ilmd") is not None:
        found["ilmd"] = local_names(object_at(event["ilmd"], f"{place}.ilmd"))
    return found


def _finding(code: str, text: str, place: str, name: str) -> Finding:
    return Finding(code, text, f"{place}.{name}")
