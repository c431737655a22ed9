"""On our own topics too many dead letters stop the process."""

from __future__ import annotations

import pytest
from milepost.agents.dead_letter_limit import DeadLetterLimit, DeadLetterLimitPassed
from milepost.runtime.durable.interface import Incoming
from milepost.tests.intake.partner import HOUR_MS, T0_MS, MemoryStore


def record(offset: int, hour: int = 0) -> Incoming:
    return Incoming("erp.orders", 0, offset, b"k", b"v", T0_MS + hour * HOUR_MS, ())


def test_stops_past_the_limit() -> None:
    """The dead letter past the hour's limit ends the process; an earlier hour's do not count, nor do replays."""
    limit, store = DeadLetterLimit(3), MemoryStore()
    for offset in (0, 1, 2, 2, 1):
        limit.count(record(offset), store)
    limit.count(record(3, hour=1), store)
    limit.count(record(4, hour=1), store)
    limit.count(record(5, hour=1), store)
    with pytest.raises(DeadLetterLimitPassed, match=r"erp\.orders/0/6"):
        limit.count(record(6, hour=1), store)


def test_kept_over_a_restart() -> None:
    """With a table, a restarted process stops at the next bad record instead of draining another limit's worth."""
    store = MemoryStore()
    first = DeadLetterLimit(3, table="dead_letter_counts")
    for offset in range(3):
        first.count(record(offset), store)
    with pytest.raises(DeadLetterLimitPassed):
        DeadLetterLimit(3, table="dead_letter_counts").count(record(3), store)
