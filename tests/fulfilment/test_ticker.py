"""How far time has passed for a partition: as far as its sources were consumed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from milepost.agents.ticker import ticker
from milepost.runtime.durable.interface import Progress
from milepost.workflow.ticks import Tick

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)


def source(lag: int | None, age_ms: int, name: str = "s") -> Progress:
    end = None if lag is None else 100 + lag
    return Progress(name, 3, 100, NOW_MS - age_ms, 100, end)


def told(*sources: Progress) -> datetime | None:
    outputs = ticker(lambda: NOW)(3, sources)
    return msgspec.json.decode(outputs[0].value or b"", type=Tick).now if outputs else None


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 10**7)), min_size=1))
def test_time_passes_as_far_as_the_slowest_source_was_read(sources: list[tuple[int, int]]) -> None:
    """The tick is the clock's time, held back to the last record read of every source that is behind."""
    behind = [age for lag, age in sources if lag]
    assert told(*(source(lag, age) for lag, age in sources)) == NOW - timedelta(milliseconds=max(behind, default=0))


def test_without_knowledge_there_is_no_tick() -> None:
    """A source whose end is not known, or of which nothing was read although it is behind, stops the time."""
    assert told(source(0, 5), source(None, 5)) is None
    assert told(source(2, NOW_MS + 1)) is None


def test_under_steady_load_time_still_passes() -> None:
    """Sources that are never quite consumed to their end hold deadlines back by moments, not for ever."""
    assert told(source(3, 40), source(7, 15)) == NOW - timedelta(milliseconds=40)
