"""How large a chunk may be."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st
from milepost.runtime.durable.chunk_size import FIRST, LEAST, ChunkSize


@given(st.integers(1, 5000), st.floats(0.001, 0.1), st.floats(1e-7, 0.01), st.integers(1, 5000))
def test_a_chunk_holds_the_loop_no_longer_than_it_may(most: int, hold_s: float, record_s: float, records: int) -> None:
    """Once the pace of a processor is known, a chunk is no longer than the loop may be held, nor than the most there
    may be; the fewest records that are worth a chunk are always allowed."""
    size = ChunkSize(most, hold_s)
    assert size.records == min(FIRST, most)
    for _ in range(40):
        size.took(records, records * record_s)
    assert 1 <= size.records <= most
    assert size.records <= LEAST or size.records * record_s <= hold_s * 1.001
    assert size.records == most or (size.records + 1) * record_s > hold_s * 0.999 or size.records >= LEAST


def test_a_processor_that_becomes_slow_is_given_less() -> None:
    """The pace is that of the last chunks, not of all of them."""
    size = ChunkSize(2000, 0.02)
    for _ in range(50):
        size.took(2000, 0.002)
    assert size.records == 2000
    for _ in range(50):
        size.took(100, 0.01)
    assert 190 <= size.records <= 210


def test_without_a_bound_of_time_only_the_number_counts() -> None:
    """An infinite hold leaves the most there may be, whatever the pace."""
    size = ChunkSize(7, math.inf)
    size.took(1, 100.0)
    assert size.records == 7
