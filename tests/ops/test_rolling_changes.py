"""Workers of the fulfilment lane come, go and are replaced while real orders come: real processes, Kafka, ERP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.bench.departures import Answer
from milepost.bench.rolling import CHANGES, arguments, rolled, standing_still_s
from milepost.broker.choose import open_broker
from milepost.runtime.topics import create_missing

PLANNED = [name for name in CHANGES if name != "kill -9"]  # crashes: tests/chaos and tests/durable
SMALL = ("--orders", "700", "--rate", "4", "--calm", "0.5", "--session", "4", "--changes", *PLANNED)


@pytest.mark.timeout(300)
def test_changes_lose_nothing_and_post_nothing_twice(tmp_path: Path) -> None:
    """1, 2, 4, 2 workers and a rolling update under a feed: after each change every departure has its command,
    at the end the records are the bare core's, one goods issue stands per departure and no reference is booked twice.
    """
    said: list[str] = []
    with open_broker("kafka", fresh=True, port=0, topics={}, log_file=tmp_path / "kafka.log", say=print) as broker:
        create_missing(broker.bootstrap)
        found = asyncio.run(rolled(arguments(*SMALL), broker, tmp_path, said.append))
    assert list(found) == PLANNED
    assert all(of["departures"] > 0 for of in found.values())
    assert "0 lost, 0 twice" in said[-1]


answers = st.lists(
    st.builds(lambda p, sent, took: Answer(p, float(sent), float(sent + took)),
              st.integers(0, 2), st.integers(0, 40), st.integers(1, 20)), min_size=1,
)  # fmt: skip


@given(answers)
def test_standing_still_is_what_a_look_at_every_moment_says(found: list[Answer]) -> None:
    """A partition stands still in every moment in which something of it waits and nothing is answered, and no other."""
    assert standing_still_s(found) == {p: max(_still(found, p)) for p in {one.partition for one in found}}


def _still(found: list[Answer], partition: int) -> Iterator[float]:
    own, lasted = [one for one in found if one.partition == partition], 0.0
    for moment in range(61):  # all times are whole: a span between two moments is one or the other
        waits = any(one.sent_s <= moment and one.seen_s > moment for one in own)
        if any(one.seen_s == moment for one in own):
            lasted = 0.0
        lasted = lasted + 1 if waits else 0.0
        yield lasted
