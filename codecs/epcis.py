"""EPCIS 2.0 in JSON-LD: documents, answers to queries, bare events and lists of them; one document per event.

An event is known by its eventID, else by the hash of what it says (codecs/epcis_hash.py). An error declaration comes as
an event with ``error``: it says of the event with the same ``event_id`` that it was wrong, or never was.
"""

from __future__ import annotations

from typing import NamedTuple

from milepost.codecs import plain, plain_paths
from milepost.codecs.documents import DOCUMENTS_MAX, Document, Finding, Plain, Reading, Refused
from milepost.codecs.epcis_event import TYPES, read_event
from milepost.codecs.epcis_names import namespaces_of, with_own
from milepost.codecs.errors import DecodeError

VERSION = "2"
DOCUMENT_TYPES = ("EPCISDocument", "EPCISQueryDocument")

# Where a document keeps its events; the first that is there.
_LISTS = (
    "$.epcisBody.eventList", "$.epcisBody.queryResults.resultsBody.eventList", "$.epcisBody.event",
    "$.queryResults.resultsBody.eventList", "$.resultsBody.eventList", "$.eventList",
)  # fmt: skip


class _Found(NamedTuple):
    """The events of a message; ``path`` of their list, empty where the message is one bare event or has but one."""

    events: list[Plain]
    path: str
    place: str


def read(value: bytes) -> Reading:
    """Return the events in ``value`` as documents ``epcis/ObjectEvent`` ...; DecodeError where the message is none."""
    message = plain.parse(value)
    findings: list[Finding] = []
    found = _events(message, findings)
    names = namespaces_of(message.get("@context") if isinstance(message, dict) else None)
    documents: dict[str, Document] = {}
    refused: list[Refused] = []
    for number, event in enumerate(found.events):
        place = f"{found.place}[{number}]" if found.path else found.place
        try:
            document, noticed = _document(event, names, place)
        except DecodeError as error:
            refused.append(Refused(error, plain_paths.alone(value, found.path, number) if found.path else value))
            continue
        document = _told_apart(document, documents, number, noticed)
        findings += [finding._replace(document=document.id) for finding in noticed]
        documents.setdefault(document.id, document)
    if refused and not documents and not found.path:
        raise refused[0].error
    return Reading(tuple(documents.values()), tuple(findings), tuple(refused))


def _document(event: Plain, names: dict[str, str], place: str) -> tuple[Document, list[Finding]]:
    own = event.get("@context") if isinstance(event, dict) else None
    kind, fields, findings = read_event(event, with_own(names, own), place)
    # The event that is taken back has the same id, and may well be in the same message.
    id = fields["event_id"] + ("/error" if "error" in fields else "")
    return Document(f"epcis/{kind}", fields, id, place), findings


def _told_apart(document: Document, others: dict[str, Document], number: int, findings: list[Finding]) -> Document:
    """Return the document under an id of its own: the same event said twice is one, another of the same id is not."""
    other = others.get(document.id)
    if other is None:
        return document
    findings.append(Finding("repeated_id", "two events of one message have this id", document.place, document.id))
    return document if other.fields == document.fields else document._replace(id=f"{document.id}#{number}")


def _events(message: Plain, findings: list[Finding]) -> _Found:
    if isinstance(message, list):
        return _limited(_Found(message, "$", "$"))
    if not isinstance(message, dict):
        raise DecodeError("wrong_type", "neither an EPCIS document nor an event", "$")
    named = message.get("type", message.get("isA"))
    local = named.rpartition(":")[2].rpartition("/")[2] if isinstance(named, str) else ""
    if local in TYPES:
        return _Found([message], "", "$")
    _check_version(message, findings)
    for path in _LISTS:
        events = plain_paths.at(message, path)
        if isinstance(events, list):
            return _limited(_Found(events, path, path))
        if isinstance(events, dict):
            return _Found([events], "", path)
    if local in DOCUMENT_TYPES:
        raise DecodeError("missing_field", "an EPCIS document without a list of events", "$.epcisBody.eventList")
    raise DecodeError("unknown_type", f"{named!r:.80} is neither an EPCIS document nor an event", "$.type")


def _check_version(message: dict[str, Plain], findings: list[Finding]) -> None:
    version = message.get("schemaVersion")
    if version is None:
        findings.append(Finding("missing_field", "an EPCIS document says its version", "$.schemaVersion"))
    elif str(version).partition(".")[0] != VERSION:
        raise DecodeError("unknown_version", f"EPCIS {version!r:.40}; 2.0 is read", "$.schemaVersion")


def _limited(found: _Found) -> _Found:
    if len(found.events) > DOCUMENTS_MAX:
        raise DecodeError(
            "too_large", f"{len(found.events)} events; at most {DOCUMENTS_MAX} in one message", found.path
        )
    return found
