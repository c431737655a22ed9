"""The durable batch on a broker whose network, disk and process fail one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from milepost.chaos import broker_faults, proxy_faults
from milepost.chaos.broker_under_test import BrokerUnderTest
from milepost.chaos.injected import Injected
from milepost.tests.durable.chaos import Traffic, events, judge
from milepost.tests.durable.kit import World

PER_SECOND = 300
STRIKE_WITHIN_S = 20.0


@pytest.fixture
def broker() -> Iterator[BrokerUnderTest]:
    with BrokerUnderTest.start() as started:
        yield started


def weather(broker: BrokerUnderTest) -> list[Callable[[], Awaitable[Injected]]]:
    """Every fault of network and broker that leaves the broker's process alive, one after the other."""
    proxy = broker.proxy
    return [
        lambda: proxy_faults.cut(proxy, share=0.5, seed=1),
        lambda: proxy_faults.cut_in_produce(proxy, times=5, seconds=STRIKE_WITHIN_S),
        lambda: proxy_faults.lose_produce_answer(proxy, times=5, seconds=STRIKE_WITHIN_S),
        lambda: proxy_faults.slow_answers(proxy, delay_s=0.5, seconds=3.0),
        lambda: proxy_faults.refuse_produce(proxy, seconds=3.0),
        lambda: proxy_faults.cut(proxy),
        lambda: proxy_faults.stall(proxy, seconds=2.0),
        lambda: broker_faults.stutter(broker, seconds=3.0),
    ]


@pytest.mark.timeout(300)
def test_a_lane_comes_through_every_fault_of_network_and_broker(broker: BrokerUnderTest, tmp_path: Path) -> None:
    """Connections cut, in mid-produce too, answers lost and late, a full disk, a stall, a slow and a killed broker:
    nothing is lost, the state is right, and no worker has ended itself."""
    world = World(broker.bootstrap, tmp_path).create()
    try:
        workers = [world.start(name, bootstrap=broker.proxied_bootstrap) for name in ("w0", "w1")]
        for worker in workers:
            worker.flowing()
        done: list[Injected] = []
        with Traffic(world, PER_SECOND) as traffic:
            done += [asyncio.run(_performed(fault)) for fault in weather(broker)]
        late = events(2_000, keys=200, prefix="late")
        world.send(late)
        done.append(asyncio.run(broker_faults.kill_and_revive(broker, down_s=1.0)))
        world.await_caught_up(90)
        assert [worker.process.poll() for worker in workers] == [None, None], world.describe()
        repeated = judge(world, traffic.sent + late)
        assert [f.done["times"] for f in done if "times" in f.done] == [5, 5]
        print(f"{len(traffic.sent)} events, {repeated} outputs repeated: {[(f.kind, dict(f.done)) for f in done]}")
    finally:
        world.stop_all()


async def _performed(fault: Callable[[], Awaitable[Injected]]) -> Injected:
    return await fault()
