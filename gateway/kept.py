"""A record of ``partner.documents`` as every gateway understands it: what it says of deliveries that were taken in.

The inverse of records.py, from the headers alone; of the bytes only their digest. Whatever stands in a header, nothing
is raised: what cannot be read says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

from milepost.gateway.identity import SEQUENCE_MAX
from milepost.gateway.records import once_key
from milepost.runtime import partner_headers as h
from milepost.runtime.durable.interface import Incoming
from milepost.runtime.parked import BACK

ASKED_AGO_MAX_MS = 86_400_000
NUMBER_DIGITS = 17
_DIGEST_HEX = 2 * sha256().digest_size


class Kept(NamedTuple):
    """``at_s``: when the broker took it. ``asked_s``: of a poll, when it was asked. Seconds since 1970.

    ``key`` and ``digest``: under which the delivery is known again, empty where there is nothing to know.
    ``place``: partition and offset. ``part``: which of how many.
    """

    partner: str
    transport: str
    at_s: float
    place: tuple[int, int]
    key: str = ""
    digest: bytes = b""
    number: int | None = None
    part: tuple[int, int] = (1, 1)
    asked_s: float | None = None
    counts: bool = True
    """False of the sandbox's: never heard, but known again."""


def kept_of(record: Incoming) -> Kept | None:
    """Return what a record says; None where it is no partner's own word.

    What a person sent again (a dead letter, a paused source's messages) was heard when it came first.
    """
    said: dict[str, bytes] = dict(record.headers)
    transport = _text(said, h.TRANSPORT)
    if transport not in ("webhook", "drop", "poll", "sign") or any(name.startswith(BACK) for name in said):
        return None
    partner, ident, sandbox = _text(said, h.PARTNER), _text(said, h.MESSAGE_ID), h.SANDBOX in said
    part: tuple[int, int] | None = (1, 1)
    if h.PART in said:
        part, ident = _part(_text(said, h.PART)), ident.rpartition("/")[0]
    if part is None:
        return None
    at_s = record.timestamp_ms / 1000
    ago = _whole(said, h.ASKED_AGO_MS, ASKED_AGO_MAX_MS)
    sign = transport == "sign"
    return Kept(
        partner, transport, at_s, (record.partition, record.offset),
        "" if sign else once_key(transport, partner, ident, sandbox=sandbox),
        b"" if sign else _digest(said) or sha256(record.value or b"").digest(),
        _whole(said, h.SEQUENCE, SEQUENCE_MAX), part, None if ago is None else at_s - ago / 1000, not sandbox,
    )  # fmt: skip


def _text(said: Mapping[str, bytes], name: str) -> str:
    return (said.get(name) or b"").decode("utf-8", "replace")


def _whole(said: Mapping[str, bytes], name: str, end: int) -> int | None:
    text = said.get(name) or b""
    return number if text.isdigit() and len(text) < NUMBER_DIGITS and (number := int(text)) < end else None


def _part(text: str) -> tuple[int, int] | None:
    one, _, of = text.partition("/")
    digits = (one + of).isascii() and one.isdigit() and of.isdigit() and len(of) < NUMBER_DIGITS
    return (int(one), int(of)) if digits and len(one) <= len(of) and 1 <= int(one) <= int(of) else None


def _digest(said: Mapping[str, bytes]) -> bytes | None:
    text = _text(said, h.DELIVERED)
    try:
        return bytes.fromhex(text) if len(text) == _DIGEST_HEX else None
    except ValueError:
        return None
