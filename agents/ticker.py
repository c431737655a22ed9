"""The clock of lane fulfilment's deadlines, for where no outside feeder writes its ticks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec
from milepost.runtime.durable.interface import Output, Progress, Ticker
from milepost.runtime.topic_table import ORDERS_TICKS
from milepost.workflow.ticks import Tick


def ticker(clock: Callable[[], datetime]) -> Ticker:
    """Return the wall clock's ticker: one tick per partition, saying how far time has passed *for that partition*.

    A source that is behind holds the time back to the last record consumed of it: an answer that waits there unread
    must not be overtaken by its deadline (after an outage that would be mass false expiries).
    """

    def tick(partition: int, progress: Sequence[Progress]) -> Sequence[Output]:
        now = clock()
        for source in progress:
            if source.lag == 0:
                continue
            if source.lag is None or source.applied_timestamp_ms < 0:
                return ()
            now = min(now, datetime.fromtimestamp(source.applied_timestamp_ms / 1000, UTC))
        return (Output(ORDERS_TICKS, b"", msgspec.json.encode(Tick(now=now)), partition),)

    return tick
