"""Alive and ready: what each depends on, and what neither does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from milepost.metrics.engine import Engine
from milepost.metrics.health import LOOP_LIMIT_S, SETTLE_S, START_LIMIT_S, Health
from milepost.metrics.registry import Registry
from milepost.metrics.serving import Page

from .lane_page import HOST, get, until
from .test_engine_numbers import a_lane


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def joined(lane: Any, heard: bool = True) -> Any:
    """The lane has joined its group; its consumer's thread comes round or does not."""

    def beat(hear: Callable[[], None]) -> None:
        if heard:
            hear()

    lane.joined = SimpleNamespace(is_set=lambda: True)
    lane.app.consumer = SimpleNamespace(reading=SimpleNamespace(beat=beat))
    return lane


def test_before_the_first_start_it_lives_for_a_while(clock: Clock) -> None:
    """A process whose loop has not begun lives as long as a start may take, and no longer."""
    health = Health(a_lane(), clock=clock)
    assert health.live() is None
    clock.now += START_LIMIT_S
    assert health.live() is None
    clock.now += 1
    assert "not begun" in str(health.live())


def test_a_thread_that_does_not_come_round_is_no_life(clock: Clock) -> None:
    """While the app's loop beats, a consumer's thread that is silent for longer than the limit fails /livez."""
    lane = joined(a_lane(), heard=False)
    health = Health(lane, clock=clock)
    health.beat()
    for _ in range(int(LOOP_LIMIT_S) + 1):
        assert health.live() is None
        clock.now += 1
        health.beat()
    assert "consumer's thread" in str(health.live())
    lane.app.should_stop = True  # a stop ends that thread before the process
    assert health.live() is None


@pytest.mark.parametrize("era", [None, object()])
@pytest.mark.parametrize("recovering", [None, 5.0])
def test_life_knows_nothing_of_rebalances_and_recoveries(clock: Clock, era: object, recovering: float | None) -> None:
    """With or without an assignment, recovering for ever or not: while both loops come round it lives."""
    lane = joined(a_lane())
    lane.era, lane.recovering_since_s, lane.recovery_remaining = era, recovering, 10**9
    health = Health(lane, clock=clock)
    for _ in range(1000):
        health.beat()
        clock.now += LOOP_LIMIT_S / 2
        assert health.live() is None


def test_ready_means_flowing_and_forgives_short_rebalances(clock: Clock) -> None:
    """Not ready before partitions flow; then through a rebalance that is short, not through a long one."""
    lane = joined(a_lane())
    health = Health(lane, clock=clock)
    lane.recovering_since_s, lane.recovery_remaining = 1.0, 42
    assert "42" in str(health.ready())
    lane.era, lane.recovering_since_s = SimpleNamespace(books={}), None  # no partitions, and that is ready
    assert health.ready() is None
    clock.now += 3600
    health.beat()
    lane.era = None
    clock.now += SETTLE_S - 1
    assert health.ready() is None
    clock.now += 1
    assert health.ready() is not None


def test_who_stands_by_is_ready_and_who_stops_is_not(clock: Clock) -> None:
    """A process that waits for a lease does its work; one that is stopping takes no more, at once."""
    lane = a_lane()
    lane.joined = SimpleNamespace(is_set=lambda: False)
    health = Health(lane, clock=clock)
    assert "group" in str(health.ready())
    lane.standing_by = lambda: True
    assert health.ready() is None
    lane.app.should_stop = True
    assert health.ready() == "stopping"


def test_a_loop_that_is_held_fails_livez_and_nothing_else_does() -> None:
    """The page answers while the loop is held and says so; it recovers with the loop."""
    lane = joined(a_lane())
    lane.progress = dict
    registry = Registry("fulfilment")
    health = Health(lane, loop_limit_s=0.6)
    engine = Engine(lane, registry, health)
    loop, release = asyncio.new_event_loop(), threading.Event()
    pulse = asyncio.ensure_future(engine.pulse(), loop=loop)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    page = Page(HOST, 0, registry, live=health.live, ready=health.ready).start()
    thread.start()

    def status() -> int:
        found = get(page.port, "/livez")
        return found.status if found else 0

    try:
        until(lambda: status() == 200, 10)
        loop.call_soon_threadsafe(release.wait)
        until(lambda: status() == 503, 10)
        found = get(page.port, "/livez")
        assert found is not None
        assert found.text.startswith("the event loop has not come round for")
        release.set()
        until(lambda: status() == 200, 10)
        metrics = get(page.port, "/metrics")
        assert metrics is not None
        late = [s for s in metrics.text.splitlines() if s.startswith("milepost_event_loop_delay_seconds_sum")]
        assert float(late[0].split()[1]) > 0.3
    finally:
        release.set()
        loop.call_soon_threadsafe(pulse.cancel)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        page.stop()
        loop.close()
