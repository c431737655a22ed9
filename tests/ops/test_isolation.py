"""The priority lane beside a flood of reconciliation: what is judged, and what fulfilment does with the answers to it.

Whether it is isolated is measured on a real broker: `make bench-isolation`.
"""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.bench.flood import command
from milepost.bench.isolation_verdict import Window, judged, percentile_ms
from milepost.runtime.topic_table import ERP_RECEIPTS
from milepost.tests.ops.counted_lane import CountedLane, receipt
from milepost.tests.workflow.known_rules import at


def windows(quiet_ms: list[int], flooded_ms: list[int], answered: int = 100) -> list[Window]:
    """Windows of ten seconds in which every receipt took so long."""
    quiet = [Window(False, 10.0, [ms / 1000] * 100) for ms in quiet_ms]
    return quiet + [Window(True, 10.0, [ms / 1000] * 100, sent=1000, answered=answered) for ms in flooded_ms]


@pytest.mark.parametrize(
    ("quiet", "flooded", "holds"),
    [
        ([100, 100, 100], [109, 110, 200], True),
        ([100, 100, 100], [109, 111, 111], False),
        ([95, 100, 105], [120, 120, 120], True),  # 110 and the 10 that quiet windows differ by
        ([95, 100, 105], [121, 121, 121], False),
        ([100, 100, 151], [100, 100, 100], None),
    ],
)
def test_the_flooded_p99_may_be_worse_by_a_tenth_and_the_noise(
    quiet: list[int], flooded: list[int], holds: bool | None
) -> None:
    """Medians of windows are compared; more noise than half of the quiet p99 is no verdict at all."""
    assert judged(windows(quiet, flooded)).holds is holds


def test_reconciliation_that_stands_still_in_one_window_is_not_isolation_but_starvation() -> None:
    """However good the priority lane looks."""
    starved = windows([100, 100], [100], answered=0)
    assert judged([*starved, *windows([], [100])]).holds is False


@given(st.lists(st.integers(1, 10**6), min_size=100, max_size=300))
def test_at_most_a_hundredth_took_longer_than_the_p99(spans_ms: list[int]) -> None:
    """And the p50 is no more than the p99."""
    spans = [ms / 1000 for ms in spans_ms]
    p99 = percentile_ms(spans, 0.99)
    assert sum(1000 * one > p99 for one in spans) <= len(spans) / 100
    assert percentile_ms(spans, 0.5) <= p99


def test_fulfilment_takes_nothing_of_what_reconciliation_is_answered() -> None:
    """An answer to a command that no order sent makes no record and no command; adopted, it would be reversed."""
    lane = CountedLane()
    answered = receipt(command(1), "accepted", at(5))
    said = lane.hear(answered, topic=ERP_RECEIPTS)
    assert said == []
    assert lane.rest(answered.owner) is None
    adopted = msgspec.structs.replace(
        answered, body=msgspec.structs.replace(
            answered.body, command=msgspec.structs.replace(command(1), priority="fulfilment")
        ),
    )  # fmt: skip
    lane.hear(adopted, topic=ERP_RECEIPTS)
    assert lane.rest(answered.owner) is not None
