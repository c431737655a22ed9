"""Headers of others: a span of their own, and what is none."""

from __future__ import annotations

from milepost.runtime.tracing.ids import Context, traceparent

THEIRS = Context(0xAF7651916CD43DD8448EB211C80319C0, 0xB7AD6B7169203331)
HOSTILE = (
    b"",
    b"00-0-0-01",
    b"ff-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01",
    b"00-" + b"0" * 32 + b"-" + b"b" * 16 + b"-01",
    traceparent(THEIRS).encode() + b"-more",
    traceparent(THEIRS).upper().encode() * 9,
    b"\xff\xfe" * 40,
)
