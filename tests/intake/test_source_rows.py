"""Rows of the sources as recovery finds them: a former owner's row, written late, may be the last in the log."""

from __future__ import annotations

from itertools import pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from milepost.tables.sources import TABLE, SourceRow, counted, merge

STEPS = ("count", "pause", "resume")


def life(steps: list[str]) -> list[bytes]:
    """The rows that one owner after the other writes of a source: refused records, pauses and resumptions."""
    row, rows = SourceRow(), []
    for offset, step in enumerate(steps):
        if step == "count":
            row = counted(row, offset, 0)
        elif step == "pause":
            row = msgspec.structs.replace(row, paused=True)
        elif row.paused:
            row = msgspec.structs.replace(row, paused=False, round=row.round + 1, resumed_at=offset)
        rows.append(msgspec.msgpack.encode(row))
    return rows


@given(st.lists(st.sampled_from(STEPS), min_size=2, max_size=12), st.data())
def test_a_stale_row_never_wins(steps: list[str], data: st.DataObject) -> None:
    """The rows of a source lie in the changelog in their order, and then an old one once more: the newest stands."""
    rows = life(steps)
    stale = data.draw(st.sampled_from(rows))
    held = rows[0]
    for _, newer in pairwise([*rows, stale]):
        held = merge(TABLE, "edi", held, newer)
    assert held == rows[-1]
