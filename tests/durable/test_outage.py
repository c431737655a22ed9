"""The broker goes away and comes back; no worker is restarted for it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from milepost.broker import kafka as local_kafka
from milepost.tests.durable.chaos import events, judge
from milepost.tests.durable.kit import World

STOPPED_S = 9.0
"""Longer than the workers' session of 6 s, and than any limit of their watchdogs."""

LIMITS = dict.fromkeys(("progress_timeout_s", "recovery_timeout_s", "read_silence_s", "unassigned_timeout_s"), 7.0)


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[local_kafka.RunningBroker]:
    """A broker of this test alone, whose data outlives it."""
    with local_kafka.start(tmp_path / "broker", port=0) as broker:
        yield broker


def workers(world: World) -> None:
    for name in ("w0", "w1"):
        world.start(name, tuning=LIMITS)
    for worker in world.workers:
        worker.flowing()


@pytest.mark.timeout(170)
def test_outages_of_the_broker_are_ridden_through(own_broker: local_kafka.RunningBroker, tmp_path: Path) -> None:
    """Rule 7: after a suspended and then a killed broker nothing is lost, and no watchdog has ended its worker."""
    world = World(own_broker.bootstrap, tmp_path).create()
    try:
        workers(world)
        first = events(4_000, keys=200, prefix="a")
        world.send(first)
        os.kill(own_broker.pid, signal.SIGSTOP)
        time.sleep(STOPPED_S)
        os.kill(own_broker.pid, signal.SIGCONT)
        second = events(4_000, keys=200, prefix="b")
        world.send(second)
        world.await_caught_up(90)
        os.kill(own_broker.pid, signal.SIGKILL)
        port = int(own_broker.bootstrap.rpartition(":")[2])
        time.sleep(2.0)
        with local_kafka.start(own_broker.data_dir, port=port) as again:
            assert again.bootstrap == world.bootstrap
            third = events(2_000, keys=200, prefix="c")
            world.send(third)
            world.await_caught_up(90)
            assert [w.process.poll() for w in world.workers] == [None, None], world.describe()
            repeated = judge(world, first + second + third)
            print(f"{repeated} outputs repeated over two outages")
            for worker in world.workers:
                assert worker.terminate() == 0, worker.tail()
    finally:
        world.stop_all()
