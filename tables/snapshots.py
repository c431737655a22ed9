"""Rows of snapshots in table ``references``: how much of each line a partner's totals have reached, and what was told.

A vendor that reports totals may repeat an old one, or send two in the wrong order. Only what is more than ever before
is news, so the sum of what is told is the highest total, whatever came when.
"""

from __future__ import annotations

import msgspec

SCHEMA = 1
STEPS_MAX = 10_000  # kept of one entity, some 250 kB
UNDER_WAY_MAX = 40_000
"""Offsets after which what a record caused is durable for certain: more than a lane has in flight. Until then its steps
are kept, for the record may be read again after a crash, and has to say the same again."""


class Step(msgspec.Struct, array_like=True, frozen=True):
    """``line`` went from one total to a higher one, by the word at offset ``place``."""

    place: int
    line: str
    before: int
    after: int


class Snapshot(msgspec.Struct, array_like=True):
    """The highest total of each line. The first six fields are those of every row of the table; it is never due."""

    schema: int = SCHEMA
    epoch: int = 0
    version: int = 0
    used_ms: int = 0
    due_ms: int = 0
    ticked_at: int = -1
    high: dict[str, int] = {}
    steps: list[Step] = []


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Snapshot).decode


def encode(row: Snapshot) -> bytes:
    return _encode(row)


def decode(value: bytes) -> Snapshot:
    return _decode(value)


def replaced_places(value: bytes) -> bytes:
    """Return a row for topics whose offsets begin anew: a total that happens to lie at the offset of a step of before
    would tell that step once more."""
    return encode(msgspec.structs.replace(decode(value), steps=[]))


def counted(row: Snapshot, totals: dict[str, int], place: int) -> list[Step]:
    """Raise the row to ``totals`` where they are higher, and return the steps; those of ``place`` where it is known."""
    again = [step for step in row.steps if step.place == place]
    steps = [
        Step(place, line, before, total)
        for line, total in sorted(totals.items())
        if total > (before := row.high.get(line, 0))
    ]
    for step in steps:
        row.high[step.line] = step.after
    row.steps = [step for step in (*row.steps, *steps) if step.place > place - UNDER_WAY_MAX][-STEPS_MAX:]
    return again + steps
