"""Ids of traces and spans, derived from what they are of: said again, or by another lane, they are equal.

One trace is one fact of one owner and all that it caused. Formats: W3C Trace Context, level 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import blake2s
from typing import NamedTuple

TRACEPARENT = "traceparent"
CORRELATION = "milepost-correlation"
_LOW_64 = 2**64 - 1
_FORM = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-[\x20-\x7e]*)?")
_LONGEST_BYTES = 200
_FIRST_VERSION, _NO_VERSION = b"00", b"ff"

Headers = tuple[tuple[str, bytes], ...]


class Context(NamedTuple):
    """A span's place: 128 bits of trace, 64 of its own."""

    trace: int
    span: int


def trace_of(tenant: str, owner: str, key: str) -> int:
    """Return the trace of the fact ``key`` of ``owner``."""
    said = f"{tenant}\0{owner}\0{key}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2s(said, digest_size=16, person=b"trace").digest()) or 1


def span_of(trace: int, *parts: str | int) -> Context:
    """Return the span of a trace that ``parts`` name."""
    said = "\0".join(map(str, (trace, *parts))).encode("utf-8", "surrogatepass")
    return Context(trace, int.from_bytes(blake2s(said, digest_size=8, person=b"span").digest()) or 1)


def taken_over(command_id: str) -> str:
    """Return the key of the trace of a command of which nobody knows what caused it."""
    return f"command/{command_id}"


def trace_hex(trace: int) -> str:
    return f"{trace:032x}"


def bound_of(share: float) -> int:
    """Return what ``sampled`` compares with, as OpenTelemetry's TraceIdRatioBased does."""
    return round(share * 2**64)


def sampled(trace: int, bound: int) -> bool:
    """Whether a trace is kept: every process of one share decides alike, without being told."""
    return trace & _LOW_64 < bound


def traceparent(context: Context) -> str:
    """Return the header of a span that is kept."""
    return f"00-{context.trace:032x}-{context.span:016x}-01"


def headers_of(context: Context | None, correlation: str) -> Headers:
    """Return a record's headers; without a context only the business id."""
    named = (CORRELATION, correlation.encode("utf-8", "replace"))
    return (named,) if context is None else ((TRACEPARENT, traceparent(context).encode()), named)


def context_in(headers: Iterable[tuple[str, bytes]]) -> Context | None:
    """Return the span that a record's headers name; None where they name none, several, or no such thing."""
    found = [value for name, value in headers if name.lower() == TRACEPARENT]
    return _parsed(found[0]) if len(found) == 1 else None


def context_of(header: str) -> Context | None:
    """Return the span that a ``traceparent`` of ours names; None for an empty one."""
    return _parsed(header.encode()) if header else None


def _parsed(value: bytes | None) -> Context | None:
    form = _FORM.fullmatch(value) if value and len(value) <= _LONGEST_BYTES else None
    if form is None or form[1] == _NO_VERSION or (form[1] == _FIRST_VERSION and form[4]):
        return None
    context = Context(int(form[2], 16), int(form[3], 16))
    return context if context.trace and context.span else None


def http_headers(context: Context, correlation: str) -> Mapping[str, str]:
    """Return the headers of a request. What HTTP can't carry in a header is left out."""
    plain = correlation if correlation.isascii() and correlation.isprintable() else ""
    return {TRACEPARENT: traceparent(context)} | ({CORRELATION: plain} if plain else {})
