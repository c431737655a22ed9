"""Which message is it? The vendor's own id where the dialect says where that stands, else the digest of the bytes."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import orjson
from milepost.codecs.dialects.model import Place
from milepost.codecs.documents import Plain
from milepost.gateway.partners import Partner

ID_CHARS = 120
"""Longer ids are named by their digest: with the partner's name an id must fit a key of 200 characters."""
SEQUENCE_MAX = 2**53


class Reading:
    """One message, its JSON read at most once, and only where a path asks for it."""

    __slots__ = ("_body", "_document", "_header", "_read")

    def __init__(self, header: Callable[[str], str], body: bytes) -> None:
        self._header, self._body = header, body
        self._document: Plain = None
        self._read = False

    def at(self, place: Place) -> str:
        """Return the text at a place; empty where nothing, or nothing plain, stands there."""
        if place.header:
            return self._header(place.header).strip()
        return text_of(place.path.of(self.document())) if place.path is not None else ""

    def document(self) -> Plain:
        """Return the body as plain data; None where it is no JSON: what it is, the lane says."""
        if not self._read:
            self._read = True
            try:
                self._document = orjson.loads(self._body)
            except ValueError:
                self._document = None
        return self._document


def text_of(value: Plain) -> str:
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def own_id(partner: Partner, reading: Reading) -> str:
    """Return the vendor's own id of a message as part of a key; empty where it has none."""
    own = reading.at(partner.message_id)
    return short(own) if own else ""


def short(own: str) -> str:
    """Return a vendor's id as part of a key: itself, or its digest where it is long or holds what no key should."""
    return own if len(own) <= ID_CHARS and own.isprintable() and own.isascii() else digest_of(_bytes(own))


def sequence(partner: Partner, reading: Reading) -> int | None:
    """Return the message's number in the partner's sequence; None where it has none."""
    text = reading.at(partner.sequence)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 17 and int(text) < SEQUENCE_MAX else None


def digest_of(body: bytes) -> str:
    return sha256(body).hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
