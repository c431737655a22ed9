"""What one turn of the pump came to: an answer to a post, or what a query found."""

from __future__ import annotations

from typing import NamedTuple

from milepost.runtime.erp.protocol import Answer, Busy, Unknown


class Absent(NamedTuple):
    """A query found nothing; ``began`` is when it was asked."""

    began: float


class Found(NamedTuple):
    """The document that a reversal reverses."""

    number: str


class Unsent(NamedTuple):
    """Our ownership became doubtful between choosing the command and sending it."""


Verdict = Answer | Absent | Found | Unsent


def well(verdict: Verdict | None) -> bool | None:
    """Say whether the ERP answered, if only to reject or throttle; None when nothing was asked."""
    if verdict is None or isinstance(verdict, Unsent):
        return None
    return not isinstance(verdict, Unknown) and (not isinstance(verdict, Busy) or verdict.throttled)
