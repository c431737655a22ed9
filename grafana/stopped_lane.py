"""A real run for looking at lag: partners send evenly, lane fulfilment stops for a while, comes back and catches up."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from milepost.commands.topic_reading import publish
from milepost.grafana.prometheus import Prometheus
from milepost.grafana.watched_run import Watched
from milepost.runtime.topic_table import PARTNER_EVENTS
from milepost.simulators.feeder import messages_of
from milepost.simulators.life import lives

LANE = "fulfilment"
SEED, ORDERS = 7, 400
PER_S = 60
"""Messages a second: a fifth of what one process of the lane takes on two cores, so that it catches up quickly."""
FLOW_S, STOPPED_S, AFTER_S = 30.0, 45.0, 25.0
GRACE_S, READY_WITHIN_S, CAUGHT_UP_WITHIN_S = 20.0, 60.0, 180.0
CAUGHT_UP_S = 10
"""Two looks of the lag-watcher: a lane that keeps up is never seen further behind."""
LAG_S = f'max(milepost_group_lag_seconds{{lane="{LANE}", topic!="orders.ticks"}})'
LAG_RECORDS = f'sum(milepost_group_lag_records{{lane="{LANE}", topic!="orders.ticks"}})'


@dataclass(frozen=True, slots=True)
class Times:
    """Unix times: from when there is something to see, until then; and between them what happened to the lane."""

    began_s: float
    stopped_s: float
    started_s: float
    caught_up_s: float
    ended_s: float


@dataclass(frozen=True, slots=True)
class Worst:
    """What the first screen said when the lane was furthest behind."""

    seconds: float
    records: float


async def stopped_lane(watched: Watched) -> Times:
    """Play it, and return when what happened."""
    feeding = asyncio.create_task(_feed(watched.stack.settings.broker))
    try:
        began_s = time.time()
        await asyncio.sleep(FLOW_S)
        supervisor = watched.stack.supervisor
        child = supervisor.lives[LANE].child
        await supervisor.remove(LANE, GRACE_S)
        stopped_s = time.time()
        await asyncio.sleep(STOPPED_S)
        started_s = time.time()
        supervisor.add(child)
        await supervisor.wait_ready(READY_WITHIN_S)
        await _until(watched.prometheus, f"{LAG_S} < {CAUGHT_UP_S}")
        caught_up_s = time.time()
        await asyncio.sleep(AFTER_S)
        return Times(began_s, stopped_s, started_s, caught_up_s, time.time())
    finally:
        feeding.cancel()
        await asyncio.wait({feeding})


def worst(prometheus: Prometheus, times: Times) -> Worst:
    """Return the most seconds and records that the watcher told of while the lane was behind."""
    seconds, records = (
        max(value for one in prometheus.over(expr, times.stopped_s, times.caught_up_s, 1) for _, value in one.points)
        for expr in (LAG_S, LAG_RECORDS)
    )
    return Worst(seconds, records)


async def _feed(bootstrap: str) -> None:
    """Send the lives of a seed evenly, whatever comes of it; facts may come in any order."""
    messages = [(key.decode(), value) for key, value in messages_of([act.event for act in lives(SEED, ORDERS).acts])]
    began = time.monotonic()
    for n in range(0, len(messages), PER_S):
        await publish(bootstrap, PARTNER_EVENTS, messages[n : n + PER_S])
        await asyncio.sleep(max(0.0, began + n / PER_S + 1 - time.monotonic()))


async def _until(prometheus: Prometheus, condition: str) -> None:
    async with asyncio.timeout(CAUGHT_UP_WITHIN_S):
        while not await asyncio.to_thread(prometheus.now, condition):  # noqa: ASYNC110 - Prometheus tells nobody
            await asyncio.sleep(0.5)
