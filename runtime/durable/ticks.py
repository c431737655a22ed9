"""Time reaches a lane as ordinary records: a timer asks the ticker for each owned partition and publishes the answer.

A timer of Faust belongs to no partition and may not write tables; a record of a topic that the lane consumes may.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

from milepost.runtime.durable.interface import Output, Progress

if TYPE_CHECKING:
    from milepost.runtime.durable.lane import DurableLane


async def tick(lane: DurableLane) -> None:
    """Runs as long as the lane does; an exception of the ticker is a defect like any other."""
    while True:
        await asyncio.sleep(lane.tuning.tick_interval_s)
        outputs = _due(lane)
        if outputs:
            await lane.publish(outputs)


def _due(lane: DurableLane) -> list[Output]:
    ticker = lane.setup.ticker
    assert ticker is not None
    by_partition: defaultdict[int, list[Progress]] = defaultdict(list)
    for (_, partition), progress in lane.progress().items():
        by_partition[partition].append(progress)
    try:
        return [output for p, sources in sorted(by_partition.items()) for output in ticker(p, sources)]
    except Exception as error:
        lane.die(f"ticker failed: {error!r}")
