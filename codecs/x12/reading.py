"""X12 bytes to documents: interchanges, groups, sets; what was wrong with them; the 997 or 999 that goes back."""

from __future__ import annotations

from typing import Literal

from milepost.codecs.documents import Policy, Reading

Ack = Literal["997", "999", "none"]


def read(value: bytes, *, policy: Policy = "tolerant", ack: Ack = "997", sets: tuple[str, ...] = ()) -> Reading:
    """Return what ``value`` says; DecodeError where no interchange can be made out in it."""
    raise NotImplementedError


def split(value: bytes, max_bytes: int) -> list[bytes]:
    """Return ``value`` cut into messages of whole sets of at most ``max_bytes``, each with an envelope of its own."""
    raise NotImplementedError
