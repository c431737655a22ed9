"""What one turn of the pump came to: an answer to a post, or what a query found."""

from __future__ import annotations

from typing import NamedTuple

from milepost.runtime.erp.protocol import Answer, Busy, Rejected, Unknown


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


def in_words(verdict: Verdict) -> tuple[str, str | None]:
    """Return what one request came to, in a word, and what was wrong with it, if anything was."""
    outcome = type(verdict).__name__.lower()
    match verdict:
        case Rejected():
            return outcome, f"{verdict.code} {verdict.text}"
        case Busy() | Unknown():
            return outcome, verdict.text
        case _:
            return outcome, None
