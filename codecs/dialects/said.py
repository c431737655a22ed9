"""What a document says in our own words, after its dialect: milestones, links between ids, statements, snapshots."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from milepost.codecs.documents import Document, Finding, Refused
from milepost.contracts.events import Event
from milepost.contracts.instructions import InstructionBody
from milepost.contracts.references import Counted, Linked, Pointed
from milepost.contracts.statements import Statement


class Message(NamedTuple):
    """One message of a partner as it reached us. ``id``: the vendor's own message id, else the digest of the bytes.

    ``received_ms``: when we had it, in milliseconds since 1970.
    """

    partner: str
    id: str
    value: bytes
    received_ms: int = 0
    content_type: str = ""
    name: str = ""  # of a file
    sandbox: bool = False
    headers: tuple[tuple[str, bytes], ...] = ()  # of the request, as far as a format reads them (CloudEvents)


class Said(NamedTuple):
    """All that one message said. ``instructions`` are our own words read back: an echo, never acted on.

    ``shadowed``: milestones of a dialect that does not serve its site at that time: compared, never acted on.
    ``unmapped``: paths of the documents that nothing in the dialect looked at (only where it was asked for).
    ``silent``: parts of the documents that a message takes and nothing was said of (asked for as well).
    ``owners``: of each document, by its id, the order or load it was about, where it said so: findings are told there.
    """

    events: tuple[Event, ...] = ()
    pointed: tuple[Pointed, ...] = ()
    linked: tuple[Linked, ...] = ()
    counted: tuple[Counted, ...] = ()
    statements: tuple[Statement, ...] = ()
    instructions: tuple[InstructionBody, ...] = ()
    shadowed: tuple[Event, ...] = ()
    findings: tuple[Finding, ...] = ()
    refused: tuple[Refused, ...] = ()
    documents: tuple[Document, ...] = ()
    answer: bytes = b""
    unmapped: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    owners: Mapping[str, str] = MappingProxyType({})
