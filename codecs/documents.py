"""What every format's reader gives: plain documents, what was wrong with them, and what is to be answered.

A document is plain data with names, no more: which of it is an order, a status, a quantity in which unit is said by the
partner's dialect (codecs/dialects). So a reader knows its format and nothing of Milepost, and a dialect the other way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from milepost.codecs.errors import DecodeError

DOCUMENT_MAX_BYTES = 900_000  # one message of a partner: with key and headers it must fit one record of the broker
DOCUMENTS_MAX = 5_000  # documents in one message
DEPTH_MAX = 32  # nesting of plain data
FIELDS_MAX = 200_000  # values in one document

Policy = Literal["strict", "tolerant"]
Plain = Any
"""str, int, bool, None, and dicts (keys: str) and lists of them. Numbers with a fraction stay text: no float ever."""


class Document(NamedTuple):
    """One document: ``kind`` names its shape (``x12/945``, ``json``, ``epcis/ObjectEvent``, ``csv``), ``fields`` is it.

    ``id`` tells it from the other documents of the same message, and is the same whenever the same bytes are read;
    ``place`` says to a person where it stood (``interchange 17, group 4, set 0002``, ``$.events[3]``, ``row 17``).
    ``value`` is the document by itself, such that it can be sent again: for a dead letter, if what it says is refused.
    """

    kind: str
    fields: dict[str, Plain]
    id: str = ""
    place: str = ""
    value: bytes = b""


class Finding(NamedTuple):
    """Something wrong that the reader went on past: a total that does not add up, a control number that differs.

    ``place`` as of documents, then segment and element; ``value`` what stood there, ``expected`` what should have.
    ``document`` is the id of the document it is about, empty for the message as a whole.
    """

    code: str
    text: str
    place: str = ""
    value: str = ""
    expected: str = ""
    document: str = ""


class Refused(NamedTuple):
    """A part of the message that gives no document: why, and its bytes such that they can be sent again alone."""

    error: DecodeError
    value: bytes


class Reading(NamedTuple):
    """One message read. ``answer`` goes back to the partner as it is (X12: a 997 or 999); empty where none is due.

    ``values``: each document by itself, such that it can be sent again, where the documents do not say it.
    """

    documents: tuple[Document, ...] = ()
    findings: tuple[Finding, ...] = ()
    refused: tuple[Refused, ...] = ()
    answer: bytes = b""
    values: Sequence[bytes] = ()
