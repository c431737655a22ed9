"""Ids of what a document says, from partner, document, owner and place: a second delivery derives the same."""

from __future__ import annotations

from milepost.codecs.dialects.model import Dialect
from milepost.codecs.dialects.said import Message
from milepost.codecs.documents import Document
from milepost.contracts.identifiers import digest


def event_id(message: str, owner: str, ordinal: int) -> str:
    """Return the id of the milestone at place ``ordinal`` of ``message``, as it is told to ``owner``.

    ``message`` is the document's identity (``Pointed.message``, ``Counted.message``): whoever learns an owner later
    derives the same id.
    """
    return "d-" + digest(message, owner, ordinal)


def statement_id(message: str, ordinal: int) -> str:
    """Return the id of the statement at place ``ordinal`` of a document."""
    return "s-" + digest(message, ordinal)


def identity(dialect: Dialect, message: Message, document: Document) -> str:
    """Return what tells a document from all others of the partner, the same at every delivery.

    By the id it carries: an EPCIS event's, a CloudEvent's, a vendor's own where the dialect names its path. X12's
    control numbers begin anew one day, so what the set says belongs to them. What carries no id is told apart by the
    message and what it says, never by its place: the order of documents in a message means nothing.
    """
    if document.id and _own_id(dialect, document.kind):
        return digest(dialect.name, document.kind, document.id)
    by = document.id.partition("#")[0] if document.kind.startswith("x12/") else message.id
    try:
        return digest(dialect.name, document.kind, by, document.fields)
    except (OverflowError, UnicodeError, ValueError):  # numbers beyond 64 bits, halves of characters
        return digest(dialect.name, document.kind, by, ascii(document.fields))


def _own_id(dialect: Dialect, kind: str) -> bool:
    return kind.startswith("epcis/") or kind == "cloudevent" or (kind == "json" and "id" in dialect.read)
