"""Documents to X12 bytes: one set in a group in an interchange, counts right, the ISA at its fixed width."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from milepost.codecs.x12.segments import DEFAULT, Separators


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who writes to whom, under which numbers, when.

    ``sender`` and ``receiver`` are qualifier and id (``ZZ``, ``ACME``). Control numbers are digits, at most nine; their
    leading zeros are put on. ``at`` is the moment of writing, in the zone the partner wants to read.
    ``usage``: P production, T test.
    """

    sender: tuple[str, str]
    receiver: tuple[str, str]
    interchange_control: str
    group_control: str
    set_control: str
    at: datetime
    version: str = "004010"
    separators: Separators = DEFAULT
    usage: Literal["P", "T"] = "P"


def write(kind: str, document: Mapping[str, Any], envelope: Envelope) -> bytes:
    """Return ``document`` of ``kind`` (``x12/940``) as one interchange; ValueError where it cannot be written."""
    raise NotImplementedError
