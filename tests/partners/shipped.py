"""The shipped dialects, loaded once, and what a message of one of them says."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from milepost.codecs.dialects.load import read_dialects
from milepost.codecs.dialects.model import Dialects
from milepost.codecs.dialects.said import Message, Said
from milepost.codecs.dialects.speaking import said_by
from milepost.contracts.events import Event
from milepost.runtime.dialect_files import dialect_files

ROOT = Path(__file__).parents[2]
DIRECTORY = ROOT / "dialects"


@cache
def dialects(sites: str = "") -> Dialects:
    """Return the shipped dialects, with ``sites`` as their sites.yaml."""
    files = {name: data for name, data in dialect_files(DIRECTORY).items() if name != "sites.yaml"}
    return read_dialects(files, sites.encode() if sites else None)


def heard(partner: str, value: bytes, message: str = "m", sites: str = "") -> Said:
    """Return what ``value`` says by the partner's dialect."""
    known = dialects(sites)
    return said_by(known.partners[partner], Message(partner, message, value), known)


def facts(said: Said) -> list[tuple[object, ...]]:
    """Return the facts of what was said: what counts of an event, whoever brought it."""
    return [fact(event) for event in said.events]


def fact(event: Event) -> tuple[object, ...]:
    return event.owner, event.business_key, event.occurred_at, event.body
