"""A record of ``partner.documents``: the partner's bytes as they are, and what is known beside them in headers."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Literal, NamedTuple

from milepost.runtime import partner_headers as h

Transport = Literal["webhook", "drop", "poll", "kafka", "sign"]
SIGN = "sign"
"""Id of a record that says only that a partner lives, or was polled; nobody reads it but the gateways."""
HEADER_CHARS = 200
ATTRIBUTE_CHARS = 500  # of a CloudEvent; 50 of them and the largest body fit one record


class Record(NamedTuple):
    """What is to be written. Headers in Kafka's own form."""

    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


class Arrived(NamedTuple):
    """One message as it came in. ``received_ms``: when, in milliseconds since 1970.

    ``number``: its place in the partner's sequence. ``delivered``: SHA-256 of what was sent, in hex, where ``value`` is
    something else. ``part``: which of how many. ``asked_ago_ms``: of a poll, how long it took.
    """

    partner: str
    source: str
    id: str
    value: bytes
    received_ms: int
    transport: Transport
    content_type: str = ""
    name: str = ""
    sandbox: bool = False
    attributes: tuple[tuple[str, str], ...] = ()  # of formats that speak by headers, too
    number: int | None = None
    delivered: str = ""
    part: tuple[int, int] | None = None
    asked_ago_ms: int | None = None


def record_of(topic: str, arrived: Arrived) -> Record:
    """Return the record of a message. What a stranger wrote in a header is cut and made printable."""
    headers = [
        (h.PARTNER, arrived.partner.encode()),
        (h.MESSAGE_ID, arrived.id.encode()),
        (h.RECEIVED_MS, b"%d" % arrived.received_ms),
        (h.TRANSPORT, arrived.transport.encode()),
        (h.SOURCE, (arrived.source or arrived.partner).encode()),
    ]
    for name, text in ((h.CONTENT_TYPE, arrived.content_type), (h.NAME, arrived.name)):
        if text:
            headers.append((name, _printable(text)))
    headers += [(name, _printable(_whole(text), ATTRIBUTE_CHARS)) for name, text in arrived.attributes]
    if arrived.sandbox:
        headers.append((h.SANDBOX, b"1"))
    headers += _for_the_watch(arrived)
    return Record(topic, f"{arrived.partner}/{arrived.id}".encode(), arrived.value, headers)


def _for_the_watch(arrived: Arrived) -> Iterator[tuple[str, bytes]]:
    """What the gateways that read the record back (kept.py) could not know without reading its bytes again."""
    if arrived.number is not None:
        yield h.SEQUENCE, b"%d" % arrived.number
    if arrived.delivered:
        yield h.DELIVERED, arrived.delivered.encode()
    if arrived.part is not None:
        yield h.PART, b"%d/%d" % arrived.part
    if arrived.asked_ago_ms is not None:
        yield h.ASKED_AGO_MS, b"%d" % arrived.asked_ago_ms


def once_key(transport: str, partner: str, ident: str, *, sandbox: bool = False) -> str:
    """Return the name under which a delivery is known again. Of a partner's polls only the last one counts."""
    if transport == "poll":
        return f"poll/{partner}"
    door = "sandbox" if sandbox else "in" if transport == "webhook" else transport
    return f"{door}/{partner}/{ident}"


def _whole(text: str) -> str:
    """An attribute, which may be an id: where it is too long, two that differ behind the cut stay two."""
    if len(text) <= ATTRIBUTE_CHARS:
        return text
    mark = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{text[: ATTRIBUTE_CHARS - len(mark) - 1]}~{mark}"


def _printable(text: str, most: int = HEADER_CHARS) -> bytes:
    return "".join(one if one.isprintable() else "?" for one in text[:most]).encode("utf-8", "replace")
