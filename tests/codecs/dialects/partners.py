"""Small partners for the engine's tests: files as text, messages as data, and what they say."""

from __future__ import annotations

from datetime import UTC, datetime
from textwrap import dedent, indent
from typing import Any

import msgspec
from milepost.codecs.dialects.load import read_dialects
from milepost.codecs.dialects.model import DialectErrors, Dialects
from milepost.codecs.dialects.said import Message, Said
from milepost.codecs.dialects.speaking import said_by

RECEIVED = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
RECEIVED_MS = int(RECEIVED.timestamp() * 1000)

HEAD = """
partner: acme
role: wms
format: json
time: {zone: Europe/Berlin}
units: {each: 1, box: 12, "box@W": 10}
codes:
  sites: {map: {N: DC-NORTH, S: DC-SOUTH}}
  items: {missing: keep, map: {"0012": WIDGET}}
statuses:
  short: {map: {gone: not_found, broken: damaged}, ignore: [fine]}
"""


def files(text: str, **others: str) -> dict[str, bytes]:
    """Return the file of the partner acme, and others by name (``base_x`` is base/x.yaml)."""
    more = {f"{name.replace('base_', 'base/').replace('_', '-')}.yaml": dedent(one) for name, one in others.items()}
    return {name: one.encode() for name, one in {"acme.yaml": text, **more}.items()}


def loaded(text: str, sites: str | None = None, **others: str) -> Dialects:
    """Return the dialects of ``text`` (a whole file) and others."""
    return read_dialects(files(dedent(text), **others), None if sites is None else dedent(sites).encode())


def problems(text: str, sites: str | None = None, **others: str) -> list[str]:
    """Return what is wrong with the files, a line each."""
    try:
        loaded(text, sites, **others)
    except DialectErrors as errors:
        return [str(one) for one in errors.problems]
    return []


def saying(say: str, head: str = HEAD) -> str:
    """Return a file with one message of these emissions, which takes every document."""
    body = indent(dedent(say).strip(), "      ")
    return f"{head}\nmessages:\n  - name: all\n    say:\n{body}\n"


def evaluating(expression: str, head: str = HEAD) -> str:
    """Return a file that says the value of ``expression`` as a text, in an event's place."""
    return saying(
        f"""
        - emit: wms.wave_planned
          owner: {{order: =O}}
          at: "@received"
          key: =k
          body:
            node: =N
            wave: {expression}
        """,
        head,
    )


def said(dialects: Dialects, document: Any, *, id: str = "m-1", explain: bool = False, **how: Any) -> Said:
    """Return what acme's message says."""
    value = document if isinstance(document, bytes) else msgspec.json.encode(document)
    message = Message("acme", id, value, how.pop("received_ms", RECEIVED_MS), "application/json", **how)
    return said_by(dialects.partners["acme"], message, dialects, explain=explain)


def value_of(expression: str, document: Any, head: str = HEAD) -> str | None:
    """Return what an expression gives for a document, None for nothing; DecodeError as it is."""
    found = said(loaded(evaluating(expression, head)), document)
    for refused in found.refused:
        if refused.error.reason == "missing_field" and "wave" in refused.error.text:
            return None
        raise refused.error
    return found.events[0].body.wave
